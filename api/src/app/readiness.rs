//! Server readiness, for `/readyz`.
//!
//! Guarantees that the database is queried at most once per second, regardless of the number of callers.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a result is cached.
const CACHE_TTL: Duration = Duration::from_secs(1);

/// The current readiness of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// The database is available.
    pub has_database: bool,
    /// The last heartbeat is recent, so in-memory state is up to date.
    pub is_fresh: bool,
    /// The server log can be followed, so session revocations are known.
    pub follows_server_log: bool,
    /// Number of logs with events of an unsupported version.
    pub unsupported_logs: usize,
    /// The bus to other processes is connected. `None` without a bus.
    pub has_bus: Option<bool>,
    /// Messages can be queued while the database is unavailable.
    pub can_queue: bool,
    /// Search is available.
    pub has_search: bool,
    /// File storage is available. `None` if none is configured.
    pub has_files: Option<bool>,
}

/// A cached result of a probe, shared by all callers.
#[derive(Debug, Default)]
pub struct CachedProbe(Mutex<Option<(Instant, bool)>>);

impl CachedProbe {
    /// Returns the cached result, or runs the probe. Concurrent callers wait for the same probe.
    pub async fn get(&self, probe: impl AsyncFnOnce() -> bool) -> bool {
        let mut cached = self.0.lock().await;
        match *cached {
            Some((at, answer)) if at.elapsed() < CACHE_TTL => answer,
            _ => {
                let answer = probe().await;
                *cached = Some((Instant::now(), answer));
                answer
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn callers_within_a_second_share_one_probe() {
        let (probe, runs) = (CachedProbe::default(), AtomicUsize::new(0));
        let ask = async |answer| {
            let slowly = async || {
                runs.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                answer
            };
            probe.get(slowly).await
        };
        assert!(join_all((0..1_000).map(|_| ask(true))).await.into_iter().all(|answer| answer));
        assert!(ask(false).await, "cached");
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        tokio::time::advance(CACHE_TTL).await;
        assert!(join_all((0..1_000).map(|_| ask(false))).await.into_iter().all(|answer| !answer));
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }
}
