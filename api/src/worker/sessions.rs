//! Stores which sessions were used, ends those that have expired, and prunes what is known of those that ended long ago.
//!
//! A session that has expired is refused at once wherever it is shown; here its end becomes an event, by which its
//! open connections close, in every process.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::daily;
use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Database, Scope};
use crate::error::Result;
use crate::event::Seq;
use crate::id::{AccountId, SignInId, WorkspaceId};
use crate::log::entity::event;
use crate::sign_in::command::Command;
use crate::sign_in::entity::{sign_in, sign_in_token};
use crate::sign_in::service::{idle, lifetime};

/// How often it is stored which sessions were used, and looked for those that have expired.
const LOOK: Duration = Duration::from_secs(60);
/// The most sessions of one statement.
const PART: u64 = 500;
/// Sessions that ended longer ago are pruned, in seconds: 30 days.
const KEPT: i64 = 30 * 86_400;

/// Looks for ever.
pub async fn run(app: App) {
    let mut looks = tokio::time::interval(LOOK);
    // Not at once: a server that has just been started has other things to do.
    looks.tick().await;
    loop {
        looks.tick().await;
        if let Err(error) = app.seen.store(&app.database).await {
            tracing::warn!(%error, "which sessions were used was not stored");
        }
        if let Err(error) = expire(&app).await {
            tracing::warn!(%error, "sessions that have expired were not ended");
        }
    }
}

/// Ends the sessions that have expired; answers how many.
///
/// # Errors
/// When the database does not answer.
pub async fn expire(app: &App) -> Result<usize> {
    let now = db::now(&app.database.snapshot(Scope::Server).await?).await?;
    // Compared with a value, so that the indexes by age serve.
    let unused = sign_in_token::Column::LastSeenAt.lte(now.plus_seconds(-idle(app)));
    let unused = sign_in_token::Entity::find().filter(unused).limit(PART);
    let unused = app.database.outside().all(unused).await?;
    let old = sign_in::Column::EndedSeq.is_null().and(sign_in::Column::CreatedAt.lte(now.plus_seconds(-lifetime(app))));
    let of_unused = sign_in::Column::Id.is_in(unused.into_iter().map(|token| token.sign_in_id));
    let expired = sign_in::Entity::find().filter(of_unused.or(old)).limit(PART);
    let mut by_account: BTreeMap<AccountId, Vec<SignInId>> = BTreeMap::new();
    for session in app.database.outside().all(expired).await? {
        by_account.entry(session.account_id).or_default().push(session.id);
    }
    let count = by_account.values().map(Vec::len).sum();
    for (account_id, sign_in_ids) in by_account {
        app.submit_to_server(account_id, Command::Revoke { sign_in_ids }).await?;
    }
    Ok(count)
}

/// Prunes, if it is time.
///
/// # Errors
/// When the database does not answer.
pub async fn prune_when_due(app: App, database: Database) -> Result<()> {
    daily::once(&database, "pruner of sessions", async { prune(&app).await.map(drop) }).await
}

/// Removes what is known of sessions that ended more than [`KEPT`] ago; answers whether there were any. It is an
/// event, so that a replay removes the same.
///
/// # Errors
/// When the database does not answer.
pub async fn prune(app: &App) -> Result<bool> {
    let Some(ended_through) = last_before(&app.database).await? else { return Ok(false) };
    let ended = sign_in::Entity::find().filter(sign_in::Column::EndedSeq.lte(ended_through));
    if app.database.outside().one(ended).await?.is_none() {
        return Ok(false);
    }
    app.submit_to_server(AccountId(Uuid::nil()), Command::Prune { ended_through }).await?;
    Ok(true)
}

/// The number that the log of the server had reached then.
async fn last_before(database: &Database) -> Result<Option<Seq>> {
    let snapshot = database.snapshot(Scope::Workspace(WorkspaceId::SERVER)).await?;
    let then = Moment(db::now(&snapshot).await?.0 - KEPT * 1000);
    let last = event::Entity::find()
        .filter(event::Column::WorkspaceId.eq(WorkspaceId::SERVER))
        .filter(event::Column::At.lt(then))
        .order_by_desc(event::Column::Seq)
        .one(&snapshot)
        .await?;
    Ok(last.map(|event| event.seq))
}
