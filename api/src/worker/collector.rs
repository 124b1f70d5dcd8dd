//! Clears away bytes that nobody will ask for: uploads that were not ended, files that nobody used, and what was
//! removed, each after a grace.
//!
//! Promises: bytes go only after it is written that they will, so that no file can be made of them any more; what
//! could not be cleared away is tried again. Processes take turns by a lease. Once a day the storage is compared
//! with the tables ([`super::media_audit`]).

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Scope};
use crate::error::{Error, Result};
use crate::event::Skeleton;
use crate::file::command::Command;
use crate::file::entity::upload::{Column, Entity, Model, State};
use crate::file::entity::{file, file_text};
use crate::file::quota;
use crate::id::{AccountId, CommandId, FileId, WorkspaceId};
use crate::log::{Submission, leases};
use crate::media::key;

/// The name of the lease.
const NAME: &str = "collector";
/// What is cleared away of a workspace in one turn.
const TURN: u64 = 100;
/// Workspaces that are asked for at once.
const WORKSPACES: i64 = 1_000;

/// Looks for ever, several times in a grace, and when an upload was cancelled here.
pub async fn run(app: App) {
    let grace = Duration::from_secs(app.config.media.grace_seconds.into());
    let mut looks = tokio::time::interval((grace / 4).clamp(Duration::from_millis(500), Duration::from_secs(600)));
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = app.media.cancelled.notified() => {}
        }
        if let Err(error) = round(&app).await {
            tracing::warn!(%error, "bytes were not cleared away");
        }
    }
}

async fn round(app: &App) -> Result<()> {
    if app.media.storage().is_err() {
        return Ok(());
    }
    if app.config.store.is_sqlite() {
        // It has one process: there is nobody to take turns with.
        return walk(app).await;
    }
    // No transaction is open meanwhile: one that stands for long keeps the database from clearing up.
    let process = CommandId::mint().0;
    let Some(taken) = leases::take(&app.database, WorkspaceId::SERVER, NAME, process).await? else { return Ok(()) };
    let walked = tokio::select! {
        walked = walk(app) => walked,
        lost = taken.keep(&app.database) => Err(lost),
    };
    taken.give_back(&app.database, taken.cursor).await?;
    walked
}

/// Goes through the workspaces in which there is something to clear away.
async fn walk(app: &App) -> Result<()> {
    let mut after = WorkspaceId::SERVER;
    while let Some((last, due)) = due(app, after).await? {
        for workspace_id in due {
            match of_workspace(app, workspace_id).await {
                Err(Error::Away(what)) => return Err(Error::Away(what)),
                Err(error) => tracing::warn!(%error, workspace = %workspace_id, "bytes were not cleared away"),
                Ok(()) => {}
            }
        }
        after = last;
    }
    Ok(())
}

/// Of the next workspaces after one, at most [`WORKSPACES`] of them, those that this program understands
/// and in which there may be something to clear away; and the last that was looked at. `None` after the last one.
async fn due(app: &App, after: WorkspaceId) -> Result<Option<(WorkspaceId, Vec<WorkspaceId>)>> {
    let snapshot = app.database.snapshot(Scope::Server).await?;
    let before = db::now(&snapshot).await?.plus_seconds(-i64::from(app.config.media.grace_seconds));
    let of = |table: &str, which: &str| {
        format!("EXISTS (SELECT 1 FROM {table} t WHERE t.workspace_id = l.workspace_id AND {which})")
    };
    let sql = format!(
        "SELECT l.workspace_id, (l.version <= $4 AND ({} OR {} OR {} OR {})) AS due FROM log l \
         WHERE l.workspace_id > $1 ORDER BY l.workspace_id LIMIT $2",
        of("upload", "t.state = 'doomed'"),
        of("upload", "t.state = 'pending' AND t.expires_at < $3"),
        of("upload", "t.state = 'removed' AND t.expires_at < $3"),
        of("file", "t.message_id IS NULL AND t.purpose IS NULL AND t.removed_at IS NULL AND t.created_at < $3"),
    );
    let values = [after.0.into(), WORKSPACES.into(), before.0.into(), Skeleton::VERSION.into()];
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

async fn of_workspace(app: &App, workspace_id: WorkspaceId) -> Result<()> {
    while turn(app, workspace_id).await? {}
    Ok(())
}

/// Clears away some of it; `true` if there is more.
async fn turn(app: &App, workspace_id: WorkspaceId) -> Result<bool> {
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
        .limit(TURN)
        .into_tuple()
        .all(&snapshot)
        .await?;
    let mut ended = Vec::new();
    for state in [State::Doomed, State::Pending, State::Removed] {
        ended.extend(of_state(&snapshot, workspace_id, state, before).await?);
    }
    drop(snapshot);
    if !unused.is_empty() {
        let submission = Submission {
            workspace_id,
            account_id: AccountId(Uuid::nil()),
            command_id: CommandId::mint().0,
            command: Command::Collect { file_ids: unused }.into(),
        };
        app.give(submission).await?;
    }
    let (mut cleared, full) = (0, ended.len() as u64 >= TURN);
    for upload in ended {
        match clear(app, workspace_id, upload.id).await {
            Ok(()) => cleared += 1,
            Err(Error::Away(what)) => return Err(Error::Away(what)),
            Err(error) => tracing::warn!(%error, upload = %upload.id, "bytes were not cleared away"),
        }
    }
    Ok(full && cleared > 0)
}

async fn of_state(
    snapshot: &db::Transaction,
    workspace_id: WorkspaceId,
    state: State,
    before: Moment,
) -> Result<Vec<Model>> {
    let ended = Entity::find().filter(Column::WorkspaceId.eq(workspace_id)).filter(Column::State.eq(state));
    let ended = match state {
        // It is written already that they go.
        State::Doomed => ended,
        _ => ended.filter(Column::ExpiresAt.lt(before)),
    };
    Ok(ended.order_by_asc(Column::ExpiresAt).limit(TURN).all(snapshot).await?)
}

/// Clears away the bytes of an upload that is no file, or no longer.
///
/// # Errors
/// `UNAVAILABLE`; it is tried again then.
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
        let gone = Entity::update_many()
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
        if gone.rows_affected == 1 {
            quota::count(&transaction, workspace_id, row.member_id, -row.size).await?;
        }
    }
    file_text::Entity::delete_by_id((workspace_id, id)).exec(&transaction).await?;
    transaction.commit().await?;
    metrics::counter!("confab_media_cleared_total").increment(1);
    Ok(())
}
