//! The queue of files to process, scheduled fairly by account.
//!
//! - A queued file is processed even if a process ends in between, and by one process at a time.
//! - An account delays another by at most one file each: among accounts with queued files the least recently served is
//!   next, and no account uses all slots of a process.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::ground::db::{Database, Scope, clock_sql, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, FileId, WorkspaceId};

/// Duration of a task's lease. Renewed while the file is processed.
const LEASE_DURATION: Duration = Duration::from_secs(30);

/// A queued file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    pub workspace_id: WorkspaceId,
    pub file_id: FileId,
    /// The account that it is scheduled for.
    pub account_id: AccountId,
    /// Number of failed attempts.
    pub attempts: i32,
}

/// The task queue of one process.
pub struct TaskQueue {
    database: Database,
    process: Uuid,
    share: usize,
    running: HashMap<AccountId, usize>,
    /// When each account was last served, as an increasing counter. Only accounts with queued or running files.
    served: HashMap<AccountId, u64>,
    number: u64,
}

/// Queues a file. A file that is already queued keeps its position.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn add(database: &Database, task: Task) -> Result<()> {
    let transaction = database.write(Scope::Workspace(task.workspace_id)).await?;
    let now = clock_sql(transaction.get_database_backend());
    let sql = format!(
        "INSERT INTO preview_task (workspace_id, file_id, account_id, created_at, attempts, held_until) \
         VALUES ($1, $2, $3, {now}, 0, 0) ON CONFLICT (workspace_id, file_id) DO NOTHING"
    );
    let values = [task.workspace_id.0.into(), task.file_id.0.into(), task.account_id.0.into()];
    transaction.execute_raw(statement(&transaction, sql, values)).await?;
    Ok(transaction.commit().await?)
}

impl TaskQueue {
    /// Creates a queue that runs at most `share` tasks per account concurrently.
    pub fn new(database: Database, process: Uuid, share: usize) -> Self {
        Self { database, process, share, running: HashMap::new(), served: HashMap::new(), number: 0 }
    }

    /// Leases the next file. Returns `None` if there is none.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn take(&mut self) -> Result<Option<Task>> {
        loop {
            let waiting = self.waiting().await?;
            self.served.retain(|account_id, _| waiting.contains(account_id) || self.running.contains_key(account_id));
            let Some(account_id) = self.least_recently_served(&waiting) else { return Ok(None) };
            let Some(task) = self.first_task_of(account_id).await? else { continue };
            if self.lease(&task).await? {
                self.number += 1;
                self.served.insert(account_id, self.number);
                *self.running.entry(account_id).or_default() += 1;
                return Ok(Some(task));
            }
        }
    }

    /// Releases the slot of an account.
    pub fn finish(&mut self, account_id: AccountId) {
        match self.running.get_mut(&account_id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.running.remove(&account_id)),
        }
    }

    /// Returns the least recently served of these accounts, which are ordered by their oldest file.
    fn least_recently_served(&self, waiting: &[AccountId]) -> Option<AccountId> {
        let has_slot = |id: &&AccountId| self.running.get(id).copied().unwrap_or(0) < self.share;
        waiting.iter().filter(has_slot).min_by_key(|id| self.served.get(id).copied().unwrap_or(0)).copied()
    }

    async fn waiting(&self) -> Result<Vec<AccountId>> {
        let snapshot = self.database.snapshot(Scope::Server).await?;
        let now = clock_sql(snapshot.get_database_backend());
        let sql = format!(
            "SELECT account_id FROM preview_task WHERE held_until < {now} GROUP BY account_id ORDER BY MIN(created_at)"
        );
        let rows = snapshot.query_all_raw(statement(&snapshot, sql, [])).await?;
        let account = |row: QueryResult| Ok(AccountId(row.try_get("", "account_id")?));
        rows.into_iter().map(account).collect()
    }

    async fn first_task_of(&self, account_id: AccountId) -> Result<Option<Task>> {
        let snapshot = self.database.snapshot(Scope::Server).await?;
        let now = clock_sql(snapshot.get_database_backend());
        let sql = format!(
            "SELECT workspace_id, file_id, attempts FROM preview_task WHERE account_id = $1 AND held_until < {now} \
             ORDER BY created_at, file_id LIMIT 1"
        );
        let row = snapshot.query_one_raw(statement(&snapshot, sql, [account_id.0.into()])).await?;
        let task = |row: QueryResult| {
            Ok(Task {
                workspace_id: WorkspaceId(row.try_get("", "workspace_id")?),
                file_id: FileId(row.try_get("", "file_id")?),
                account_id,
                attempts: row.try_get("", "attempts")?,
            })
        };
        row.map(task).transpose()
    }

    /// Leases a task. Returns `false` if another process holds it.
    async fn lease(&self, task: &Task) -> Result<bool> {
        acquire_lease(&self.database, self.process, task).await
    }
}

async fn acquire_lease(database: &Database, process: Uuid, task: &Task) -> Result<bool> {
    let transaction = database.write(Scope::Workspace(task.workspace_id)).await?;
    let now = clock_sql(transaction.get_database_backend());
    let sql = format!(
        "UPDATE preview_task SET holder = $3, held_until = {now} + $4 WHERE workspace_id = $1 AND file_id = $2 \
         AND (holder = $3 OR held_until < {now})"
    );
    let duration = i64::try_from(LEASE_DURATION.as_millis()).unwrap_or(i64::MAX);
    let values = [task.workspace_id.0.into(), task.file_id.0.into(), process.into(), duration.into()];
    let update = transaction.execute_raw(statement(&transaction, sql, values)).await?;
    transaction.commit().await?;
    Ok(update.rows_affected() == 1)
}

/// Renews the lease periodically. Returns only when the lease is lost or cannot be renewed.
pub async fn keep_renewed(database: &Database, process: Uuid, task: &Task) -> Error {
    loop {
        tokio::time::sleep(LEASE_DURATION / 3).await;
        match acquire_lease(database, process, task).await {
            Ok(true) => {}
            Ok(false) => return Error::Unavailable("Another process holds the lease.".into()),
            Err(error) => return error,
        }
    }
}

/// Removes a processed file from the queue.
///
/// # Errors
/// Returns an error if the database does not respond. The file is then processed again.
pub async fn complete(database: &Database, task: &Task) -> Result<()> {
    let sql = "DELETE FROM preview_task WHERE workspace_id = $1 AND file_id = $2";
    let transaction = database.write(Scope::Workspace(task.workspace_id)).await?;
    transaction.execute_raw(statement(&transaction, sql, [task.workspace_id.0.into(), task.file_id.0.into()])).await?;
    Ok(transaction.commit().await?)
}

/// Schedules a retry of a file and stores its number of attempts.
///
/// # Errors
/// Returns an error if the database does not respond. The file then waits until its lease expires.
pub async fn reschedule(database: &Database, task: &Task, attempts: i32, delay: Duration) -> Result<()> {
    let transaction = database.write(Scope::Workspace(task.workspace_id)).await?;
    let now = clock_sql(transaction.get_database_backend());
    let sql = format!(
        "UPDATE preview_task SET attempts = $3, holder = NULL, held_until = {now} + $4 \
         WHERE workspace_id = $1 AND file_id = $2"
    );
    let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    let values = [task.workspace_id.0.into(), task.file_id.0.into(), attempts.into(), delay.into()];
    transaction.execute_raw(statement(&transaction, sql, values)).await?;
    Ok(transaction.commit().await?)
}
