//! `notification`: what concerns one member, written by the durable reader `notifications`. A mention of a whole
//! channel is not here: it is one row of `mention`.

use sea_orm::entity::prelude::*;

use super::Reason;
use crate::clock::Moment;
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: MemberId,
    /// The number of the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub reason: Reason,
    pub channel_id: ChannelId,
    pub message_id: MessageId,
    /// Whether the message is a reply in a thread, which reading the channel does not read.
    pub in_thread: bool,
    pub created_at: Moment,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
