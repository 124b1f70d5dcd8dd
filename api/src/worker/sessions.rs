//! Stores when sessions were last used, revokes expired sessions, and prunes those that ended long ago.
//!
//! An expired session is rejected immediately. Here its end also becomes an event, which closes its open connections in
//! every process.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::daily;
use crate::app::App;
use crate::chat::session::prune::PruneSessions;
use crate::chat::session::revoke::RevokeSessions;
use crate::chat::session::service::{idle, lifetime};
use crate::ground::clock::Timestamp;
use crate::ground::db::{self, Database, Scope};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, SessionId, WorkspaceId};
use crate::model::event::Seq;
use crate::model::log::entity::event;
use crate::model::session::entity::{session, session_token};

/// How often session use is stored and expired sessions are revoked.
const INTERVAL: Duration = Duration::from_secs(60);
/// Maximum number of sessions per statement.
const BATCH_SIZE: u64 = 500;
/// Retention of ended sessions in seconds: 30 days.
const RETENTION: i64 = 30 * 86_400;

/// Runs forever, once per [`INTERVAL`].
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(INTERVAL);
    // Skips the immediate first tick, to keep startup light.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if let Err(error) = app.seen.store(&app.database).await {
            tracing::warn!(%error, "failed to store session use; retrying");
        }
        if let Err(error) = expire(&app).await {
            tracing::warn!(%error, "failed to revoke expired sessions; retrying");
        }
    }
}

/// Revokes expired sessions. Returns how many.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn expire(app: &App) -> Result<usize> {
    let now = db::now(&app.database.snapshot(Scope::Server).await?).await?;
    // Compares against constants, so that the indexes on age apply.
    let unused = session_token::Column::LastSeenAt.lte(now.plus_seconds(-idle(app)));
    let unused = session_token::Entity::find().filter(unused).limit(BATCH_SIZE);
    let unused = app.database.global_tables().all(unused).await?;
    let old = session::Column::EndedSeq.is_null().and(session::Column::CreatedAt.lte(now.plus_seconds(-lifetime(app))));
    let of_unused = session::Column::Id.is_in(unused.into_iter().map(|token| token.session_id));
    let expired = session::Entity::find().filter(of_unused.or(old)).limit(BATCH_SIZE);
    let mut by_account: BTreeMap<AccountId, Vec<SessionId>> = BTreeMap::new();
    for session in app.database.global_tables().all(expired).await? {
        by_account.entry(session.account_id).or_default().push(session.id);
    }
    let count = by_account.values().map(Vec::len).sum();
    for (account_id, session_ids) in by_account {
        app.submit_to_server(account_id, RevokeSessions { session_ids }).await?;
    }
    Ok(count)
}

/// Prunes if it is due.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn prune_when_due(app: App, database: Database) -> Result<()> {
    daily::run_if_due(&database, "session pruning", async { prune(&app).await.map(drop) }).await
}

/// Removes sessions that ended more than [`RETENTION`] ago. Returns whether there were any. The removal is an event, so
/// that a replay yields the same rows.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn prune(app: &App) -> Result<bool> {
    let Some(ended_through) = last_before(&app.database).await? else { return Ok(false) };
    let ended = session::Entity::find().filter(session::Column::EndedSeq.lte(ended_through));
    if app.database.global_tables().one(ended).await?.is_none() {
        return Ok(false);
    }
    app.submit_to_server(AccountId(Uuid::nil()), PruneSessions { ended_through }).await?;
    Ok(true)
}

/// Returns the last sequence number of the server's log before the retention period.
async fn last_before(database: &Database) -> Result<Option<Seq>> {
    let snapshot = database.snapshot(Scope::Workspace(WorkspaceId::SERVER)).await?;
    let then = Timestamp(db::now(&snapshot).await?.0 - RETENTION * 1000);
    let last = event::Entity::find()
        .filter(event::Column::WorkspaceId.eq(WorkspaceId::SERVER))
        .filter(event::Column::At.lt(then))
        .order_by_desc(event::Column::Seq)
        .one(&snapshot)
        .await?;
    Ok(last.map(|event| event.seq))
}
