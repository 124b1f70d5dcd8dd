//! The `workspace` table. Derived from the workspace's log.

use sea_orm::entity::prelude::*;

use super::ChannelMentions;
use crate::ground::clock::Timestamp;
use crate::ground::id::{FileId, MemberId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspace")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub created_at: Timestamp,
    pub created_by: MemberId,
    /// The icon.
    pub icon_id: Option<FileId>,
    /// Who may mention an entire channel.
    pub channel_mentions: ChannelMentions,
}

crate::ground::db::without_relations!();
