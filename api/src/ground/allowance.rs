//! The resources that a request may use: bytes loaded from the database, and CPU work.
//!
//! Every request is executed within an allowance that all its fields and aliases share. It also identifies the
//! owner that permits are charged to. Lists are paged and charged as they load, so a request exceeds a limit by
//! at most one page; further loads are rejected in advance. Outside of a request every operation has its own
//! allowance, owned by the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::ground::budget::Owner;
use crate::ground::error::{Error, Result};

/// Maximum size of a response or of a subscription item, in bytes.
pub const RESPONSE_BYTES: usize = 4 * 1024 * 1024;
/// Maximum bytes of texts loaded for a request.
pub const MAX_LOADED_BYTES: u64 = 16 * 1024 * 1024;
/// Minimum charge per list, which also bounds the number of lists.
const MIN_LIST_BYTES: u64 = 8 * 1024;
/// Maximum steps of CPU work for a request: characters that are read or compared.
pub const MAX_WORK_STEPS: u64 = 50_000_000;

tokio::task_local! {
    static CURRENT: Arc<Allowance>;
}

/// The resources used by a request.
#[derive(Debug)]
pub struct Allowance {
    owner: Owner,
    loading: Arc<Mutex<()>>,
    loaded: AtomicU64,
    work: AtomicU64,
}

/// Runs a request with a new allowance.
pub async fn scope<T>(owner: Owner, request: impl Future<Output = T>) -> T {
    CURRENT.scope(Arc::new(Allowance::new(owner)), request).await
}

/// Returns the allowance of the current request, or a new one outside of requests.
pub fn current() -> Arc<Allowance> {
    CURRENT.try_with(Arc::clone).unwrap_or_else(|_| Arc::new(Allowance::new(Owner::Server)))
}

/// Waits until the request loads nothing else: its lists are loaded one after another, and none after the limit
/// is reached. Acquired before a snapshot, so that waiting occupies no connection.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE` beyond [`MAX_LOADED_BYTES`].
pub async fn load_permit() -> Result<LoadPermit> {
    let allowance = current();
    let guard = allowance.loading.clone().lock_owned().await;
    allowance.require_below_limit()?;
    Ok(LoadPermit { allowance, _guard: guard })
}

/// Permission to load a list.
#[derive(Debug)]
pub struct LoadPermit {
    allowance: Arc<Allowance>,
    _guard: OwnedMutexGuard<()>,
}

impl LoadPermit {
    /// Records the size of the loaded rows.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE` beyond [`MAX_LOADED_BYTES`].
    pub fn loaded(self, bytes: usize) -> Result<()> {
        self.allowance.loaded.fetch_add((bytes as u64).max(MIN_LIST_BYTES), Ordering::Relaxed);
        self.allowance.require_below_limit()
    }
}

impl Allowance {
    fn new(owner: Owner) -> Self {
        Self { owner, loading: Arc::default(), loaded: AtomicU64::new(0), work: AtomicU64::new(0) }
    }

    /// Returns the owner that permits are charged to.
    pub fn owner(&self) -> Owner {
        self.owner
    }

    fn require_below_limit(&self) -> Result<()> {
        if self.loaded.load(Ordering::Relaxed) <= MAX_LOADED_BYTES {
            return Ok(());
        }
        Err(Error::TooLarge(format!(
            "Request too expensive: it can load at most {} MiB. Request fewer items.",
            MAX_LOADED_BYTES / (1024 * 1024)
        )))
    }

    /// Records steps of CPU work.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE` beyond [`MAX_WORK_STEPS`].
    pub fn record_work(&self, steps: u64) -> Result<()> {
        if self.work.fetch_add(steps, Ordering::Relaxed) + steps <= MAX_WORK_STEPS {
            return Ok(());
        }
        Err(Error::TooLarge(format!(
            "Request too expensive: it can compare at most {MAX_WORK_STEPS} characters. Request fewer items."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lists_of_a_request_share_an_allowance() {
        let half = usize::try_from(MAX_LOADED_BYTES).unwrap() / 2;
        scope(Owner::Server, async {
            for _ in 0..2 {
                load_permit().await.unwrap().loaded(half).unwrap();
            }
            let last = load_permit().await.unwrap();
            assert!(matches!(last.loaded(1), Err(Error::TooLarge(_))));
            assert!(matches!(load_permit().await, Err(Error::TooLarge(_))));
        })
        .await;
        scope(Owner::Server, async { load_permit().await.unwrap().loaded(half).unwrap() }).await;
        // Outside of requests nothing is shared.
        for _ in 0..5 {
            load_permit().await.unwrap().loaded(half).unwrap();
        }
    }

    #[tokio::test]
    async fn loads_lists_of_a_request_sequentially() {
        scope(Owner::Server, async {
            let first = load_permit().await.unwrap();
            let mut second = Box::pin(load_permit());
            assert!(futures_util::poll!(&mut second).is_pending());
            first.loaded(1).unwrap();
            second.await.unwrap();
        })
        .await;
    }

    #[test]
    fn limits_work() {
        let allowance = Allowance::new(Owner::Server);
        allowance.record_work(MAX_WORK_STEPS).unwrap();
        assert!(matches!(allowance.record_work(1), Err(Error::TooLarge(_))));
    }
}
