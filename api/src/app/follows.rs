//! Followed saved searches: their limits and shared work.
//!
//! Each message is tokenized once, however many searches match against it. Matching runs outside of requests, one job
//! at a time and fairly by account, so that a thousand searches do not delay senders. Memory is bounded.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::adapter::search::document::Document;
use crate::adapter::search::matching::{CompiledQuery, TokenizedMessage};
use crate::ground::allowance;
use crate::ground::budget::Owner;
use crate::ground::compute::Compute;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::ground::permits::{LimitExceeded, Permit, Permits};
use crate::model::event::{Seq, SharedEvent};

/// Maximum number of searches followed by one account, per process.
pub const MAX_PER_ACCOUNT: usize = 20;
/// Maximum number of searches followed in total, per process.
pub const MAX_TOTAL: usize = 1_000;
/// Maximum number of cached tokenized messages.
const MAX_CACHED: usize = 64;
/// How long a match waits for its permit.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(60);

type Shared = Arc<OnceCell<Arc<TokenizedMessage>>>;

/// The followed searches of this process.
#[derive(Debug)]
pub struct Follows {
    permits: Permits<AccountId>,
    compute: Compute,
    cache: Mutex<VecDeque<((WorkspaceId, Seq), Shared)>>,
}

impl Default for Follows {
    fn default() -> Self {
        Self {
            permits: Permits::new(MAX_PER_ACCOUNT, MAX_TOTAL),
            compute: Compute::new(1, PERMIT_TIMEOUT),
            cache: Mutex::default(),
        }
    }
}

impl Follows {
    /// Acquires the permit to follow a search.
    ///
    /// # Errors
    /// `RATE_LIMITED` at the limit of the account, `UNAVAILABLE` at the total limit.
    pub fn acquire(&self, account_id: AccountId) -> Result<Permit<AccountId>> {
        self.permits.take(account_id).map_err(|refused| match refused {
            LimitExceeded::PerKey(limit) => {
                Error::Limit(format!("Subscription limit reached: {limit} saved searches per account. End one first."))
            }
            LimitExceeded::Total(_) => {
                Error::Unavailable("Too many saved searches are being followed. Retry later.".into())
            }
        })
    }

    /// Returns whether an event is a message that matches a query of the account.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the permit is not granted in time.
    pub async fn matches(
        &self,
        account_id: AccountId,
        query: &Arc<CompiledQuery>,
        event: &SharedEvent,
        document: Document,
    ) -> Result<bool> {
        if !query.matches_filters(&document) {
            return Ok(false);
        }
        let shared = self.shared((event.workspace_id, event.seq));
        let take = || {
            let taking = self.compute.run(move |meter| {
                meter.count((document.text.len() + document.files.len()) as u64)?;
                Ok(Arc::new(TokenizedMessage::new(document)))
            });
            // Charged to the server: the result is shared, so the queue of a single account must not delay the others.
            allowance::scope(Owner::Server, taking)
        };
        let message = shared.get_or_try_init(take).await?.clone();
        let query = query.clone();
        allowance::scope(Owner::Account(account_id), self.compute.run(move |meter| query.matches(&message, meter)))
            .await
    }

    /// Returns the number of computation steps spent on matching.
    pub fn steps(&self) -> u64 {
        self.compute.steps()
    }

    fn shared(&self, key: (WorkspaceId, Seq)) -> Shared {
        let mut cache = self.cache.lock();
        if let Some((_, shared)) = cache.iter().rev().find(|(known, _)| *known == key) {
            return shared.clone();
        }
        if cache.len() == MAX_CACHED {
            cache.pop_front();
        }
        let shared = Shared::default();
        cache.push_back((key, shared.clone()));
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_followed_searches_per_account_and_in_total() {
        let follows = Follows::default();
        let accounts: Vec<AccountId> = (0..50).map(|_| AccountId::mint()).collect();
        let mut permits = Vec::new();
        for account in &accounts {
            permits.extend((0..20).map(|_| follows.acquire(*account).unwrap()));
            assert!(matches!(follows.acquire(*account), Err(Error::Limit(_))), "the 21st of one account");
        }
        let newcomer = AccountId::mint();
        assert!(matches!(follows.acquire(newcomer), Err(Error::Unavailable(_))), "the 1,001st in total");
        assert!(matches!(follows.acquire(accounts[0]), Err(Error::Limit(_))), "the account limit takes precedence");
        // A released permit is available to any account.
        permits.pop();
        let _permit = follows.acquire(newcomer).unwrap();
        assert!(matches!(follows.acquire(accounts[49]), Err(Error::Unavailable(_))));
        assert_eq!((MAX_PER_ACCOUNT, MAX_TOTAL), (20, 1_000), "as docs/limits.md says");
    }
}
