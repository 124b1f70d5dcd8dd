//! Removes deleted files from events that are read from the database.
//!
//! The description of a file stays in the body of its message event, because the digest chain covers it together with
//! the text. It is never returned again once the file was removed, whatever the event is read from.

use std::collections::HashSet;
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::ground::db::Transaction;
use crate::ground::db::batch_query::among;
use crate::ground::error::Result;
use crate::ground::id::{FileId, WorkspaceId};
use crate::model::event::SharedEvent;
use crate::model::file::entity::file;

/// Removes the descriptions of deleted files from events read from the database. Queries nothing if the events have no
/// files.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn withhold(snapshot: &Transaction, workspace_id: WorkspaceId, events: &mut [SharedEvent]) -> Result<()> {
    let described: HashSet<FileId> =
        events.iter().flat_map(|event| event.body.files.iter().map(|file| file.id)).collect();
    if described.is_empty() {
        return Ok(());
    }
    let removed = file::Entity::find()
        .filter(file::Column::WorkspaceId.eq(workspace_id))
        .filter(among(snapshot, file::Column::Id, described))
        .filter(file::Column::RemovedAt.is_not_null())
        .select_only()
        .column(file::Column::Id)
        .into_tuple::<FileId>();
    let removed: HashSet<Uuid> = removed.all(snapshot).await?.into_iter().map(|id| id.0).collect();
    for event in events {
        if let Some(without) = event.without_files(&removed) {
            *event = Arc::new(without);
        }
    }
    Ok(())
}
