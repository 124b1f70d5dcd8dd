//! Joining the subscription group of a selection.

use std::sync::Arc;

use async_graphql::Request;

use super::queue::Queue;
use super::selection::Key;
use crate::ground::id::{AccountId, MemberId};
use crate::model::event::Seq;

/// A subscription as its group sees it.
#[derive(Debug, Clone)]
pub struct Subscriber {
    pub member_id: MemberId,
    pub account_id: AccountId,
    /// The member's room-local number.
    pub number: u32,
    pub queue: Arc<Queue>,
    /// Everything up to here was sent by the subscription itself.
    pub cursor: Seq,
}

impl Subscriber {
    /// Whether the subscription still holds the other end of the queue.
    pub(super) fn is_connected(&self) -> bool {
        Arc::strong_count(&self.queue) > 1
    }
}

/// A request to join the group of a selection.
pub struct JoinRequest<'a> {
    /// Identifies equal selections.
    pub key: Key,
    /// The request to execute, if this subscriber starts the group.
    pub request: &'a Request,
    pub subscriber: Subscriber,
}

/// The outcome of a [`JoinRequest`].
#[derive(Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// Joined. Events after the cursor arrive through the queue.
    Joined,
    /// The group is ahead of the cursor. Continue catching up.
    Behind,
    /// The member has reached the limit of distinct selections in this room.
    MemberLimit,
    /// The room has reached its limit of distinct selections, and none can be evicted.
    RoomLimit,
}
