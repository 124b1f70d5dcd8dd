//! Turns: what one account does one after another, where counting first and doing then belong together.
//!
//! Promises: two of one account never hold a turn at the same time in this process; the memory for it is fixed, so
//! accounts share turns by chance, which costs a wait and nothing else.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

use crate::id::AccountId;

/// Different turns that can be held at the same time.
const TURNS: usize = 1_024;

/// The turns.
#[derive(Debug)]
pub struct Turns {
    turns: Vec<Mutex<()>>,
    chance: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Self { turns: std::iter::repeat_with(Mutex::default).take(TURNS).collect(), chance: RandomState::new() }
    }
}

impl Turns {
    /// Waits for the turn of an account.
    pub async fn turn(&self, account_id: AccountId) -> MutexGuard<'_, ()> {
        let number = usize::try_from(self.chance.hash_one(account_id) % TURNS as u64).unwrap_or(0);
        self.turns[number].lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_account_has_one_turn_at_a_time() {
        let (turns, account_id) = (Turns::default(), AccountId::mint());
        let first = turns.turn(account_id).await;
        let mut second = Box::pin(turns.turn(account_id));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await);
    }
}
