//! Who follows saved searches: how many there may be, and what they share.
//!
//! Promises: a message is taken apart once, however many look for it; comparing is done beside the requests, one piece
//! after another and by turns of those who look, so that a thousand searches make nobody wait who sends; the memory for
//! it is bounded.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::allowance;
use crate::budget::Owner;
use crate::compute::Compute;
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::{AccountId, WorkspaceId};
use crate::permits::{Permit, Permits, Refused};
use crate::search::document::Document;
use crate::search::matching::{Taken, Wanted};

/// Searches that one account follows at the same time, at one process.
pub const OF_ACCOUNT: usize = 20;
/// Searches that all follow at the same time, at one process.
pub const OF_ALL: usize = 1_000;
/// Messages that are kept taken apart.
const KEPT: usize = 64;
/// How long a comparison waits until it is its turn.
const PATIENCE: Duration = Duration::from_secs(60);

type Shared = Arc<OnceCell<Arc<Taken>>>;

/// Those who follow.
#[derive(Debug)]
pub struct Follows {
    permits: Permits<AccountId>,
    compute: Compute,
    kept: Mutex<VecDeque<((WorkspaceId, Seq), Shared)>>,
}

impl Default for Follows {
    fn default() -> Self {
        Self { permits: Permits::new(OF_ACCOUNT, OF_ALL), compute: Compute::new(1, PATIENCE), kept: Mutex::default() }
    }
}

impl Follows {
    /// A place for one more.
    ///
    /// # Errors
    /// `RATE_LIMITED` when the account has enough, `UNAVAILABLE` when all have.
    pub fn take(&self, account_id: AccountId) -> Result<Permit<AccountId>> {
        self.permits.take(account_id).map_err(|refused| match refused {
            Refused::OfOne(most) => {
                Error::Limit(format!("An account follows at most {most} saved searches at once. End one first."))
            }
            Refused::OfAll(_) => Error::Unavailable("Too many saved searches are followed. Try again later.".into()),
        })
    }

    /// Whether an event is a message that this account looks for.
    ///
    /// # Errors
    /// `UNAVAILABLE` when its turn does not come.
    pub async fn is(
        &self,
        account_id: AccountId,
        wanted: &Arc<Wanted>,
        event: &SharedEvent,
        document: Document,
    ) -> Result<bool> {
        if !wanted.may_be(&document) {
            return Ok(false);
        }
        let shared = self.shared((event.workspace_id, event.seq));
        let take = || {
            let taking = self.compute.run(move |meter| {
                meter.count((document.text.len() + document.files.len()) as u64)?;
                Ok(Arc::new(Taken::of(document)))
            });
            // For all who look for it: nobody's own queue keeps the others waiting.
            allowance::within(Owner::Server, taking)
        };
        let taken = shared.get_or_try_init(take).await?.clone();
        let wanted = wanted.clone();
        allowance::within(Owner::Account(account_id), self.compute.run(move |meter| wanted.is(&taken, meter))).await
    }

    /// All steps that were done for those who follow.
    pub fn steps(&self) -> u64 {
        self.compute.steps()
    }

    fn shared(&self, key: (WorkspaceId, Seq)) -> Shared {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shared)) = kept.iter().rev().find(|(known, _)| *known == key) {
            return shared.clone();
        }
        if kept.len() == KEPT {
            kept.pop_front();
        }
        let shared = Shared::default();
        kept.push_back((key, shared.clone()));
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_follows_20_and_all_follow_1000() {
        let follows = Follows::default();
        let accounts: Vec<AccountId> = (0..50).map(|_| AccountId::mint()).collect();
        let mut taken = Vec::new();
        for account in &accounts {
            taken.extend((0..20).map(|_| follows.take(*account).unwrap()));
            assert!(matches!(follows.take(*account), Err(Error::Limit(_))), "the 21st of one");
        }
        let newcomer = AccountId::mint();
        assert!(matches!(follows.take(newcomer), Err(Error::Unavailable(_))), "the 1,001st of all");
        assert!(matches!(follows.take(accounts[0]), Err(Error::Limit(_))), "whoever has enough is told so");
        // When one ends, another is followed, by whoever comes first.
        taken.pop();
        let _place = follows.take(newcomer).unwrap();
        assert!(matches!(follows.take(accounts[49]), Err(Error::Unavailable(_))));
        assert_eq!((OF_ACCOUNT, OF_ALL), (20, 1_000), "as docs/limits.md says");
    }
}
