//! Durable readers: everything that follows the log at its own pace.
//!
//! A reader has a name and a cursor per log in the database. It takes the logs that have grown, and for
//! each one locks its cursor (another process then passes by), handles a run of events in order and
//! moves the cursor in the same transaction: what a handler writes there happens exactly once. What it
//! does elsewhere happens at least once. A run that fails is tried again event by event with growing
//! pauses, in which the other logs go on; an event that fails [`ATTEMPTS`] times by itself is put on the list of
//! failures, and the reader goes on. Only what may pass (`UNAVAILABLE`) is tried for ever.

mod sharing;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QueryResult,
};
use uuid::Uuid;

use super::entity::{reader, reader_failure};
use super::read;
use super::troubles::{Troubles, Turn};
use super::wake::{Left, Logs, Wake};
use crate::db::{self, Database, Scope, Transaction, many, statement};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent, Skeleton};
use crate::id::WorkspaceId;
use crate::supervise;

/// Events handled in one transaction, unless the handler says fewer.
pub(super) const RUN: u64 = 256;
/// Logs asked for at once.
const LOGS: u64 = 100;
/// How often one event is tried.
pub(super) const ATTEMPTS: u32 = 5;
/// How long what was just appended may gather.
const GATHER: Duration = Duration::from_millis(20);

/// What a durable reader does with events.
pub trait Handler: Send + Sync + 'static {
    /// What is to be done once the transaction is committed.
    type After: Send;
    /// Names the cursor. Never changed.
    const NAME: &'static str;
    /// Events handled in one transaction, so that what it writes there stays within bounds.
    const RUN: u64 = RUN;

    /// Handles a run of events of one log, in order. Must be idempotent in all that it does outside of
    /// the transaction.
    fn handle(
        &self,
        transaction: &Transaction,
        events: &[SharedEvent],
    ) -> impl Future<Output = Result<Self::After>> + Send;

    /// Is called after the commit; may be lost.
    fn after(&self, done: Self::After) -> impl Future<Output = ()> + Send;
}

/// Runs a reader for ever.
pub async fn run<H: Handler>(database: Database, wake: Wake, handler: H) {
    let mut troubles = Troubles::default();
    let mut looks = wake.listen();
    loop {
        match round(&database, &handler, &mut troubles, &looks.take()).await {
            Ok(left) => looks.rest(left, GATHER, troubles.due()).await,
            Err(error) => {
                tracing::warn!(%error, reader = H::NAME, "a reader could not look");
                looks.rest_after_failure(GATHER).await;
            }
        }
    }
}

/// Looks once at those of the logs that have grown.
///
/// # Errors
/// When the database does not answer, or something that all logs need is away.
pub async fn round<H: Handler>(database: &Database, handler: &H, troubles: &mut Troubles, logs: &Logs) -> Result<Left> {
    each_grown(database, H::NAME, troubles, logs, |logs| sharing::page(database, handler, logs)).await
}

/// How it went with a log: where its cursor stands then, or `None` if another process is at it.
pub(super) type Outcome = (WorkspaceId, Result<Option<Seq>>);

/// Goes on with those of the logs that have grown, page by page, unless they are in trouble; those whose pause is over
/// are looked at as well.
///
/// # Errors
/// When the database does not answer, or something that all logs need is away.
pub(super) async fn each_grown<F>(
    database: &Database,
    name: &str,
    troubles: &mut Troubles,
    logs: &Logs,
    step: impl Fn(Vec<(WorkspaceId, Turn)>) -> F,
) -> Result<Left>
where
    F: Future<Output = Result<Vec<Outcome>>>,
{
    let among = match logs {
        Logs::All => None,
        Logs::These(ids) => Some(ids.iter().copied().chain(troubles.logs()).collect::<BTreeSet<_>>()),
    };
    let (mut left, mut seen, mut after) = (Left::default(), HashSet::new(), WorkspaceId::SERVER);
    loop {
        let page = grown(database, name, after, among.as_ref()).await?;
        after = page.last().map_or(after, |log| log.id);
        seen.extend(page.iter().map(|log| log.id));
        let turns = page.iter().filter_map(|log| Some((log.id, troubles.turn(log.id, log.cursor)?)));
        let turns: HashMap<WorkspaceId, Turn> = turns.collect();
        let taken = page.iter().filter_map(|log| Some((log.id, *turns.get(&log.id)?)));
        for (id, outcome) in step(taken.collect()).await? {
            let (Some(log), Some(turn)) = (page.iter().find(|log| log.id == id), turns.get(&id)) else { continue };
            match outcome {
                Ok(Some(cursor)) if cursor >= log.last_seq => troubles.moved(id, cursor),
                Ok(Some(cursor)) => {
                    troubles.moved(id, cursor);
                    left.more = true;
                    left.logs.insert(id);
                }
                // It may know less of the log than was named here.
                Ok(None) => drop(left.logs.insert(id)),
                // What is away is away for all logs.
                Err(Error::Away(what)) => return Err(Error::Away(what)),
                Err(error) => {
                    let attempts = turn.attempts;
                    tracing::warn!(%error, reader = name, workspace = %id, attempts, "events were not handled");
                    troubles.failed(id, log.cursor, *turn, &error);
                }
            }
        }
        if (page.len() as u64) < LOGS {
            break;
        }
    }
    troubles.keep(|id| seen.contains(&id) || among.as_ref().is_some_and(|among| !among.contains(&id)));
    Ok(left)
}

/// A log that has grown since a reader looked.
#[derive(Debug)]
struct Grown {
    id: WorkspaceId,
    last_seq: Seq,
    cursor: Seq,
}

/// The next logs after `after`, of all or only among some, that have grown since a reader of this name looked. Those with
/// events of a newer version are left to newer processes, wherever in them its cursor stands.
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
    let named = among.map(|ids| many::rows(&snapshot, 5, ids.iter().map(|id| vec![id.0.into()]).collect()));
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
    let values = [name.into(), after.0.into(), LOGS.into(), Skeleton::VERSION.into()].into_iter().chain(ids);
    let rows = snapshot.query_all_raw(statement(&snapshot, sql, values)).await?;
    let read = |row: &QueryResult| {
        let (id, last_seq) = (row.try_get("", "workspace_id")?, row.try_get("", "last_seq")?);
        Ok(Grown { id, last_seq, cursor: row.try_get("", "cursor")? })
    };
    rows.iter().map(read).collect()
}

/// Handles the next run of one log; `None` if another process is at it.
async fn step<H: Handler>(
    database: &Database,
    handler: &H,
    workspace_id: WorkspaceId,
    turn: Turn,
) -> Result<Option<Seq>> {
    let transaction = database.write(Scope::Workspace(workspace_id)).await?;
    let Some(cursor) = lease(&transaction, workspace_id, H::NAME).await? else { return Ok(None) };
    let events = read::after(&transaction, workspace_id, cursor, turn.limit.min(H::RUN)).await?;
    let Some(last) = events.last().map(|event| event.seq) else { return Ok(Some(cursor)) };
    let done = match guarded(handler.handle(&transaction, &events)).await {
        Ok(done) => done,
        // What is transient passes; only an event that cannot be handled is given up.
        Err(error) if turn.is_last() && !error.is_passing() => {
            transaction.rollback().await?;
            let given_up = GivenUp { workspace_id, name: H::NAME, cursor, seq: last, attempts: turn.attempts + 1 };
            return given_up.note(database, &error).await.map(Some);
        }
        Err(error) => return Err(error),
    };
    advance(&transaction, workspace_id, H::NAME, (cursor, last)).await?;
    transaction.commit().await?;
    handler.after(done).await;
    Ok(Some(last))
}

/// Turns a panic into a failure of this one log. Otherwise it would end the round, and with it, each time the reader is
/// started again, the logs that come after.
pub(super) async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    supervise::guard("reader", work).await.unwrap_or_else(|panicked| Err(Error::internal(panicked)))
}

/// Locks the cursor of a name until the transaction ends; `None` if another process holds it.
///
/// # Errors
/// When the database does not answer.
pub async fn lease(transaction: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<Option<Seq>> {
    begin(transaction, workspace_id, name).await?;
    let lock = match transaction.get_database_backend() {
        sea_orm::DatabaseBackend::Sqlite => "",
        _ => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!("SELECT cursor FROM reader WHERE workspace_id = $1 AND name = $2{lock}");
    let row = transaction.query_one_raw(statement(transaction, sql, [workspace_id.0.into(), name.into()])).await?;
    Ok(row.map(|row| row.try_get("", "cursor")).transpose()?)
}

/// Makes sure that a cursor is there.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn begin(transaction: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<()> {
    let (workspace_id, name, cursor) = (Set(workspace_id), Set(name.to_owned()), Set(0));
    let row = reader::ActiveModel { workspace_id, name, cursor, ..Default::default() };
    let key = [reader::Column::WorkspaceId, reader::Column::Name];
    reader::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Moves a cursor, which nobody holds then. `false` if it stands elsewhere: then it stays.
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

/// The events that readers gave up on, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn failures(database: &Database) -> Result<Vec<reader_failure::Model>> {
    let snapshot = database.snapshot(Scope::Server).await?;
    Ok(reader_failure::Entity::find().order_by_asc(reader_failure::Column::At).all(&snapshot).await?)
}

/// Handles an event again that a reader gave up on, and takes it off the list.
///
/// # Errors
/// Why it failed again; then it stays on the list.
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
pub(super) struct GivenUp<'a> {
    pub workspace_id: WorkspaceId,
    pub name: &'a str,
    /// Where the reader stands.
    pub cursor: Seq,
    pub seq: Seq,
    pub attempts: u32,
}

impl GivenUp<'_> {
    /// Puts it on the list of failures and passes it by; answers where the reader stands then. If another process has
    /// gone on meanwhile nothing is changed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note(self, database: &Database, error: &Error) -> Result<Seq> {
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
        tracing::error!(workspace = %workspace_id, reader = name, seq, %error, "an event was given up");
        Ok(seq)
    }
}
