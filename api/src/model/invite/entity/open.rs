//! Usable invites of a workspace. A partial index without revoked and used-up invites, ordered by expiry, bounds the
//! rows read regardless of how many invites were ever created.

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult};

use super::invite::{Entity, Model};
use crate::ground::clock::Timestamp;
use crate::ground::db::{Database, Scope, now, statement};
use crate::ground::error::Result;
use crate::ground::id::WorkspaceId;
use crate::model::invite::MAX_OPEN;

/// Returns the statement that reads invites with and without expiry. Each part is a bounded range of the index
/// `invite_open` in index order. Both repeat the index condition verbatim; SQLite would not use the index otherwise.
fn sql() -> String {
    let part = |expires: &str| {
        format!(
            "SELECT workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked FROM \
             (SELECT workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked FROM invite \
             WHERE workspace_id = $1 AND NOT revoked AND (max_uses IS NULL OR uses < max_uses) AND expires_at {expires} \
             ORDER BY expires_at LIMIT {MAX_OPEN}) AS part"
        )
    };
    format!("{} UNION ALL {}", part("> $2"), part("IS NULL"))
}

/// Returns the usable invites of a workspace, unordered.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn all(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, at: Timestamp) -> Result<Vec<Model>> {
    let values = [workspace_id.0.into(), at.into()];
    Ok(Entity::find().from_raw_sql(statement(connection, sql(), values)).all(connection).await?)
}

/// Returns the query plan: runs the statement prefixed with `how`, such as `EXPLAIN`.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn explain(database: &Database, how: &str, workspace_id: WorkspaceId) -> Result<Vec<QueryResult>> {
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await?;
    let values = [workspace_id.0.into(), now(&snapshot).await?.into()];
    Ok(snapshot.query_all_raw(statement(&snapshot, format!("{how} {}", sql()), values)).await?)
}
