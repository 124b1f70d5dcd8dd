//! `mention`: the rows behind mention counts. A mention of a whole channel is a single row, which also serves as the
//! notification of all members. Derived from the log.

use sea_orm::entity::prelude::*;

use crate::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mention")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel_id: ChannelId,
    /// The member, or the nil id for the whole channel.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: MemberId,
    /// `seq` of the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub message_id: MessageId,
    pub author_id: MemberId,
    /// Whether the message is a reply in a thread.
    pub in_thread: bool,
}

crate::ground::db::without_relations!();
