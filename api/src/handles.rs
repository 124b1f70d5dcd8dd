//! Open files: how many the system lets this process have, and how many connections and downloads fit into that.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Beyond this many connections memory is what runs out.
const MOST_CONNECTIONS: u64 = 20_000;
/// Beyond this many downloads at the same time storage and network are what runs out.
const MOST_DOWNLOADS: u64 = 512;
/// Kept for the database, the index and files, beside a quarter of all.
const KEPT: u64 = 64;

/// Raises the limit to what the system allows; answers what it is then, or nothing if there is none.
pub fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files stays as it is");
            limit.current
        }
    }
}

/// What [`raise`] could raise it to.
pub fn allowed() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// How many connections fit into so many open files.
pub fn connections(handles: Option<u64>) -> usize {
    let fitting = handles.map_or(MOST_CONNECTIONS, |handles| (handles - handles / 4).saturating_sub(KEPT));
    usize::try_from(fitting.clamp(1, MOST_CONNECTIONS)).unwrap_or(usize::MAX)
}

/// How many files may be read for downloads at the same time: half of what connections leave.
pub fn downloads(handles: Option<u64>) -> usize {
    let fitting = handles.map_or(MOST_DOWNLOADS, |handles| handles / 8);
    usize::try_from(fitting.clamp(2, MOST_DOWNLOADS)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest() {
        assert_eq!(connections(Some(1_024)), 704);
        assert_eq!(connections(Some(1_048_576)), 20_000);
        assert_eq!(connections(None), 20_000);
        assert_eq!(connections(Some(10)), 1);
    }

    #[test]
    fn downloads_and_connections_leave_files_for_the_rest() {
        assert_eq!((downloads(Some(1_024)), downloads(Some(1_048_576)), downloads(None)), (128, 512, 512));
        for handles in [256, 1_024, 4_096, 65_536] {
            let taken = connections(Some(handles)) + downloads(Some(handles));
            assert!(taken as u64 <= handles - handles / 8, "{taken} of {handles}");
        }
    }
}
