//! `emoji`: derived from the log.

use sea_orm::entity::prelude::*;

use crate::ground::id::{EmojiId, FileId, MemberId, WorkspaceId};
use crate::model::event::Event;

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

impl Model {
    /// Returns the emoji that an event creates.
    pub fn of_event(event: &Event, id: EmojiId, file_id: FileId) -> Self {
        let name = event.body.name.clone().unwrap_or_default();
        Self { workspace_id: event.workspace_id, id, name, file_id, creator_id: event.actor() }
    }
}
