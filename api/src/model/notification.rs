//! Notifications of members. A durable reader of the log writes one row per member for mentions by name, replies and
//! direct messages. A mention of a whole channel is a single row for all of its members at that time.

pub mod entity;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// Why a message notifies a member. If several reasons apply, the first of `MENTION`, `REPLY`, `DIRECT` and
/// `CHANNEL_MENTION` is reported.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[graphql(name = "NotificationReason")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Reason {
    /// The message mentions the member by name.
    Mention,
    /// The message mentions the whole channel.
    ChannelMention,
    /// The message is a reply in a thread started by the member.
    Reply,
    /// The message was sent to a direct channel that the member is in.
    Direct,
}
