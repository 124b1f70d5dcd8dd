//! Clears away once a day, in one process, the rows that nothing needs any more but that nothing else removes.
//!
//! | table | kept |
//! | --- | --- |
//! | `notification` | [`NOTIFICATIONS`] |
//! | `command` | [`COMMANDS`]: so long a command that is sent again has its one effect and its first answer |
//! | `upload` | [`UPLOADS`] after its bytes were cleared away, if it never became a file |
//!
//! Promises: what goes is removed in parts of [`PART`] rows, each in a transaction of its own, so that nobody waits
//! for it; whose notifications go is told so, as of every other change. A message that is sent again after its
//! command is forgotten is refused, since its id is taken: it never exists twice.

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Value};

use super::daily;
use super::notifications::{Done, Notifications};
use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Database, Scope, Transaction, statement};
use crate::error::Result;
use crate::event::Seq;
use crate::file::entity::upload::State;
use crate::id::{MemberId, WorkspaceId};
use crate::log::entity::{event, log};
use crate::log::reader::Handler;
use crate::reading;

const DAY: i64 = 24 * 3600;
/// Seconds for which notifications of a member are kept.
pub const NOTIFICATIONS: i64 = 90 * DAY;
/// Seconds for which the answers to commands are kept. The client sends nothing by itself that is half as old.
pub const COMMANDS: i64 = 30 * DAY;
/// Seconds for which it is kept that an upload came to nothing.
pub const UPLOADS: i64 = 30 * DAY;
/// Rows removed in one transaction.
const PART: i64 = 1000;

/// Prunes, if it is time.
///
/// # Errors
/// When the database does not answer.
pub async fn when_due(app: App, database: Database) -> Result<()> {
    daily::once(&database, "pruning", async {
        let removed = prune(&app, &database).await?;
        tracing::info!(removed, "rows that nothing needs any more were removed");
        Ok(())
    })
    .await
}

/// Removes what is older than it is kept; answers how many rows.
///
/// # Errors
/// When the database does not answer.
pub async fn prune(app: &App, database: &Database) -> Result<u64> {
    let mut removed = 0;
    for head in database.outside().all(log::Entity::find()).await? {
        let pruner = Pruner { app, database, workspace_id: head.workspace_id };
        removed += pruner.commands(head.last_seq).await?;
        removed += pruner.notifications().await?;
        removed += pruner.uploads().await?;
    }
    metrics::counter!("confab_pruned_rows_total").increment(removed);
    Ok(removed)
}

struct Pruner<'a> {
    app: &'a App,
    database: &'a Database,
    workspace_id: WorkspaceId,
}

impl Pruner<'_> {
    /// A command has no time of its own. It was given before the event after its last one.
    async fn commands(&self, last_seq: Seq) -> Result<u64> {
        let snapshot = self.database.snapshot(Scope::Workspace(self.workspace_id)).await?;
        let before = db::now(&snapshot).await?.plus_seconds(-COMMANDS);
        let old = last_before(&snapshot, self.workspace_id, last_seq, before).await?;
        drop(snapshot);
        let which = "command WHERE (workspace_id, account_id, id) IN (SELECT workspace_id, account_id, id FROM command \
                     WHERE workspace_id = $1 AND last_seq < $2 LIMIT $3)";
        let mut removed = 0;
        loop {
            let transaction = self.database.write(Scope::Workspace(self.workspace_id)).await?;
            let part = self.remove(&transaction, which, vec![old.into()], "first_seq").await?.len();
            transaction.commit().await?;
            removed += part as u64;
            if part == 0 {
                return Ok(removed);
            }
        }
    }

    async fn notifications(&self) -> Result<u64> {
        let which = "notification WHERE (workspace_id, member_id, seq) IN (SELECT workspace_id, member_id, seq \
                     FROM notification WHERE workspace_id = $1 AND created_at < $2 LIMIT $3)";
        let mut removed = 0;
        loop {
            let transaction = self.database.write(Scope::Workspace(self.workspace_id)).await?;
            let before = db::now(&transaction).await?.plus_seconds(-NOTIFICATIONS);
            let rows = self.remove(&transaction, which, vec![before.0.into()], "member_id").await?;
            let members =
                rows.iter().map(|row| Ok(row.try_get("", "member_id")?)).collect::<Result<Vec<MemberId>>>()?;
            let revs = reading::service::raise_all(&transaction, self.workspace_id, members).await?;
            transaction.commit().await?;
            removed += rows.len() as u64;
            if rows.is_empty() {
                return Ok(removed);
            }
            Notifications { telling: self.app.telling.clone() }.after(Done::changed(self.workspace_id, revs)).await;
        }
    }

    async fn uploads(&self) -> Result<u64> {
        let which = "upload WHERE (workspace_id, id) IN (SELECT u.workspace_id, u.id FROM upload u \
                     WHERE u.workspace_id = $1 AND u.expires_at < $2 AND u.state = $4 AND NOT EXISTS \
                     (SELECT 1 FROM file f WHERE f.workspace_id = u.workspace_id AND f.id = u.id) LIMIT $3)";
        let mut removed = 0;
        loop {
            let transaction = self.database.write(Scope::Workspace(self.workspace_id)).await?;
            let before = db::now(&transaction).await?.plus_seconds(-UPLOADS);
            let cleared = sea_orm::ActiveEnum::to_value(&State::Cleared);
            let more = vec![before.0.into(), cleared.into()];
            let part = self.remove(&transaction, which, more, "id").await?.len();
            transaction.commit().await?;
            removed += part as u64;
            if part == 0 {
                return Ok(removed);
            }
        }
    }

    /// Removes the next part of what is meant by `which`; `more` are its values but the first and the third.
    async fn remove(
        &self,
        transaction: &Transaction,
        which: &str,
        more: Vec<Value>,
        returning: &str,
    ) -> Result<Vec<QueryResult>> {
        let mut values = vec![self.workspace_id.0.into()];
        values.extend(more);
        values.insert(2, PART.into());
        let sql = format!("DELETE FROM {which} RETURNING {returning}");
        Ok(transaction.query_all_raw(statement(transaction, sql, values)).await?)
    }
}

/// The last event of a log before a moment, found by halves; 0 if there is none.
async fn last_before(transaction: &Transaction, workspace_id: WorkspaceId, last: Seq, moment: Moment) -> Result<Seq> {
    let (mut low, mut high) = (0, last);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let event = event::Entity::find_by_id((workspace_id, middle)).one(transaction).await?;
        if event.is_some_and(|event| event.at < moment) { low = middle } else { high = middle - 1 }
    }
    Ok(low)
}
