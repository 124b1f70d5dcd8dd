//! Departures: what must end when a member leaves a workspace, and is not in the order of its log.
//!
//! `events` ends by the event itself, at its place among the others. Whatever else a member has open in a
//! workspace watches for the moment at which their process takes that event.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::id::MemberId;

/// The members with something open in one workspace.
#[derive(Debug, Default)]
pub struct Departures(Mutex<HashMap<MemberId, CancellationToken>>);

impl Departures {
    /// A token that is cancelled the moment the member leaves. Who has left before is not known here.
    pub fn watch(&self, member_id: MemberId) -> CancellationToken {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(member_id).or_default().clone()
    }

    /// They left: ends everything of theirs. Whoever comes back gets a new token.
    pub fn end(&self, member_id: MemberId) {
        let token = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&member_id);
        if let Some(token) = token {
            token.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_leaves_ends_what_is_theirs_and_may_come_back() {
        let (departures, ann, ben) = (Departures::default(), MemberId::mint(), MemberId::mint());
        let (first, second, other) = (departures.watch(ann), departures.watch(ann), departures.watch(ben));
        departures.end(ann);
        assert!(first.is_cancelled() && second.is_cancelled() && !other.is_cancelled());
        assert!(!departures.watch(ann).is_cancelled());
    }
}
