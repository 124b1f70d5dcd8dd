//! Whether the in-memory state of this process is known to be current: the age of the last successful heartbeat.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Maximum age of the last successful heartbeat at which memory is still trusted.
pub const STALE_AFTER: Duration = Duration::from_secs(5);

/// Whether in-memory state is known to be current.
#[derive(Debug, Clone)]
pub struct Freshness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: Instant,
    /// When the last successful query was issued, in milliseconds after `start`.
    queried_at: AtomicU64,
    confirmed: Notify,
}

impl Freshness {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { start: Instant::now(), queried_at: AtomicU64::new(0), confirmed: Notify::new() }))
    }

    /// Milliseconds since the process started, by which queries are timed.
    pub(super) fn millis(&self) -> u64 {
        u64::try_from(self.0.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Records a successful query.
    pub(super) fn confirm(&self, queried_at: u64) {
        self.0.queried_at.fetch_max(queried_at, Ordering::SeqCst);
        self.0.confirmed.notify_waiters();
    }

    /// Returns the time since the last successful query was issued.
    pub fn age(&self) -> Duration {
        Duration::from_millis(self.millis().saturating_sub(self.0.queried_at.load(Ordering::SeqCst)))
    }

    /// Whether memory may be trusted now.
    pub fn is_fresh(&self) -> bool {
        self.age() < STALE_AFTER
    }

    /// Waits until memory may be trusted.
    pub async fn wait(&self) {
        loop {
            let confirmed = self.0.confirmed.notified();
            if self.is_fresh() {
                return;
            }
            confirmed.await;
        }
    }
}
