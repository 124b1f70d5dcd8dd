//! Files that were removed after they had been sent.
//!
//! What a message's event says of its files stays stored, since the digest of the log covers it together with the text.
//! Promises: nobody is told of it again once the file is removed, whatever the event is read from.

use std::collections::HashSet;
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::db::Transaction;
use crate::db::many::among;
use crate::error::Result;
use crate::event::SharedEvent;
use crate::file::entity::file;
use crate::id::{FileId, WorkspaceId};

/// Takes away what events that were read from the database say of removed files. Without files nothing is asked.
///
/// # Errors
/// When the database does not answer.
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
