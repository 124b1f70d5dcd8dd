//! Parts on their way through this server: one writer for each, and so many of an account and of all.
//!
//! Promises: of two who put the same part the later one goes on, when nothing is left of the earlier one; so what
//! is written at the same time is bounded by the number of turns times the size of a part. It knows no storage.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::path::Path;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use crate::id::AccountId;

/// Parts that are put at the same time through one process.
pub const AT_ONCE: usize = 64;
/// Of these, parts of one account.
pub const SHARE: usize = 8;

/// Who is putting what. A handle, cheap to clone.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<Inner>>);

/// When somebody came to put a part, among all who do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival(u64);

#[derive(Default)]
struct Inner {
    arrivals: u64,
    parts: HashMap<Path, Writer>,
    accounts: HashMap<AccountId, usize>,
}

#[derive(Clone)]
struct Writer {
    arrival: Arrival,
    /// Somebody else puts this part by now.
    displaced: CancellationToken,
    /// Nothing is left of it.
    gone: CancellationToken,
}

impl Turns {
    /// Notes that somebody has come, who may need a while before they take a turn.
    pub fn arrive(&self) -> Arrival {
        let mut inner = self.lock();
        inner.arrivals += 1;
        Arrival(inner.arrivals)
    }

    /// A turn to put a part; whoever came before and puts it already is asked to leave, and awaited.
    ///
    /// # Errors
    /// `RATE_LIMITED` while the account, or all together, have no turn left; `CONFLICT` if somebody puts it who came
    /// later.
    pub async fn take(&self, arrival: Arrival, account_id: AccountId, part: Path) -> Result<Turn> {
        loop {
            let other = {
                let mut inner = self.lock();
                match inner.parts.get(&part) {
                    Some(other) if other.arrival > arrival => return Err(displaced()),
                    Some(other) => other.clone(),
                    None => return inner.begin(self, arrival, account_id, part),
                }
            };
            other.displaced.cancel();
            other.gone.cancelled().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while counting leaves the numbers whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn begin(&mut self, turns: &Turns, arrival: Arrival, account_id: AccountId, part: Path) -> Result<Turn> {
        let own = self.accounts.get(&account_id).copied().unwrap_or(0);
        if own >= SHARE || self.parts.len() >= AT_ONCE {
            return Err(Error::RateLimited { retry_after: Error::pause() });
        }
        let writer = Writer { arrival, displaced: CancellationToken::new(), gone: CancellationToken::new() };
        self.accounts.insert(account_id, own + 1);
        self.parts.insert(part.clone(), writer.clone());
        Ok(Turn { turns: turns.clone(), account_id, part, writer })
    }
}

fn displaced() -> Error {
    Error::Conflict("This part is put again by another request.".into())
}

/// The right to put a part, until it is dropped.
pub struct Turn {
    turns: Turns,
    account_id: AccountId,
    part: Path,
    writer: Writer,
}

impl Turn {
    /// Does the work of it, unless somebody else puts the same part meanwhile: then nothing is left of the work.
    ///
    /// # Errors
    /// Those of the work, and `CONFLICT`.
    pub async fn work<T>(self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            () = self.writer.displaced.cancelled() => Err(displaced()),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut inner = self.turns.lock();
        inner.parts.remove(&self.part);
        match inner.accounts.get_mut(&self.account_id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(inner.accounts.remove(&self.account_id)),
        }
        drop(inner);
        self.writer.gone.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> Path {
        Path::from(name)
    }

    #[tokio::test]
    async fn a_part_has_one_writer_the_latest() {
        let (turns, ann) = (Turns::default(), AccountId::mint());
        let first = turns.take(turns.arrive(), ann, part("a")).await.unwrap();
        let first = tokio::spawn(first.work(std::future::pending::<Result<()>>()));
        let second = turns.take(turns.arrive(), ann, part("a")).await.unwrap();
        assert!(matches!(first.await.unwrap(), Err(Error::Conflict(_))));
        assert_eq!(turns.lock().parts.len(), 1);
        assert!(second.work(async { Ok(()) }).await.is_ok());
        let inner = turns.lock();
        assert!(inner.parts.is_empty() && inner.accounts.is_empty());
    }

    #[tokio::test]
    async fn one_who_came_earlier_and_is_late_does_not_displace() {
        let (turns, ann) = (Turns::default(), AccountId::mint());
        let (early, late) = (turns.arrive(), turns.arrive());
        let _second = turns.take(late, ann, part("a")).await.unwrap();
        assert!(matches!(turns.take(early, ann, part("a")).await, Err(Error::Conflict(_))));
    }

    #[tokio::test]
    async fn turns_of_an_account_and_of_all_are_bounded() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for account in 0..AT_ONCE / SHARE {
            let account_id = AccountId::mint();
            for number in 0..SHARE {
                taken.push(turns.take(turns.arrive(), account_id, part(&format!("{account}/{number}"))).await.unwrap());
            }
            assert!(matches!(
                turns.take(turns.arrive(), account_id, part("more")).await,
                Err(Error::RateLimited { .. })
            ));
        }
        assert!(matches!(
            turns.take(turns.arrive(), AccountId::mint(), part("b")).await,
            Err(Error::RateLimited { .. })
        ));
        taken.pop();
        assert!(turns.take(turns.arrive(), AccountId::mint(), part("b")).await.is_ok());
    }
}
