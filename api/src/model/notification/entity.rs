//! `notification`: notifications of single members, written by the durable reader `notifications`. Mentions of whole
//! channels are rows of `mention` instead.

use sea_orm::entity::prelude::*;

use super::Reason;
use crate::ground::clock::Timestamp;
use crate::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: MemberId,
    /// `seq` of the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub reason: Reason,
    pub channel_id: ChannelId,
    pub message_id: MessageId,
    /// Whether the message is a reply in a thread. Marking the channel as read does not cover replies.
    pub in_thread: bool,
    pub created_at: Timestamp,
}

crate::ground::db::without_relations!();
