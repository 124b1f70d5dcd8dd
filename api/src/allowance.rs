//! What one request may take of the server: the bytes that it loads, and the work that is done for it.
//!
//! A request is executed inside of an allowance, and everything that is done for it is charged to that one: however
//! many fields and aliases ask, they share it. It also says whose request it is, by whom turns are taken. Promises:
//! nothing goes far beyond a limit, because lists are paged and are charged as they are loaded; what comes after the
//! limit is refused before it is loaded. Outside of a request nothing is counted together, and the server has the
//! turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::budget::Owner;
use crate::error::{Error, Result};

/// Bytes of one response, and of one item of a subscription.
pub const RESPONSE_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of texts that are loaded for one request.
pub const LOADED_BYTES: u64 = 16 * 1024 * 1024;
/// What each list counts for at least, however little is in it: so that their number is bounded as well.
const LIST_BYTES: u64 = 8 * 1024;
/// Steps of work that are done in memory for one request: characters that are looked at or compared.
pub const WORK_STEPS: u64 = 50_000_000;

tokio::task_local! {
    static CURRENT: Arc<Allowance>;
}

/// What a request has taken.
#[derive(Debug)]
pub struct Allowance {
    owner: Owner,
    loading: Arc<Mutex<()>>,
    loaded: AtomicU64,
    work: AtomicU64,
}

/// Executes a request of this owner inside of a new allowance.
pub async fn within<T>(owner: Owner, request: impl Future<Output = T>) -> T {
    CURRENT.scope(Arc::new(Allowance::of(owner)), request).await
}

/// The allowance of this request; one of its own outside of requests.
pub fn current() -> Arc<Allowance> {
    CURRENT.try_with(Arc::clone).unwrap_or_else(|_| Arc::new(Allowance::of(Owner::Server)))
}

/// Waits until nothing else is loaded for this request: of many lists that are asked for at once one is loaded after
/// the other, and none once the limit is reached. Taken before a snapshot, so that nobody who waits holds one.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE` beyond [`LOADED_BYTES`].
pub async fn turn() -> Result<Turn> {
    let allowance = current();
    let guard = allowance.loading.clone().lock_owned().await;
    allowance.check_loaded()?;
    Ok(Turn { allowance, _guard: guard })
}

/// The right to load a list now.
#[derive(Debug)]
pub struct Turn {
    allowance: Arc<Allowance>,
    _guard: OwnedMutexGuard<()>,
}

impl Turn {
    /// Says that rows with so many bytes were loaded.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE` beyond [`LOADED_BYTES`].
    pub fn loaded(self, bytes: usize) -> Result<()> {
        self.allowance.loaded.fetch_add((bytes as u64).max(LIST_BYTES), Ordering::Relaxed);
        self.allowance.check_loaded()
    }
}

impl Allowance {
    fn of(owner: Owner) -> Self {
        Self { owner, loading: Arc::default(), loaded: AtomicU64::new(0), work: AtomicU64::new(0) }
    }

    /// By whom turns are taken.
    pub fn owner(&self) -> Owner {
        self.owner
    }

    fn check_loaded(&self) -> Result<()> {
        if self.loaded.load(Ordering::Relaxed) <= LOADED_BYTES {
            return Ok(());
        }
        Err(Error::TooLarge(format!(
            "One request loads at most {} MiB. Ask for less at once.",
            LOADED_BYTES / (1024 * 1024)
        )))
    }

    /// Says that so many steps were done.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE` beyond [`WORK_STEPS`].
    pub fn work(&self, steps: u64) -> Result<()> {
        if self.work.fetch_add(steps, Ordering::Relaxed) + steps <= WORK_STEPS {
            return Ok(());
        }
        Err(Error::TooLarge(format!(
            "One request compares at most {WORK_STEPS} characters in memory. Ask for less at once."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_of_a_request_shares_one_allowance() {
        let half = usize::try_from(LOADED_BYTES).unwrap() / 2;
        within(Owner::Server, async {
            for _ in 0..2 {
                turn().await.unwrap().loaded(half).unwrap();
            }
            let last = turn().await.unwrap();
            assert!(matches!(last.loaded(1), Err(Error::TooLarge(_))));
            assert!(matches!(turn().await, Err(Error::TooLarge(_))));
        })
        .await;
        within(Owner::Server, async { turn().await.unwrap().loaded(half).unwrap() }).await;
        // Outside of requests each is alone.
        for _ in 0..5 {
            turn().await.unwrap().loaded(half).unwrap();
        }
    }

    #[tokio::test]
    async fn lists_of_one_request_are_loaded_one_after_another() {
        within(Owner::Server, async {
            let first = turn().await.unwrap();
            let mut second = Box::pin(turn());
            assert!(futures_util::poll!(&mut second).is_pending());
            first.loaded(1).unwrap();
            second.await.unwrap();
        })
        .await;
    }

    #[test]
    fn work_has_an_end() {
        let allowance = Allowance::of(Owner::Server);
        allowance.work(WORK_STEPS).unwrap();
        assert!(matches!(allowance.work(1), Err(Error::TooLarge(_))));
    }
}
