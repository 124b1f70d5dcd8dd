//! Deletes file contents that are no longer needed: abandoned uploads, unused files and removed files, each after a
//! grace period.
//!
//! - An object is deleted only after its deletion was recorded, so that no file can be created from it anymore.
//! - Failed deletions are retried.
//!
//! A lease ensures that one process collects at a time. Once per day [`super::media_audit`] compares the storage with
//! the tables.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::app::App;
use crate::chat::file::collect::CollectFiles;
use crate::chat::file::quota;
use crate::ground::clock::Timestamp;
use crate::ground::db::{self, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, CommandId, FileId, WorkspaceId};
use crate::log::{Submission, leases};
use crate::model::event::Skeleton;
use crate::model::file::entity::upload::{Column, Entity, Model, State};
use crate::model::file::entity::{file, file_text};
use crate::model::file::key;

/// The name of the lease.
const LEASE_NAME: &str = "collector";
/// Maximum number of uploads and files collected per batch.
const BATCH_SIZE: u64 = 100;
/// Number of workspaces per query.
const PAGE_SIZE: i64 = 1_000;

/// Runs forever: four times per grace period, and whenever an upload is cancelled in this process.
pub async fn run(app: App) {
    let grace = Duration::from_secs(app.config.media.grace_seconds.into());
    let mut ticks = tokio::time::interval((grace / 4).clamp(Duration::from_millis(500), Duration::from_secs(600)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.media.cancelled.notified() => {}
        }
        if let Err(error) = poll(&app).await {
            tracing::warn!(%error, "file collection failed; retrying");
        }
    }
}

async fn poll(app: &App) -> Result<()> {
    if app.media.storage().is_err() {
        return Ok(());
    }
    if app.config.store.is_sqlite() {
        // There is only one process, so no lease is needed.
        return collect_all(app).await;
    }
    // A lease instead of a transaction: a long-running transaction would keep the database from vacuuming.
    let process = CommandId::mint().0;
    let Some(lease) = leases::acquire(&app.database, WorkspaceId::SERVER, LEASE_NAME, process).await? else {
        return Ok(());
    };
    let result = tokio::select! {
        result = collect_all(app) => result,
        error = lease.keep_renewed(&app.database) => Err(error),
    };
    lease.release(&app.database, lease.cursor).await?;
    result
}

/// Collects all workspaces that have something to collect.
async fn collect_all(app: &App) -> Result<()> {
    let mut after = WorkspaceId::SERVER;
    while let Some((last, due)) = due(app, after).await? {
        for workspace_id in due {
            match collect_workspace(app, workspace_id).await {
                Err(Error::DependencyUnavailable(what)) => return Err(Error::DependencyUnavailable(what)),
                Err(error) => tracing::warn!(%error, workspace = %workspace_id.0, "file collection failed; retrying"),
                Ok(()) => {}
            }
        }
        after = last;
    }
    Ok(())
}

/// Returns those of the next [`PAGE_SIZE`] workspaces after `after` that may have something to collect and whose log
/// version is supported, and the last workspace examined. Returns `None` after the last one.
async fn due(app: &App, after: WorkspaceId) -> Result<Option<(WorkspaceId, Vec<WorkspaceId>)>> {
    let snapshot = app.database.snapshot(Scope::Server).await?;
    let before = db::now(&snapshot).await?.plus_seconds(-i64::from(app.config.media.grace_seconds));
    let exists = |table: &str, which: &str| {
        format!("EXISTS (SELECT 1 FROM {table} t WHERE t.workspace_id = l.workspace_id AND {which})")
    };
    let sql = format!(
        "SELECT l.workspace_id, (l.version <= $4 AND ({} OR {} OR {} OR {})) AS due FROM log l \
         WHERE l.workspace_id > $1 ORDER BY l.workspace_id LIMIT $2",
        exists("upload", "t.state = 'doomed'"),
        exists("upload", "t.state = 'pending' AND t.expires_at < $3"),
        exists("upload", "t.state = 'removed' AND t.expires_at < $3"),
        exists("file", "t.message_id IS NULL AND t.purpose IS NULL AND t.removed_at IS NULL AND t.created_at < $3"),
    );
    let values = [after.0.into(), PAGE_SIZE.into(), before.0.into(), Skeleton::VERSION.into()];
    let rows = snapshot.query_all_raw(db::statement(&snapshot, sql, values)).await?;
    let (mut last, mut ids) = (None, Vec::new());
    for row in rows {
        let id = WorkspaceId(row.try_get("", "workspace_id")?);
        last = Some(id);
        if row.try_get("", "due")? {
            ids.push(id);
        }
    }
    Ok(last.map(|last| (last, ids)))
}

async fn collect_workspace(app: &App, workspace_id: WorkspaceId) -> Result<()> {
    while collect_batch(app, workspace_id).await? {}
    Ok(())
}

/// Collects one batch of a workspace. Returns `true` if there may be more.
async fn collect_batch(app: &App, workspace_id: WorkspaceId) -> Result<bool> {
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let grace = i64::from(app.config.media.grace_seconds);
    let before = db::now(&snapshot).await?.plus_seconds(-grace);
    let unused: Vec<FileId> = file::Entity::find()
        .filter(file::Column::WorkspaceId.eq(workspace_id))
        .filter(file::Column::MessageId.is_null())
        .filter(file::Column::Purpose.is_null())
        .filter(file::Column::RemovedAt.is_null())
        .filter(file::Column::CreatedAt.lt(before))
        .select_only()
        .column(file::Column::Id)
        .limit(BATCH_SIZE)
        .into_tuple()
        .all(&snapshot)
        .await?;
    let mut uploads = Vec::new();
    for state in [State::Doomed, State::Pending, State::Removed] {
        uploads.extend(uploads_in_state(&snapshot, workspace_id, state, before).await?);
    }
    drop(snapshot);
    if !unused.is_empty() {
        let submission = Submission {
            workspace_id,
            account_id: AccountId(Uuid::nil()),
            command_id: CommandId::mint().0,
            command: Arc::new(CollectFiles { file_ids: unused }),
        };
        app.dispatch(submission).await?;
    }
    let (mut cleared, full) = (0, uploads.len() as u64 >= BATCH_SIZE);
    for upload in uploads {
        match clear(app, workspace_id, upload.id).await {
            Ok(()) => cleared += 1,
            Err(Error::DependencyUnavailable(what)) => return Err(Error::DependencyUnavailable(what)),
            Err(error) => tracing::warn!(%error, upload = %upload.id.0, "file collection failed; retrying"),
        }
    }
    Ok(full && cleared > 0)
}

async fn uploads_in_state(
    snapshot: &db::Transaction,
    workspace_id: WorkspaceId,
    state: State,
    before: Timestamp,
) -> Result<Vec<Model>> {
    let uploads = Entity::find().filter(Column::WorkspaceId.eq(workspace_id)).filter(Column::State.eq(state));
    let uploads = match state {
        // Their deletion is already recorded.
        State::Doomed => uploads,
        _ => uploads.filter(Column::ExpiresAt.lt(before)),
    };
    Ok(uploads.order_by_asc(Column::ExpiresAt).limit(BATCH_SIZE).all(snapshot).await?)
}

/// Deletes the contents of an upload that is not, or no longer, a file.
///
/// # Errors
/// Returns `UNAVAILABLE` if the storage or database does not respond. The deletion is retried.
pub async fn clear(app: &App, workspace_id: WorkspaceId, id: FileId) -> Result<()> {
    let transaction = app.database.write(Scope::Workspace(workspace_id)).await?;
    let doomed = Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Doomed))
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_not_in([State::Stored, State::Cleared]))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    if doomed.rows_affected == 0 {
        return Ok(());
    }
    let storage = app.media.storage()?;
    storage.remove(&key::parts(workspace_id, id)).await?;
    storage.remove(&key::variants(workspace_id, id)).await?;
    let transaction = app.database.write(Scope::Workspace(workspace_id)).await?;
    if let Some(row) = Entity::find_by_id((workspace_id, id)).one(&transaction).await? {
        let update = Entity::update_many()
            .col_expr(Column::State, Expr::value(State::Cleared))
            .col_expr(Column::Name, Expr::value(""))
            .col_expr(Column::MediaType, Expr::value(""))
            .col_expr(Column::Sha256, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::Size, Expr::value(0))
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(State::Doomed))
            .exec(&transaction)
            .await?;
        if update.rows_affected == 1 {
            quota::add_usage(&transaction, workspace_id, row.member_id, -row.size).await?;
        }
    }
    file_text::Entity::delete_by_id((workspace_id, id)).exec(&transaction).await?;
    transaction.commit().await?;
    metrics::counter!("confab_media_cleared_total").increment(1);
    Ok(())
}
