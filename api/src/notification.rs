//! Notifications: what concerns a member. Mentions by name, replies and direct messages are rows of theirs, written
//! by a durable reader of the log; a mention of a whole channel is one row for all who were in it then.

pub mod entity;
pub mod graphql;
pub mod service;
pub mod unread;
pub mod writing;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// Why a member is told of a message. The strongest reason counts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[graphql(name = "NotificationReason")]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Reason {
    /// They are mentioned by name.
    #[sea_orm(string_value = "mention")]
    Mention,
    /// The whole channel is mentioned.
    #[sea_orm(string_value = "channel_mention")]
    ChannelMention,
    /// Somebody replied in a thread that they began.
    #[sea_orm(string_value = "reply")]
    Reply,
    /// It stands in a direct channel of theirs.
    #[sea_orm(string_value = "direct")]
    Direct,
}
