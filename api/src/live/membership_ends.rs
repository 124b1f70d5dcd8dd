//! Membership ends: cancels what a member has open in a workspace when they leave it.
//!
//! The `events` subscription ends by the leave event itself, in order. Everything else a member has open watches a
//! token that is cancelled when this process applies that event.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use crate::ground::id::MemberId;
use crate::ground::mutex::Mutex;

/// The members with open resources in one workspace.
#[derive(Debug, Default)]
pub struct MembershipEnds(Mutex<HashMap<MemberId, CancellationToken>>);

impl MembershipEnds {
    /// Returns a token that is cancelled when the member leaves. Does not know whether they left earlier.
    pub fn watch(&self, member_id: MemberId) -> CancellationToken {
        self.0.lock().entry(member_id).or_default().clone()
    }

    /// Cancels the token of a member who left. A member who rejoins gets a new token.
    pub fn cancel(&self, member_id: MemberId) {
        let token = self.0.lock().remove(&member_id);
        if let Some(token) = token {
            token.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancels_only_the_tokens_of_the_leaving_member() {
        let (ends, ann, ben) = (MembershipEnds::default(), MemberId::mint(), MemberId::mint());
        let (first, second, other) = (ends.watch(ann), ends.watch(ann), ends.watch(ben));
        ends.cancel(ann);
        assert!(first.is_cancelled() && second.is_cancelled() && !other.is_cancelled());
        assert!(!ends.watch(ann).is_cancelled());
    }
}
