//! The daily audit of the search index: compares it with the tables, message by message, and repairs differences.
//!
//! Differences are not expected. They can arise if a process hangs for longer than its lease and then writes stale
//! data, or if the engine loses data. Of the processes that share an index, one runs the audit.

use std::collections::{HashMap, HashSet};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::daily;
use crate::adapter::search::document::IndexBatch;
use crate::app::App;
use crate::app::generations::Generation;
use crate::chat::search::source;
use crate::ground::db::{self, Database, Scope, statement};
use crate::ground::error::Result;
use crate::ground::id::{CommandId, MessageId, WorkspaceId};
use crate::log::{follower, leases};
use crate::model::event::{Seq, Skeleton};

/// Number of messages compared per batch.
const BATCH_SIZE: u64 = 500;

/// Runs the audit if it is due.
///
/// # Errors
/// Returns an error if the database or the engine does not respond.
pub async fn when_due(app: App, database: Database) -> Result<()> {
    let (generation, true) = app.search.searchable()? else { return Ok(()) };
    daily::run_if_due(&database, &format!("audit of {}", generation.name), async {
        let repaired = audit(&database, &generation).await?;
        tracing::info!(repaired, "search index audited");
        generation.index.prune(db::now(&database.snapshot(Scope::Server).await?).await?).await
    })
    .await
}

/// Compares an index with the tables and repairs it. Returns the number of messages that differed.
///
/// # Errors
/// Returns an error if the database or the engine does not respond.
pub async fn audit(database: &Database, generation: &Generation) -> Result<u64> {
    let snapshot = database.snapshot(Scope::Server).await?;
    let sql = "SELECT workspace_id FROM log WHERE workspace_id <> $1 AND version <= $2";
    let values = [WorkspaceId::SERVER.0.into(), Skeleton::VERSION.into()];
    let rows = snapshot.query_all_raw(statement(&snapshot, sql, values)).await?;
    drop(snapshot);
    let mut repaired = 0;
    for row in rows {
        repaired += audit_one(database, generation, row.try_get("", "workspace_id")?).await?;
    }
    metrics::counter!("confab_search_repaired_total").increment(repaired);
    Ok(repaired)
}

async fn audit_one(database: &Database, generation: &Generation, workspace_id: WorkspaceId) -> Result<u64> {
    let (mut after, mut repaired) = (0, 0);
    loop {
        let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await?;
        // The index has not received later events yet.
        let indexed_to = follower::cursor(&snapshot, workspace_id, &generation.name).await?;
        let (documents, last) = source::documents_after(&snapshot, workspace_id, after, BATCH_SIZE).await?;
        drop(snapshot);
        let is_last = last.is_none_or(|last| last >= indexed_to);
        let to = if is_last { indexed_to } else { last.unwrap_or(indexed_to) };
        let expected = documents.iter().filter(|document| document.seq <= to);
        let expected: HashMap<MessageId, i64> = expected.map(|document| (document.id, document.version())).collect();
        let indexed = generation.index.versions(workspace_id, after, to).await?;
        let differing = differing(&expected, &indexed.iter().map(|one| (one.id, one.version)).collect());
        repaired += repair(database, generation, workspace_id, differing).await?;
        if is_last {
            return Ok(repaired);
        }
        after = to;
    }
}

fn differing(expected: &HashMap<MessageId, i64>, indexed: &HashMap<MessageId, i64>) -> HashSet<MessageId> {
    let ids = expected.keys().chain(indexed.keys());
    ids.filter(|id| expected.get(id) != indexed.get(id)).copied().collect()
}

/// Reindexes these messages under a lease of the log, so that no other process writes them concurrently.
async fn repair(
    database: &Database,
    generation: &Generation,
    workspace_id: WorkspaceId,
    ids: HashSet<MessageId>,
) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let process: Uuid = CommandId::mint().0;
    let Some(lease) = leases::acquire(database, workspace_id, &generation.name, process).await? else { return Ok(0) };
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await?;
    let documents = source::documents(&snapshot, workspace_id, ids.iter().copied().collect()).await?;
    drop(snapshot);
    let existing: HashSet<MessageId> = documents.iter().map(|document| document.id).collect();
    let deleted: Vec<MessageId> = ids.difference(&existing).copied().collect();
    let count = ids.len() as u64;
    let result = generation.index.apply(IndexBatch { documents, deleted }).await;
    let cursor: Seq = lease.cursor;
    lease.release(database, cursor).await?;
    result.map(|()| count)
}
