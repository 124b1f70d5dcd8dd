//! Clears away bytes that nobody will ask for: uploads that were not ended, files that nobody used, and what was
//! removed, each after a grace.
//!
//! Promises: bytes go only after it is written that they will, so that no file can be made of them any more; what
//! could not be cleared away is tried again. Processes take turns by a lease. Once a day the storage is compared
//! with the tables ([`super::media_audit`]).

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Scope};
use crate::error::{Error, Result};
use crate::file::command::Command;
use crate::file::entity::upload::{Column, Entity, Model, State};
use crate::file::entity::{file, file_text};
use crate::file::quota;
use crate::id::{AccountId, CommandId, FileId, WorkspaceId};
use crate::log::entity::log;
use crate::log::{Submission, leases};
use crate::media::key;

/// The name of the lease.
const NAME: &str = "collector";
/// What is cleared away of a workspace in one turn.
const TURN: u64 = 100;

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

/// Looks at all workspaces.
async fn walk(app: &App) -> Result<()> {
    for head in app.database.outside().all(log::all_understood()).await? {
        if head.workspace_id != WorkspaceId::SERVER {
            match of_workspace(app, head.workspace_id).await {
                Err(Error::Away(what)) => return Err(Error::Away(what)),
                Err(error) => tracing::warn!(%error, workspace = %head.workspace_id, "bytes were not cleared away"),
                Ok(()) => {}
            }
        }
    }
    Ok(())
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
