//! Replay: rebuilds the tables of a log from its events. The result is identical to the original rows.
//!
//! Each log is one transaction that deletes the derived rows and projects all events again. Private tables
//! (credentials, read states, reader cursors) are not derived and stay unchanged. Must not run while a server writes.

use std::time::Duration;

use sea_orm::{ConnectionTrait, EntityTrait};

use super::{projection, read};
use crate::ground::db::{Database, Scope, Transaction, statement};
use crate::ground::error::Result;
use crate::ground::id::WorkspaceId;
use crate::model::event::Seq;
use crate::model::log::entity::log;

/// The tables derived from a workspace's log.
pub const DERIVED: [&str; 13] = [
    "workspace",
    "member",
    "member_stay",
    "invite",
    "invite_reservation",
    "channel",
    "channel_member",
    "message",
    "mention",
    "reaction",
    "reaction_total",
    "file",
    "emoji",
];
/// The tables derived from the server's log.
pub const DERIVED_SERVER: [&str; 2] = ["account", "session"];

/// Statement timeout, long enough to delete all rows of a large workspace.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// Rebuilds the tables of all logs. Calls `progress` with the number of events done and the total.
///
/// # Errors
/// Returns an error if the database does not respond or a log cannot be read; the tables of that log are left
/// unchanged. Rebuilds nothing if any log has an unsupported version.
pub async fn all(database: &Database, mut progress: impl FnMut(u64, u64)) -> Result<u64> {
    let heads = database.global_tables().all(log::Entity::find()).await?;
    let heads = heads.into_iter().map(log::Model::require_supported).collect::<Result<Vec<_>>>()?;
    let total = heads.iter().map(|head| u64::try_from(head.last_seq).unwrap_or(0)).sum();
    let mut replayed = 0;
    for head in heads {
        let transaction = database.write(Scope::Workspace(head.workspace_id)).await?;
        transaction.extend_timeout(STATEMENT_TIMEOUT).await?;
        clear(&transaction, head.workspace_id).await?;
        let mut cursor: Seq = 0;
        loop {
            let events = read::after(&transaction, head.workspace_id, cursor, read::PAGE_SIZE).await?;
            let Some(last) = events.last() else { break };
            cursor = last.seq;
            projection::project(&transaction, &events).await?;
            replayed += u64::try_from(events.len()).unwrap_or(0);
            progress(replayed, total);
        }
        transaction.commit().await?;
    }
    Ok(replayed)
}

async fn clear(transaction: &Transaction, workspace_id: WorkspaceId) -> Result<()> {
    if workspace_id == WorkspaceId::SERVER {
        for table in DERIVED_SERVER {
            transaction.execute_raw(statement(transaction, format!("DELETE FROM {table}"), [])).await?;
        }
    }
    for table in DERIVED {
        let sql = format!("DELETE FROM {table} WHERE workspace_id = $1");
        transaction.execute_raw(statement(transaction, sql, [workspace_id.0.into()])).await?;
    }
    Ok(())
}
