//! Permits for part uploads through this server: one writer per part, bounded per account and in total.
//!
//! Of two requests for the same part, the later one proceeds once the earlier one has been cancelled and cleaned up.
//! Concurrent writes are therefore bounded by the number of permits times the part size.

use std::collections::HashMap;
use std::sync::Arc;

use object_store::path::Path;
use tokio_util::sync::CancellationToken;

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::AccountId;
use crate::ground::mutex::Mutex;

/// Maximum number of concurrent part uploads through one process.
pub const MAX_CONCURRENT: usize = 64;
/// Maximum number of concurrent part uploads per account.
pub const MAX_CONCURRENT_PER_ACCOUNT: usize = 8;

/// The part uploads of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct PartPermits(Arc<Mutex<Inner>>);

/// Position of a request in the order of all part uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

#[derive(Default)]
struct Inner {
    arrivals: u64,
    parts: HashMap<Path, Writer>,
    accounts: HashMap<AccountId, usize>,
}

#[derive(Clone)]
struct Writer {
    ticket: Ticket,
    /// Cancelled when a later request for the same part arrives.
    displaced: CancellationToken,
    /// Cancelled once this writer has been cleaned up.
    finished: CancellationToken,
}

impl PartPermits {
    /// Issues a ticket for a request, which fixes its order before it acquires a permit.
    pub fn start(&self) -> Ticket {
        let mut inner = self.0.lock();
        inner.arrivals += 1;
        Ticket(inner.arrivals)
    }

    /// Acquires the permit to upload a part. Cancels an earlier request for the same part and waits for its cleanup.
    ///
    /// # Errors
    /// `RATE_LIMITED` if the permits of the account or of the process are exhausted. `CONFLICT` if a later request
    /// holds the permit.
    pub async fn acquire(&self, ticket: Ticket, account_id: AccountId, part: Path) -> Result<PartPermit> {
        loop {
            let other = {
                let mut inner = self.0.lock();
                match inner.parts.get(&part) {
                    Some(other) if other.ticket > ticket => return Err(displaced()),
                    Some(other) => other.clone(),
                    None => return inner.begin(self, ticket, account_id, part),
                }
            };
            other.displaced.cancel();
            other.finished.cancelled().await;
        }
    }
}

impl Inner {
    fn begin(
        &mut self,
        permits: &PartPermits,
        ticket: Ticket,
        account_id: AccountId,
        part: Path,
    ) -> Result<PartPermit> {
        let own = self.accounts.get(&account_id).copied().unwrap_or(0);
        if own >= MAX_CONCURRENT_PER_ACCOUNT || self.parts.len() >= MAX_CONCURRENT {
            return Err(Error::RateLimited { retry_after: Error::retry_delay() });
        }
        let writer = Writer { ticket, displaced: CancellationToken::new(), finished: CancellationToken::new() };
        self.accounts.insert(account_id, own + 1);
        self.parts.insert(part.clone(), writer.clone());
        Ok(PartPermit { permits: permits.clone(), account_id, part, writer })
    }
}

fn displaced() -> Error {
    Error::Conflict(Reason::PartReplaced, "Another request is sending the same part. Its contents are used.".into())
}

/// A permit to upload a part. Released on drop.
pub struct PartPermit {
    permits: PartPermits,
    account_id: AccountId,
    part: Path,
    writer: Writer,
}

impl PartPermit {
    /// Runs the upload. Drops it if a later request for the same part arrives.
    ///
    /// # Errors
    /// Errors of the upload, and `CONFLICT`.
    pub async fn run<T>(self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            result = work => result,
            () = self.writer.displaced.cancelled() => Err(displaced()),
        }
    }
}

impl Drop for PartPermit {
    fn drop(&mut self) {
        let mut inner = self.permits.0.lock();
        inner.parts.remove(&self.part);
        match inner.accounts.get_mut(&self.account_id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(inner.accounts.remove(&self.account_id)),
        }
        drop(inner);
        self.writer.finished.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> Path {
        Path::from(name)
    }

    #[tokio::test]
    async fn cancels_the_earlier_writer_of_a_part() {
        let (permits, account_id) = (PartPermits::default(), AccountId::mint());
        let first = permits.acquire(permits.start(), account_id, part("a")).await.unwrap();
        let first = tokio::spawn(first.run(std::future::pending::<Result<()>>()));
        let second = permits.acquire(permits.start(), account_id, part("a")).await.unwrap();
        assert!(matches!(first.await.unwrap(), Err(Error::Conflict(..))));
        assert_eq!(permits.0.lock().parts.len(), 1);
        assert!(second.run(async { Ok(()) }).await.is_ok());
        let inner = permits.0.lock();
        assert!(inner.parts.is_empty() && inner.accounts.is_empty());
    }

    #[tokio::test]
    async fn rejects_a_ticket_older_than_the_writer() {
        let (permits, account_id) = (PartPermits::default(), AccountId::mint());
        let (early, late) = (permits.start(), permits.start());
        let _second = permits.acquire(late, account_id, part("a")).await.unwrap();
        assert!(matches!(
            permits.acquire(early, account_id, part("a")).await,
            Err(Error::Conflict(Reason::PartReplaced, _))
        ));
    }

    #[tokio::test]
    async fn bounds_permits_per_account_and_in_total() {
        let permits = PartPermits::default();
        let mut held_permits = Vec::new();
        for account in 0..MAX_CONCURRENT / MAX_CONCURRENT_PER_ACCOUNT {
            let account_id = AccountId::mint();
            for number in 0..MAX_CONCURRENT_PER_ACCOUNT {
                held_permits.push(
                    permits.acquire(permits.start(), account_id, part(&format!("{account}/{number}"))).await.unwrap(),
                );
            }
            assert!(matches!(
                permits.acquire(permits.start(), account_id, part("more")).await,
                Err(Error::RateLimited { .. })
            ));
        }
        assert!(matches!(
            permits.acquire(permits.start(), AccountId::mint(), part("b")).await,
            Err(Error::RateLimited { .. })
        ));
        held_permits.pop();
        assert!(permits.acquire(permits.start(), AccountId::mint(), part("b")).await.is_ok());
    }
}
