//! Files that wait to be looked into, and whose turn it is.
//!
//! Promises: a file that was noted is looked into, whatever ends in between; at one time by one process; and no
//! account keeps another waiting for longer than a file of each takes: of those who wait, the one who was served
//! longest ago is next, and nobody has all turns of a process.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::db::{Database, Scope, clock_sql, statement};
use crate::error::{Error, Result};
use crate::id::{AccountId, FileId, WorkspaceId};

/// For how long a file is taken, and taken again while it is looked into.
const LEASE: Duration = Duration::from_secs(30);

/// A file that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    pub workspace_id: WorkspaceId,
    pub file_id: FileId,
    /// Whose turn it takes.
    pub account_id: AccountId,
    /// How often it was tried in vain.
    pub attempts: i32,
}

/// The turns of one process.
pub struct Turns {
    database: Database,
    process: Uuid,
    share: usize,
    running: HashMap<AccountId, usize>,
    /// When an account was served last, as a number that grows. Of those only who waited when it was looked.
    served: HashMap<AccountId, u64>,
    number: u64,
}

/// Notes a file. One that is noted already stays where it is.
///
/// # Errors
/// When the database does not answer.
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

impl Turns {
    /// Turns of which one account has at most `share` at the same time.
    pub fn new(database: Database, process: Uuid, share: usize) -> Self {
        Self { database, process, share, running: HashMap::new(), served: HashMap::new(), number: 0 }
    }

    /// The next file, which nobody else has by then; nothing while there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take(&mut self) -> Result<Option<Task>> {
        loop {
            let waiting = self.waiting().await?;
            self.served.retain(|account_id, _| waiting.contains(account_id) || self.running.contains_key(account_id));
            let Some(account_id) = self.next_of(&waiting) else { return Ok(None) };
            let Some(task) = self.first_of(account_id).await? else { continue };
            if self.hold(&task).await? {
                self.number += 1;
                self.served.insert(account_id, self.number);
                *self.running.entry(account_id).or_default() += 1;
                return Ok(Some(task));
            }
        }
    }

    /// Its turn has ended.
    pub fn give_back(&mut self, account_id: AccountId) {
        match self.running.get_mut(&account_id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.running.remove(&account_id)),
        }
    }

    /// Of those who wait, in the order of their oldest file, the one who was served longest ago.
    fn next_of(&self, waiting: &[AccountId]) -> Option<AccountId> {
        let may = |id: &&AccountId| self.running.get(id).copied().unwrap_or(0) < self.share;
        waiting.iter().filter(may).min_by_key(|id| self.served.get(id).copied().unwrap_or(0)).copied()
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

    async fn first_of(&self, account_id: AccountId) -> Result<Option<Task>> {
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

    /// Takes it; `false` if somebody else has it.
    async fn hold(&self, task: &Task) -> Result<bool> {
        hold(&self.database, self.process, task).await
    }
}

async fn hold(database: &Database, process: Uuid, task: &Task) -> Result<bool> {
    let transaction = database.write(Scope::Workspace(task.workspace_id)).await?;
    let now = clock_sql(transaction.get_database_backend());
    let sql = format!(
        "UPDATE preview_task SET holder = $3, held_until = {now} + $4 WHERE workspace_id = $1 AND file_id = $2 \
         AND (holder = $3 OR held_until < {now})"
    );
    let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    let values = [task.workspace_id.0.into(), task.file_id.0.into(), process.into(), lease.into()];
    let held = transaction.execute_raw(statement(&transaction, sql, values)).await?;
    transaction.commit().await?;
    Ok(held.rows_affected() == 1)
}

/// Takes it again and again while it is looked into; ends only when it is lost.
pub async fn keep(database: &Database, process: Uuid, task: &Task) -> Error {
    loop {
        tokio::time::sleep(LEASE / 3).await;
        match hold(database, process, task).await {
            Ok(true) => {}
            Ok(false) => return Error::Unavailable("Another process has taken over.".into()),
            Err(error) => return error,
        }
    }
}

/// Forgets a file: it was looked into.
///
/// # Errors
/// When the database does not answer; then it is looked into again.
pub async fn end(database: &Database, task: &Task) -> Result<()> {
    let sql = "DELETE FROM preview_task WHERE workspace_id = $1 AND file_id = $2";
    let transaction = database.write(Scope::Workspace(task.workspace_id)).await?;
    transaction.execute_raw(statement(&transaction, sql, [task.workspace_id.0.into(), task.file_id.0.into()])).await?;
    Ok(transaction.commit().await?)
}

/// Has a file wait for another try, and counts this one.
///
/// # Errors
/// When the database does not answer; then it waits for the end of its lease.
pub async fn again(database: &Database, task: &Task, attempts: i32, wait: Duration) -> Result<()> {
    let transaction = database.write(Scope::Workspace(task.workspace_id)).await?;
    let now = clock_sql(transaction.get_database_backend());
    let sql = format!(
        "UPDATE preview_task SET attempts = $3, holder = NULL, held_until = {now} + $4 \
         WHERE workspace_id = $1 AND file_id = $2"
    );
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    let values = [task.workspace_id.0.into(), task.file_id.0.into(), attempts.into(), wait.into()];
    transaction.execute_raw(statement(&transaction, sql, values)).await?;
    Ok(transaction.commit().await?)
}
