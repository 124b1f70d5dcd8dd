//! Daily pruning, in one process, of rows that are no longer needed and that nothing else removes.
//!
//! | table | retention |
//! | --- | --- |
//! | `notification` | [`NOTIFICATION_RETENTION`] |
//! | `command` | [`COMMAND_RETENTION`]: how long a retry takes effect once and gets its original result |
//! | `upload` | [`UPLOAD_RETENTION`] after its contents were deleted, if it never became a file |
//!
//! Rows are deleted in batches of [`BATCH_SIZE`], each in its own transaction, so that nothing waits for long. Members
//! whose notifications are pruned are notified as of any other change. A message that is sent again after its command
//! was pruned is rejected because its id is taken; it never exists twice.

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Value};

use super::daily;
use super::notifications::{IndexBatch, Notifications};
use crate::app::App;
use crate::ground::clock::Timestamp;
use crate::ground::db::{self, Database, Scope, Transaction, statement};
use crate::ground::error::Result;
use crate::ground::id::{MemberId, WorkspaceId};
use crate::live::read_state;
use crate::log::reader::Handler;
use crate::model::event::Seq;
use crate::model::file::entity::upload::State;
use crate::model::log::entity::{event, log};

const DAY: i64 = 24 * 3600;
/// Retention of notifications, in seconds.
pub const NOTIFICATION_RETENTION: i64 = 90 * DAY;
/// Retention of command results, in seconds. Clients resend on their own for less than half of it.
pub const COMMAND_RETENTION: i64 = 30 * DAY;
/// Retention of failed uploads, in seconds.
pub const UPLOAD_RETENTION: i64 = 30 * DAY;
/// Maximum number of rows deleted per transaction.
const BATCH_SIZE: i64 = 1000;

/// Prunes if it is due.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn when_due(app: App, database: Database) -> Result<()> {
    daily::run_if_due(&database, "pruning", async {
        let removed = prune(&app, &database).await?;
        tracing::info!(removed, "pruned rows past their retention");
        Ok(())
    })
    .await
}

/// Deletes all rows past their retention. Returns the number of rows.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn prune(app: &App, database: &Database) -> Result<u64> {
    let mut removed = 0;
    for head in database.global_tables().all(log::Entity::find()).await? {
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
    /// Commands have no timestamp of their own. A command precedes the event after its last one.
    async fn commands(&self, last_seq: Seq) -> Result<u64> {
        let snapshot = self.database.snapshot(Scope::Workspace(self.workspace_id)).await?;
        let before = db::now(&snapshot).await?.plus_seconds(-COMMAND_RETENTION);
        let old = last_before(&snapshot, self.workspace_id, last_seq, before).await?;
        drop(snapshot);
        let selection = "command WHERE (workspace_id, account_id, id) IN (SELECT workspace_id, account_id, id \
                     FROM command \
                     WHERE workspace_id = $1 AND last_seq < $2 LIMIT $3)";
        let mut removed = 0;
        loop {
            let transaction = self.database.write(Scope::Workspace(self.workspace_id)).await?;
            let part = self.remove(&transaction, selection, vec![old.into()], "first_seq").await?.len();
            transaction.commit().await?;
            removed += part as u64;
            if part == 0 {
                return Ok(removed);
            }
        }
    }

    async fn notifications(&self) -> Result<u64> {
        let selection = "notification WHERE (workspace_id, member_id, seq) IN (SELECT workspace_id, member_id, seq \
                     FROM notification WHERE workspace_id = $1 AND created_at < $2 LIMIT $3)";
        let mut removed = 0;
        loop {
            let transaction = self.database.write(Scope::Workspace(self.workspace_id)).await?;
            let before = db::now(&transaction).await?.plus_seconds(-NOTIFICATION_RETENTION);
            let rows = self.remove(&transaction, selection, vec![before.0.into()], "member_id").await?;
            let members =
                rows.iter().map(|row| Ok(row.try_get("", "member_id")?)).collect::<Result<Vec<MemberId>>>()?;
            let revs = read_state::writes::bump_private_revs(&transaction, self.workspace_id, members).await?;
            transaction.commit().await?;
            removed += rows.len() as u64;
            if rows.is_empty() {
                return Ok(removed);
            }
            let notifications = Notifications { notifier: self.app.notifier.clone() };
            notifications.after(IndexBatch::from_revisions(self.workspace_id, revs)).await;
        }
    }

    async fn uploads(&self) -> Result<u64> {
        let selection = "upload WHERE (workspace_id, id) IN (SELECT u.workspace_id, u.id FROM upload u \
                     WHERE u.workspace_id = $1 AND u.expires_at < $2 AND u.state = $4 AND NOT EXISTS \
                     (SELECT 1 FROM file f WHERE f.workspace_id = u.workspace_id AND f.id = u.id) LIMIT $3)";
        let mut removed = 0;
        loop {
            let transaction = self.database.write(Scope::Workspace(self.workspace_id)).await?;
            let before = db::now(&transaction).await?.plus_seconds(-UPLOAD_RETENTION);
            let cleared = sea_orm::ActiveEnum::to_value(&State::Cleared);
            let parameters = vec![before.0.into(), cleared.into()];
            let part = self.remove(&transaction, selection, parameters, "id").await?.len();
            transaction.commit().await?;
            removed += part as u64;
            if part == 0 {
                return Ok(removed);
            }
        }
    }

    /// Deletes the next batch of the rows selected by `selection`. `values` are its parameters except the first and the
    /// third.
    async fn remove(
        &self,
        transaction: &Transaction,
        selection: &str,
        parameters: Vec<Value>,
        returning: &str,
    ) -> Result<Vec<QueryResult>> {
        let mut values = vec![self.workspace_id.0.into()];
        values.extend(parameters);
        values.insert(2, BATCH_SIZE.into());
        let sql = format!("DELETE FROM {selection} RETURNING {returning}");
        Ok(transaction.query_all_raw(statement(transaction, sql, values)).await?)
    }
}

/// Returns the last event of a log before a timestamp, found by binary search; 0 if there is none.
async fn last_before(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    last: Seq,
    before: Timestamp,
) -> Result<Seq> {
    let (mut low, mut high) = (0, last);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let event = event::Entity::find_by_id((workspace_id, middle)).one(transaction).await?;
        if event.is_some_and(|event| event.at < before) { low = middle } else { high = middle - 1 }
    }
    Ok(low)
}
