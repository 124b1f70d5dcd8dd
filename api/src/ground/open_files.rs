//! The limit of open files, and the number of connections and downloads that fit into it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Maximum connections. Beyond, memory is the limit.
const MAX_CONNECTIONS: u64 = 20_000;
/// Maximum concurrent downloads. Beyond, storage and network are the limit.
const MAX_DOWNLOADS: u64 = 512;
/// Reserved for the database, the index and files, in addition to a quarter of all.
const RESERVED: u64 = 64;

/// Raises the soft limit to the hard limit. Returns the new limit, or `None` if unlimited.
pub fn raise_limit() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "cannot increase open file limit");
            limit.current
        }
    }
}

/// Returns the hard limit, or `None` if unlimited.
pub fn hard_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// Returns how many connections fit into a limit of open files.
pub fn max_connections(limit: Option<u64>) -> usize {
    let capacity = limit.map_or(MAX_CONNECTIONS, |limit| (limit - limit / 4).saturating_sub(RESERVED));
    usize::try_from(capacity.clamp(1, MAX_CONNECTIONS)).unwrap_or(usize::MAX)
}

/// Returns how many concurrent downloads fit into a limit of open files: half of what connections leave.
pub fn max_downloads(limit: Option<u64>) -> usize {
    let capacity = limit.map_or(MAX_DOWNLOADS, |limit| limit / 8);
    usize::try_from(capacity.clamp(2, MAX_DOWNLOADS)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_reserve() {
        assert_eq!(max_connections(Some(1_024)), 704);
        assert_eq!(max_connections(Some(1_048_576)), 20_000);
        assert_eq!(max_connections(None), 20_000);
        assert_eq!(max_connections(Some(10)), 1);
    }

    #[test]
    fn downloads_and_connections_leave_reserve() {
        assert_eq!((max_downloads(Some(1_024)), max_downloads(Some(1_048_576)), max_downloads(None)), (128, 512, 512));
        for limit in [256, 1_024, 4_096, 65_536] {
            let used = max_connections(Some(limit)) + max_downloads(Some(limit));
            assert!(used as u64 <= limit - limit / 8, "{used} of {limit}");
        }
    }
}
