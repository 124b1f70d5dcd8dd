//! `emoji`: derived from the log.

use sea_orm::entity::prelude::*;

use crate::ground::id::{EmojiId, FileId, MemberId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "emoji")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EmojiId,
    /// Without colons. Unique within the workspace.
    pub name: String,
    pub file_id: FileId,
    pub creator_id: MemberId,
}

crate::ground::db::without_relations!();
