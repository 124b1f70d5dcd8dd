//! Signals: live-only updates that may be lost. Clients detect a lost signal by a gap in `private_rev`.

use serde::{Deserialize, Serialize};

use crate::ground::id::{ChannelId, MemberId, MessageId};
use crate::model::event::Seq;
use crate::model::notification::Reason;

/// The read state of a member in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadState {
    pub channel_id: ChannelId,
    /// Everything up to this sequence number is read.
    pub last_read_seq: Seq,
    /// Incremented each time the channel is marked as unread.
    pub epoch: i32,
    /// Number of unread messages of others outside threads. Capped at `reading::MAX_UNREAD_COUNT`.
    pub unread_count: i64,
    /// Number of unread mentions. Capped at `reading::MAX_UNREAD_COUNT`.
    pub mention_count: i64,
}

/// The number of unread notifications of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Capped at `notification::unread::MAX_UNREAD_COUNT`.
    pub count: i64,
    /// The sequence number of the log at the time of counting. Later channel mentions are not included.
    pub seq: Seq,
}

impl Unread {
    /// Returns the count as a GraphQL `Int`.
    pub fn shown(&self) -> i32 {
        i32::try_from(self.count).unwrap_or(i32::MAX)
    }
}

/// A live-only update for one member. Each increments their private revision by one, so that a client notices a lost
/// signal. Notifications of one reader batch share a revision, and each reports the count after all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Their read state of a channel changed, and with it which notifications are unread.
    ReadStateChanged { read_state: ReadState, unread: Unread, private_rev: i64 },
    /// A notification was added.
    NotificationAdded {
        unread: Unread,
        seq: Seq,
        channel_id: ChannelId,
        message_id: MessageId,
        reason: Reason,
        private_rev: i64,
    },
    /// Notifications were read or removed.
    NotificationsChanged { unread: Unread, private_rev: i64 },
    /// Their private state must be loaded again.
    PrivateChanged { private_rev: i64 },
}

impl Signal {
    /// The member's private revision after this signal.
    pub fn private_rev(&self) -> i64 {
        match self {
            Self::ReadStateChanged { private_rev, .. }
            | Self::NotificationAdded { private_rev, .. }
            | Self::NotificationsChanged { private_rev, .. }
            | Self::PrivateChanged { private_rev } => *private_rev,
        }
    }
}

/// A signal addressed to a member, as sent between processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressedSignal {
    /// The recipient; the signal goes to all their connections.
    pub member_id: MemberId,
    pub signal: Signal,
}
