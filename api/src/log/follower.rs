//! Followers: durable readers that work elsewhere, such as on a search index.
//!
//! What they do may take longer than any transaction should, so none is open meanwhile. A follower takes a log
//! for a while (a lease by the database's clock, renewed while it works and given back when done), reads a run of
//! events and what it needs to know of them in one snapshot, works, and only then moves its cursor, if nobody
//! has taken the log from it. So each run is worked on at least once, and by one process at a time unless that
//! hangs for longer than its lease.

use std::time::Duration;

use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::read;
use super::reader::{GivenUp, begin, each_grown};
use super::troubles::{Troubles, Turn};
use crate::db::{Database, Scope, Transaction, clock_sql, statement};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::WorkspaceId;

/// For how long a log is taken, and taken again while there is work.
pub const LEASE: Duration = Duration::from_secs(30);

/// What follows the log.
pub trait Follower: Send + Sync {
    /// What a run of events asks for.
    type Work: Send;

    /// Names the cursor.
    fn name(&self) -> &str;

    /// How many of these events, at least one, make a run.
    fn run_of(&self, events: &[SharedEvent]) -> usize {
        events.len()
    }

    /// Reads what there is to do, in one snapshot.
    fn read(&self, snapshot: &Transaction, events: &[SharedEvent]) -> impl Future<Output = Result<Self::Work>> + Send;

    /// Does it. Must be idempotent.
    fn work(&self, work: Self::Work) -> impl Future<Output = Result<()>> + Send;
}

/// Looks once at all logs that have grown. `true` if there may be more at once.
///
/// # Errors
/// When the database does not answer, or something that all logs need is away.
pub async fn round<F: Follower>(
    database: &Database,
    follower: &F,
    process: Uuid,
    troubles: &mut Troubles,
) -> Result<bool> {
    each_grown(database, follower.name(), troubles, |id, turn| step(database, follower, process, (id, turn))).await
}

/// Handles the next run of one log; `None` if another process is at it. However that ends, the log is given back.
async fn step<F: Follower>(
    database: &Database,
    follower: &F,
    process: Uuid,
    (workspace_id, turn): (WorkspaceId, Turn),
) -> Result<Option<Seq>> {
    let Some(taken) = take(database, workspace_id, follower.name(), process).await? else { return Ok(None) };
    let failed = match run(database, follower, &taken, turn).await {
        Ok((cursor, Ok(()))) => return taken.give_back(database, cursor).await.map(|()| Some(cursor)),
        Ok((seq, Err(error))) if turn.is_last() && !error.is_passing() => {
            let (name, cursor, attempts) = (follower.name(), taken.cursor, turn.attempts + 1);
            let given_up = GivenUp { workspace_id, name, cursor, seq, attempts };
            return given_up.note(database, &error).await.map(Some);
        }
        Ok((_, Err(error))) | Err(error) => error,
    };
    // Where that fails too, the lease ends by itself.
    if let Err(error) = taken.give_back(database, taken.cursor).await {
        tracing::debug!(%error, workspace = %workspace_id, "a log was not given back");
    }
    Err(failed)
}

/// Works on the next run of a log; answers its last number, and how it went.
async fn run<F: Follower>(database: &Database, follower: &F, taken: &Taken, turn: Turn) -> Result<(Seq, Result<()>)> {
    let snapshot = database.snapshot(Scope::Workspace(taken.workspace_id)).await?;
    let mut events = read::after(&snapshot, taken.workspace_id, taken.cursor, turn.limit).await?;
    events.truncate(follower.run_of(&events).max(1));
    let Some(last) = events.last().map(|event| event.seq) else { return Ok((taken.cursor, Ok(()))) };
    let work = follower.read(&snapshot, &events).await;
    drop(snapshot);
    let done = match work {
        Ok(work) => tokio::select! {
            done = follower.work(work) => done,
            lost = taken.keep(database) => Err(lost),
        },
        Err(error) => Err(error),
    };
    Ok((last, done))
}

/// A log that is taken.
#[derive(Debug)]
pub struct Taken {
    workspace_id: WorkspaceId,
    name: String,
    process: Uuid,
    /// Where its follower stands.
    pub cursor: Seq,
}

/// Takes a log; `None` if another process has it.
///
/// # Errors
/// When the database does not answer.
pub async fn take(database: &Database, workspace_id: WorkspaceId, name: &str, process: Uuid) -> Result<Option<Taken>> {
    let transaction = database.write(Scope::Workspace(workspace_id)).await?;
    begin(&transaction, workspace_id, name).await?;
    let now = clock_sql(transaction.get_database_backend());
    let sql = format!(
        "UPDATE reader SET holder = $3, held_until = {now} + $4 WHERE workspace_id = $1 AND name = $2 \
         AND (holder IS NULL OR holder = $3 OR held_until < {now}) RETURNING cursor"
    );
    let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    let values = [workspace_id.0.into(), name.into(), process.into(), lease.into()];
    let row = transaction.query_one_raw(statement(&transaction, sql, values)).await?;
    let cursor = row.map(|row| row.try_get("", "cursor")).transpose()?;
    transaction.commit().await?;
    Ok(cursor.map(|cursor| Taken { workspace_id, name: name.to_owned(), process, cursor }))
}

impl Taken {
    /// Takes it again and again while there is work; ends only when it is lost.
    pub async fn keep(&self, database: &Database) -> Error {
        loop {
            tokio::time::sleep(LEASE / 3).await;
            match take(database, self.workspace_id, &self.name, self.process).await {
                Ok(Some(_)) => {}
                Ok(None) => return Error::Unavailable("Another process has taken over.".into()),
                Err(error) => return error,
            }
        }
    }

    /// Gives it back, with the cursor there.
    ///
    /// # Errors
    /// `UNAVAILABLE` if somebody else has it by now: then nothing is changed.
    pub async fn give_back(&self, database: &Database, cursor: Seq) -> Result<()> {
        let transaction = database.write(Scope::Workspace(self.workspace_id)).await?;
        let sql = "UPDATE reader SET cursor = $4, holder = NULL, held_until = NULL \
                   WHERE workspace_id = $1 AND name = $2 AND holder = $3 AND cursor = $5";
        let key = [self.workspace_id.0.into(), self.name.as_str().into(), self.process.into()];
        let values = key.into_iter().chain([cursor.into(), self.cursor.into()]);
        let done = transaction.execute_raw(statement(&transaction, sql, values)).await?;
        transaction.commit().await?;
        match done.rows_affected() {
            0 => Err(Error::Unavailable("Another process has taken over.".into())),
            _ => Ok(()),
        }
    }
}

/// How far a follower has come in all logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Events that it has handled.
    pub done: i64,
    /// Events that there are.
    pub all: i64,
}

impl Progress {
    /// Events that it has yet to handle.
    pub fn behind(self) -> i64 {
        (self.all - self.done).max(0)
    }
}

/// How far a follower has come in all logs.
///
/// # Errors
/// When the database does not answer.
pub async fn progress(database: &Database, name: &str) -> Result<Progress> {
    let sql = "SELECT CAST(COALESCE(SUM(l.last_seq), 0) AS BIGINT) AS total, \
               CAST(COALESCE(SUM(r.cursor), 0) AS BIGINT) AS done FROM log l \
               LEFT JOIN reader r ON r.workspace_id = l.workspace_id AND r.name = $1 WHERE l.workspace_id <> $2";
    let snapshot = database.snapshot(Scope::Server).await?;
    let row = snapshot.query_one_raw(statement(&snapshot, sql, [name.into(), WorkspaceId::SERVER.0.into()])).await?;
    let read = |row: QueryResult| Ok(Progress { all: row.try_get("", "total")?, done: row.try_get("", "done")? });
    row.map_or(Ok(Progress { done: 0, all: 0 }), read)
}

/// Where a follower stands in one log.
///
/// # Errors
/// When the database does not answer.
pub async fn cursor(snapshot: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<Seq> {
    let sql = "SELECT cursor FROM reader WHERE workspace_id = $1 AND name = $2";
    let values = [workspace_id.0.into(), name.into()];
    let row = snapshot.query_one_raw(statement(snapshot, sql, values)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "cursor")?))
}

/// Forgets the cursors of a follower that is no more.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(transaction: &Transaction, name: &str) -> Result<()> {
    for table in ["reader", "reader_failure"] {
        let sql = format!("DELETE FROM {table} WHERE name = $1");
        transaction.execute_raw(statement(transaction, sql, [name.into()])).await?;
    }
    Ok(())
}
