//! The daily audit of file storage: deletes objects that no table references, reports files whose contents are missing,
//! and recomputes storage usage.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::daily;
use crate::app::App;
use crate::chat::file::quota;
use crate::ground::db::{self, Database, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::{FileId, WorkspaceId};
use crate::model::file::entity::upload::{Column, Entity, Model, State};
use crate::model::file::key::{self, Variant};
use crate::model::log::entity::log;

/// Number of objects or rows per batch.
const BATCH_SIZE: usize = 1_000;

/// The result of an audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Number of unreferenced objects, which were deleted.
    pub strays: usize,
    /// Files whose contents are missing.
    pub missing: Vec<(WorkspaceId, FileId)>,
}

/// Runs the audit if it is due.
///
/// # Errors
/// Returns an error if the storage or the database does not respond.
pub async fn when_due(app: App, database: Database) -> Result<()> {
    daily::run_if_due(&database, "media audit", async {
        let report = audit(&app).await?;
        metrics::counter!("confab_media_missing_total").increment(report.missing.len() as u64);
        for (workspace, file) in &report.missing {
            tracing::error!(workspace = %workspace.0, file = %file.0, "file contents are missing");
        }
        tracing::info!(strays = report.strays, missing = report.missing.len(), "file storage audited");
        Ok(())
    })
    .await
}

/// Runs the audit once.
///
/// # Errors
/// Returns an error if the storage or the database does not respond.
pub async fn audit(app: &App) -> Result<Report> {
    let mut report = Report::default();
    for prefix in [key::UPLOADS, key::FILES] {
        report.strays += strays(app, prefix).await?;
    }
    for head in app.database.global_tables().all(log::all_supported()).await? {
        report.missing.extend(missing(app, head.workspace_id).await?);
        recount(app, head.workspace_id).await?;
    }
    Ok(report)
}

/// Deletes objects without an upload. Objects younger than the grace period are kept, since clocks may differ.
async fn strays(app: &App, prefix: &str) -> Result<usize> {
    let storage = app.media.storage()?;
    let grace = i64::from(app.config.media.grace_seconds);
    let before = db::now(&app.database.snapshot(Scope::Server).await?).await?.plus_seconds(-grace);
    let mut count = 0;
    let mut batches = storage.walk(&prefix.into()).try_chunks(BATCH_SIZE);
    while let Some(objects) = batches.try_next().await.map_err(|error| error.1)? {
        let is_old = |object: &&object_store::ObjectMeta| object.last_modified.timestamp_millis() < before.0;
        let owners: BTreeSet<(WorkspaceId, FileId)> =
            objects.iter().filter(is_old).filter_map(|object| key::owner(&object.location)).collect();
        for (workspace_id, id) in owners {
            let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
            let state = Entity::find_by_id((workspace_id, id)).one(&snapshot).await?.map(|row| row.state);
            drop(snapshot);
            // Parts uploaded through a link that outlived its upload are not needed.
            let are_parts_needed = state == Some(State::Pending);
            let is_needed = state.is_some_and(|state| state != State::Cleared);
            if prefix == key::UPLOADS && !are_parts_needed {
                storage.remove(&key::parts(workspace_id, id)).await?;
            } else if prefix == key::FILES && !is_needed {
                storage.remove(&key::variants(workspace_id, id)).await?;
            } else {
                continue;
            }
            count += 1;
        }
    }
    Ok(count)
}

/// Returns the files whose contents are missing.
async fn missing(app: &App, workspace_id: WorkspaceId) -> Result<Vec<(WorkspaceId, FileId)>> {
    let (mut after, mut missing) = (FileId(uuid::Uuid::nil()), Vec::new());
    loop {
        let rows = stored(app, workspace_id, after).await?;
        let Some(last) = rows.last() else { return Ok(missing) };
        after = last.id;
        for row in rows {
            match app.media.storage()?.size(&key::variant(workspace_id, row.id, Variant::Original)).await {
                Ok(_) => {}
                // A file removed meanwhile is not missing.
                Err(Error::NotFound(_)) if is_stored(app, workspace_id, row.id).await? => {
                    missing.push((workspace_id, row.id));
                }
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

async fn stored(app: &App, workspace_id: WorkspaceId, after: FileId) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(Column::State.eq(State::Stored))
        .filter(Column::Id.gt(after));
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    Ok(query.order_by_asc(Column::Id).limit(BATCH_SIZE as u64).all(&snapshot).await?)
}

async fn is_stored(app: &App, workspace_id: WorkspaceId, id: FileId) -> Result<bool> {
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let row = Entity::find_by_id((workspace_id, id)).one(&snapshot).await?;
    Ok(row.is_some_and(|row| row.state == State::Stored))
}

/// Recomputes storage usage from the uploads.
async fn recount(app: &App, workspace_id: WorkspaceId) -> Result<()> {
    let transaction = app.database.write(Scope::Workspace(workspace_id)).await?;
    quota::recount(&transaction, workspace_id).await?;
    Ok(transaction.commit().await?)
}
