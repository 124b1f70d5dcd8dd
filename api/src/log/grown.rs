//! The logs that have grown past the cursors of a durable reader, and the loop that processes them.
//!
//! A log that fails delays no other. A dependency that is unavailable affects all logs and ends the loop.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{ConnectionTrait, QueryResult};

use super::retries::{Attempt, Retries};
use super::wake::{LogSet, Remaining};
use crate::ground::db::{Database, Scope, batch_query, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::supervise;
use crate::model::event::{Seq, Skeleton};

/// Number of logs fetched per query.
const PAGE_SIZE: u64 = 100;

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
                    tracing::warn!(%error, reader = name, workspace = %id.0, failures, "log reader failed; retrying");
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

/// Turns a panic into a failure of this log. Otherwise the panic would end the poll and, on every restart of the
/// reader, keep the following logs from being processed.
pub(super) async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    supervise::guard("reader", work).await.unwrap_or_else(|panicked| Err(Error::internal(panicked)))
}
