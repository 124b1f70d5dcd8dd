//! Signals: what is worth telling at once, and may be lost.

use serde::{Deserialize, Serialize};

use crate::event::Seq;
use crate::id::{ChannelId, MemberId, MessageId};
use crate::notification::Reason;

/// How far a member has read in a channel, and what they have not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Everything up to here is read.
    pub last_read_seq: Seq,
    /// Raised by every marking as unread.
    pub epoch: i32,
    /// Messages of others, outside of threads, that are not read; capped at `reading::COUNT_MAX`.
    pub unread_count: i64,
    /// Mentions that are not read; capped likewise.
    pub mention_count: i64,
}

/// How many notifications of a member are unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Capped at `notification::unread::COUNT_MAX`.
    pub count: i64,
    /// The number of the log at which they were counted: what mentions a whole channel after it is not among them.
    pub seq: Seq,
}

impl Unread {
    /// As the schema has it.
    pub fn shown(&self) -> i32 {
        i32::try_from(self.count).unwrap_or(i32::MAX)
    }
}

/// Something live only, for one member. Each raises their revision by one, so that one that was lost is missed;
/// several notifications of one run of the reader share a revision, and each counts all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Their reading of a channel moved, and with it which notifications are unread.
    ReadingChanged { channel_id: ChannelId, reading: Reading, unread: Unread, private_rev: i64 },
    /// Something concerns them.
    NotificationAdded {
        unread: Unread,
        seq: Seq,
        channel_id: ChannelId,
        message_id: MessageId,
        reason: Reason,
        private_rev: i64,
    },
    /// Notifications were read, or are no more.
    NotificationsChanged { unread: Unread, private_rev: i64 },
    /// What is private to them must be read again.
    PrivateChanged { private_rev: i64 },
}

impl Signal {
    /// The revision that it raises what is private to.
    pub fn private_rev(&self) -> i64 {
        match self {
            Self::ReadingChanged { private_rev, .. }
            | Self::NotificationAdded { private_rev, .. }
            | Self::NotificationsChanged { private_rev, .. }
            | Self::PrivateChanged { private_rev } => *private_rev,
        }
    }
}

/// A signal on its way to another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// To all connections of this member.
    pub member_id: MemberId,
    pub signal: Signal,
}
