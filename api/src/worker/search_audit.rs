//! The nightly audit: compares the search index with the tables, message by message, and repairs what differs.
//!
//! Nothing should differ. What can make it so is a process that hung for longer than its lease and then wrote what
//! it had read before, or an engine that lost a part. Of processes that share an index one does it.

use std::collections::{HashMap, HashSet};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::daily;
use crate::app::App;
use crate::db::{self, Database, Scope, statement};
use crate::error::Result;
use crate::event::{Seq, Skeleton};
use crate::id::{CommandId, MessageId, WorkspaceId};
use crate::log::{follower, leases};
use crate::search::engine::Changes;
use crate::search::generation::Generation;
use crate::search::truth;

/// Messages compared at once.
const PAGE: u64 = 500;

/// Audits, if it is time.
///
/// # Errors
/// When the database or the engine does not answer.
pub async fn when_due(app: App, database: Database) -> Result<()> {
    let (generation, true) = app.search.searched()? else { return Ok(()) };
    daily::once(&database, &format!("audit of {}", generation.name), async {
        let repaired = audit(&database, &generation).await?;
        tracing::info!(repaired, "the search index was compared with the tables");
        generation.index.tidy(db::now(&database.snapshot(Scope::Server).await?).await?).await
    })
    .await
}

/// Compares an index with the tables and repairs it; answers how many messages differed.
///
/// # Errors
/// When the database or the engine does not answer.
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
        // What came later the index has yet to hear of.
        let told = follower::cursor(&snapshot, workspace_id, &generation.name).await?;
        let (documents, last) = truth::after(&snapshot, workspace_id, after, PAGE).await?;
        drop(snapshot);
        let is_last = last.is_none_or(|last| last >= told);
        let to = if is_last { told } else { last.unwrap_or(told) };
        let wanted = documents.iter().filter(|document| document.seq <= to);
        let wanted: HashMap<MessageId, i64> = wanted.map(|document| (document.id, document.version())).collect();
        let held = generation.index.held(workspace_id, after, to).await?;
        let differs = differing(&wanted, &held.iter().map(|one| (one.id, one.version)).collect());
        repaired += repair(database, generation, workspace_id, differs).await?;
        if is_last {
            return Ok(repaired);
        }
        after = to;
    }
}

fn differing(wanted: &HashMap<MessageId, i64>, held: &HashMap<MessageId, i64>) -> HashSet<MessageId> {
    let ids = wanted.keys().chain(held.keys());
    ids.filter(|id| wanted.get(id) != held.get(id)).copied().collect()
}

/// Reads these anew, with the log taken so that nobody else writes them meanwhile.
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
    let Some(taken) = leases::take(database, workspace_id, &generation.name, process).await? else { return Ok(0) };
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await?;
    let documents = truth::of(&snapshot, workspace_id, ids.iter().copied().collect()).await?;
    drop(snapshot);
    let there: HashSet<MessageId> = documents.iter().map(|document| document.id).collect();
    let gone: Vec<MessageId> = ids.difference(&there).copied().collect();
    let count = ids.len() as u64;
    let done = generation.index.apply(Changes { documents, gone }).await;
    let cursor: Seq = taken.cursor;
    taken.give_back(database, cursor).await?;
    done.map(|()| count)
}
