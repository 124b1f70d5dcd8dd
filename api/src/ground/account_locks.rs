//! Per-account locks, for operations that check a count before they insert.
//!
//! Guarantees that a process runs at most one such operation per account at a time. Memory is fixed: accounts
//! share locks by hash, which may cost a wait but nothing else.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

use crate::ground::id::AccountId;

/// Number of locks.
const LOCKS: usize = 1_024;

/// A fixed set of locks that accounts share by hash.
#[derive(Debug)]
pub struct AccountLocks {
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for AccountLocks {
    fn default() -> Self {
        Self { locks: std::iter::repeat_with(Mutex::default).take(LOCKS).collect(), hasher: RandomState::new() }
    }
}

impl AccountLocks {
    /// Locks an account.
    pub async fn lock(&self, account_id: AccountId) -> MutexGuard<'_, ()> {
        let number = usize::try_from(self.hasher.hash_one(account_id) % LOCKS as u64).unwrap_or(0);
        self.locks[number].lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn excludes_concurrent_operations_of_an_account() {
        let (locks, account_id) = (AccountLocks::default(), AccountId::mint());
        let first = locks.lock(account_id).await;
        let mut second = Box::pin(locks.lock(account_id));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await);
    }
}
