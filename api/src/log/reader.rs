//! Durable readers: consumers that follow the log at their own pace.
//!
//! A reader has a name and, per log, a cursor in the database. For each log that has grown, it locks the cursor (other
//! processes skip the log), handles a batch of events in order and advances the cursor in the same transaction. What a
//! handler writes in that transaction happens exactly once; its other effects happen at least once.
//!
//! A failed batch is retried event by event with increasing delays, during which other logs continue. An event that
//! fails [`MAX_ATTEMPTS`] times on its own is recorded as a failure and skipped. Transient errors (`UNAVAILABLE`) are
//! retried forever.

mod batching;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QueryResult,
};
use uuid::Uuid;

use super::entity::{reader, reader_failure};
use super::read;
use super::retries::{Attempt, Retries};
use super::wake::{LogSet, ReaderNotifier, Remaining};
use crate::db::{self, Database, Scope, Transaction, batch_query, statement};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent, Skeleton};
use crate::id::WorkspaceId;
use crate::supervise;

/// Default number of events handled in one transaction.
pub(super) const BATCH_SIZE: u64 = 256;
/// Number of logs fetched per query.
const PAGE_SIZE: u64 = 100;
/// Attempts per event before it is skipped.
pub(super) const MAX_ATTEMPTS: u32 = 5;
/// How long to wait after a wake-up, so that one poll covers several appends.
const BATCH_DELAY: Duration = Duration::from_millis(20);

/// The event handler of a durable reader.
pub trait Handler: Send + Sync + 'static {
    /// Work to do after the commit.
    type After: Send;
    /// The name of the cursor. Must never change.
    const NAME: &'static str;
    /// Number of events handled in one transaction, to bound the rows written.
    const BATCH_SIZE: u64 = BATCH_SIZE;

    /// Handles consecutive events of one log. Effects outside of the transaction must be idempotent.
    fn handle(
        &self,
        transaction: &Transaction,
        events: &[SharedEvent],
    ) -> impl Future<Output = Result<Self::After>> + Send;

    /// Called after the commit. May be skipped if the process ends in between.
    fn after(&self, done: Self::After) -> impl Future<Output = ()> + Send;
}

/// Runs a reader forever.
pub async fn run<H: Handler>(database: Database, wake: ReaderNotifier, handler: H) {
    let mut retries = Retries::default();
    let mut schedule = wake.subscribe();
    loop {
        match poll(&database, &handler, &mut retries, &schedule.take()).await {
            Ok(remaining) => schedule.wait(remaining, BATCH_DELAY, retries.next_due()).await,
            Err(error) => {
                tracing::warn!(%error, reader = H::NAME, "log reader failed to poll");
                schedule.wait_after_failure(BATCH_DELAY).await;
            }
        }
    }
}

/// Handles the logs in `logs` that have grown, once.
///
/// # Errors
/// Returns an error if the database does not respond or a dependency of all logs is unavailable.
pub async fn poll<H: Handler>(
    database: &Database,
    handler: &H,
    retries: &mut Retries,
    logs: &LogSet,
) -> Result<Remaining> {
    for_each_grown(database, H::NAME, retries, logs, |logs| batching::handle_page(database, handler, logs)).await
}

/// The outcome for one log: its cursor afterwards, or `None` if another process is working on it.
pub(super) type Outcome = (WorkspaceId, Result<Option<Seq>>);

/// Processes the logs that have grown, page by page. Includes failed logs whose retry is due, and skips those whose
/// delay has not elapsed.
///
/// # Errors
/// Returns an error if the database does not respond or a dependency of all logs is unavailable.
pub(super) async fn for_each_grown<F>(
    database: &Database,
    name: &str,
    retries: &mut Retries,
    logs: &LogSet,
    step: impl Fn(Vec<(WorkspaceId, Attempt)>) -> F,
) -> Result<Remaining>
where
    F: Future<Output = Result<Vec<Outcome>>>,
{
    let among = match logs {
        LogSet::All => None,
        LogSet::Only(ids) => Some(ids.iter().copied().chain(retries.logs()).collect::<BTreeSet<_>>()),
    };
    let (mut remaining, mut seen, mut after) = (Remaining::default(), HashSet::new(), WorkspaceId::SERVER);
    loop {
        let page = grown(database, name, after, among.as_ref()).await?;
        after = page.last().map_or(after, |log| log.id);
        seen.extend(page.iter().map(|log| log.id));
        let attempts = page.iter().filter_map(|log| Some((log.id, retries.next_attempt(log.id, log.cursor)?)));
        let attempts: HashMap<WorkspaceId, Attempt> = attempts.collect();
        let due = page.iter().filter_map(|log| Some((log.id, *attempts.get(&log.id)?)));
        for (id, outcome) in step(due.collect()).await? {
            let (Some(log), Some(attempt)) = (page.iter().find(|log| log.id == id), attempts.get(&id)) else {
                continue;
            };
            match outcome {
                Ok(Some(cursor)) if cursor >= log.last_seq => retries.advanced(id, cursor),
                Ok(Some(cursor)) => {
                    retries.advanced(id, cursor);
                    remaining.has_more = true;
                    remaining.logs.insert(id);
                }
                // The other process may have a shorter view of the log than the notification that named it.
                Ok(None) => drop(remaining.logs.insert(id)),
                // An unavailable dependency affects all logs.
                Err(Error::DependencyUnavailable(what)) => return Err(Error::DependencyUnavailable(what)),
                Err(error) => {
                    let failures = attempt.failures;
                    tracing::warn!(%error, reader = name, workspace = %id, failures, "log reader failed; retrying");
                    retries.record_failure(id, log.cursor, *attempt, &error);
                }
            }
        }
        if (page.len() as u64) < PAGE_SIZE {
            break;
        }
    }
    retries.retain(|id| seen.contains(&id) || among.as_ref().is_some_and(|among| !among.contains(&id)));
    Ok(remaining)
}

/// A log with events after the reader's cursor.
#[derive(Debug)]
struct Grown {
    id: WorkspaceId,
    last_seq: Seq,
    cursor: Seq,
}

/// Returns the next logs after `after` with events past the reader's cursor, optionally restricted to `among`. Logs
/// with an unsupported version are left to processes that support them, wherever their cursor stands.
async fn grown(
    database: &Database,
    name: &str,
    after: WorkspaceId,
    among: Option<&BTreeSet<WorkspaceId>>,
) -> Result<Vec<Grown>> {
    if among.is_some_and(BTreeSet::is_empty) {
        return Ok(Vec::new());
    }
    let snapshot = database.snapshot(Scope::Server).await?;
    let named = among.map(|ids| batch_query::rows(&snapshot, 5, ids.iter().map(|id| vec![id.0.into()]).collect()));
    let (named, ids) = match named {
        Some((rows, ids)) => (format!(" AND l.workspace_id IN ({rows})"), ids),
        None => (String::new(), Vec::new()),
    };
    let sql = format!(
        "SELECT l.workspace_id, l.last_seq, COALESCE(r.cursor, 0) AS cursor FROM log l \
         LEFT JOIN reader r ON r.workspace_id = l.workspace_id AND r.name = $1 \
         WHERE l.last_seq > COALESCE(r.cursor, 0) AND l.workspace_id > $2 AND l.version <= $4{named} \
         ORDER BY l.workspace_id LIMIT $3"
    );
    let values = [name.into(), after.0.into(), PAGE_SIZE.into(), Skeleton::VERSION.into()].into_iter().chain(ids);
    let rows = snapshot.query_all_raw(statement(&snapshot, sql, values)).await?;
    let read = |row: &QueryResult| {
        let (id, last_seq) = (row.try_get("", "workspace_id")?, row.try_get("", "last_seq")?);
        Ok(Grown { id, last_seq, cursor: row.try_get("", "cursor")? })
    };
    rows.iter().map(read).collect()
}

/// Handles the next batch of one log. Returns `None` if another process is working on it.
async fn step<H: Handler>(
    database: &Database,
    handler: &H,
    workspace_id: WorkspaceId,
    attempt: Attempt,
) -> Result<Option<Seq>> {
    let transaction = database.write(Scope::Workspace(workspace_id)).await?;
    let Some(cursor) = lock_cursor(&transaction, workspace_id, H::NAME).await? else { return Ok(None) };
    let events = read::after(&transaction, workspace_id, cursor, attempt.limit.min(H::BATCH_SIZE)).await?;
    let Some(last) = events.last().map(|event| event.seq) else { return Ok(Some(cursor)) };
    let done = match guarded(handler.handle(&transaction, &events)).await {
        Ok(done) => done,
        // Transient errors are retried. Only an event that cannot be handled is skipped.
        Err(error) if attempt.is_last() && !error.is_transient() => {
            transaction.rollback().await?;
            let failed = FailedEvent { workspace_id, name: H::NAME, cursor, seq: last, attempts: attempt.failures + 1 };
            return failed.record(database, &error).await.map(Some);
        }
        Err(error) => return Err(error),
    };
    advance(&transaction, workspace_id, H::NAME, (cursor, last)).await?;
    transaction.commit().await?;
    handler.after(done).await;
    Ok(Some(last))
}

/// Turns a panic into a failure of this log. Otherwise the panic would end the poll and, on every restart of the
/// reader, keep the following logs from being processed.
pub(super) async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    supervise::guard("reader", work).await.unwrap_or_else(|panicked| Err(Error::internal(panicked)))
}

/// Locks a cursor until the transaction ends. Returns `None` if another process holds it.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn lock_cursor(transaction: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<Option<Seq>> {
    ensure_cursor(transaction, workspace_id, name).await?;
    let lock = match transaction.get_database_backend() {
        sea_orm::DatabaseBackend::Sqlite => "",
        _ => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!("SELECT cursor FROM reader WHERE workspace_id = $1 AND name = $2{lock}");
    let row = transaction.query_one_raw(statement(transaction, sql, [workspace_id.0.into(), name.into()])).await?;
    Ok(row.map(|row| row.try_get("", "cursor")).transpose()?)
}

/// Creates a cursor at 0 unless it exists.
///
/// # Errors
/// Returns an error if the database does not respond.
pub(super) async fn ensure_cursor(transaction: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<()> {
    let (workspace_id, name, cursor) = (Set(workspace_id), Set(name.to_owned()), Set(0));
    let row = reader::ActiveModel { workspace_id, name, cursor, ..Default::default() };
    let key = [reader::Column::WorkspaceId, reader::Column::Name];
    reader::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Moves a cursor and clears its lease. Returns `false`, with nothing changed, if the cursor is not at `from`.
async fn advance(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    name: &str,
    (from, to): (Seq, Seq),
) -> Result<bool> {
    let moved = reader::Entity::update_many()
        .col_expr(reader::Column::Cursor, Expr::value(to))
        .col_expr(reader::Column::Holder, Expr::value(None::<Uuid>))
        .col_expr(reader::Column::HeldUntil, Expr::value(None::<i64>))
        .filter(reader::Column::WorkspaceId.eq(workspace_id))
        .filter(reader::Column::Name.eq(name))
        .filter(reader::Column::Cursor.eq(from))
        .exec(connection)
        .await?;
    Ok(moved.rows_affected > 0)
}

/// Returns the events that readers gave up on, oldest first.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn failures(database: &Database) -> Result<Vec<reader_failure::Model>> {
    let snapshot = database.snapshot(Scope::Server).await?;
    Ok(reader_failure::Entity::find().order_by_asc(reader_failure::Column::At).all(&snapshot).await?)
}

/// Retries an event that a reader gave up on, and removes it from the failures.
///
/// # Errors
/// Returns the reason if it fails again. The failure is kept then.
pub async fn retry<H: Handler>(database: &Database, handler: &H, failure: reader_failure::Model) -> Result<()> {
    let transaction = database.write(Scope::Workspace(failure.workspace_id)).await?;
    let events = read::after(&transaction, failure.workspace_id, failure.seq - 1, 1).await?;
    let done = handler.handle(&transaction, &events).await?;
    failure.delete(&transaction).await?;
    transaction.commit().await?;
    handler.after(done).await;
    Ok(())
}

/// An event that a reader gives up on.
#[derive(Debug)]
pub(super) struct FailedEvent<'a> {
    pub workspace_id: WorkspaceId,
    pub name: &'a str,
    /// The cursor of the reader.
    pub cursor: Seq,
    pub seq: Seq,
    pub attempts: u32,
}

impl FailedEvent<'_> {
    /// Records the failure and moves the cursor past the event. Returns the cursor. Changes nothing if another process
    /// has moved the cursor meanwhile.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn record(self, database: &Database, error: &Error) -> Result<Seq> {
        let Self { workspace_id, name, cursor, seq, attempts } = self;
        let transaction = database.write(Scope::Workspace(workspace_id)).await?;
        if !advance(&transaction, workspace_id, name, (cursor, seq)).await? {
            transaction.rollback().await?;
            return Ok(cursor);
        }
        let row = reader_failure::ActiveModel {
            workspace_id: Set(workspace_id),
            name: Set(name.to_owned()),
            seq: Set(seq),
            attempts: Set(i32::try_from(attempts).unwrap_or(i32::MAX)),
            error: Set(error.to_string()),
            at: Set(db::now(&transaction).await?),
        };
        let key = [reader_failure::Column::WorkspaceId, reader_failure::Column::Name, reader_failure::Column::Seq];
        reader_failure::Entity::insert(row)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await?;
        tracing::error!(workspace = %workspace_id, reader = name, seq, %error, "log reader gave up on an event");
        Ok(seq)
    }
}
