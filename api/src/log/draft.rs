//! Drafts: decided events that are not yet part of a log.

use uuid::Uuid;

use crate::ground::id::{AccountId, MemberId};
use crate::model::event::{Body, Skeleton};

/// An event to be appended. Its sequence number, time and salt are assigned on append.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The acting member, or the acting account in the server's log.
    pub actor_id: Uuid,
    /// What happened.
    pub skeleton: Skeleton,
    /// Its erasable texts.
    pub body: Body,
}

impl Draft {
    /// Creates a draft of an event caused by a member.
    pub fn by(member: MemberId, skeleton: Skeleton, body: Body) -> Self {
        Self { actor_id: member.0, skeleton, body }
    }

    /// Creates a draft of an event caused by an account, in the server's log.
    pub fn by_account(account: AccountId, skeleton: Skeleton, body: Body) -> Self {
        Self { actor_id: account.0, skeleton, body }
    }
}
