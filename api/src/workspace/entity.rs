//! `workspace`: derived from the log of the workspace itself.

use sea_orm::entity::prelude::*;

use super::ChannelMentions;
use crate::clock::Moment;
use crate::id::{FileId, MemberId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspace")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub created_at: Moment,
    pub created_by: MemberId,
    /// Its picture.
    pub icon_id: Option<FileId>,
    /// Who may mention a whole channel.
    pub channel_mentions: ChannelMentions,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
