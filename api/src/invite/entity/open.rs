//! The invites that work now. However many there ever were, those alone are read, by an index that leaves out what was
//! revoked or used up and is ordered by when the others expire.

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult};

use super::invite::{Entity, Model};
use crate::clock::Moment;
use crate::db::{Database, Scope, now, statement};
use crate::error::Result;
use crate::id::WorkspaceId;
use crate::invite::OPEN_MAX;

/// Those that expire and those that do not: each is a range of the index `invite_open`, in its order and bounded, so that
/// the database takes it. Both repeat the condition of the index word by word, or SQLite would not.
fn sql() -> String {
    let part = |expires: &str| {
        format!(
            "SELECT workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked FROM \
             (SELECT workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked FROM invite \
             WHERE workspace_id = $1 AND NOT revoked AND (max_uses IS NULL OR uses < max_uses) AND expires_at {expires} \
             ORDER BY expires_at LIMIT {OPEN_MAX}) AS part"
        )
    };
    format!("{} UNION ALL {}", part("> $2"), part("IS NULL"))
}

/// Those of a workspace, in no order.
///
/// # Errors
/// When the database does not answer.
pub async fn all(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, at: Moment) -> Result<Vec<Model>> {
    let values = [workspace_id.0.into(), at.into()];
    Ok(Entity::find().from_raw_sql(statement(connection, sql(), values)).all(connection).await?)
}

/// How a database would find them, or did: with `how`, such as `EXPLAIN`, before the statement.
///
/// # Errors
/// When the database does not answer.
pub async fn explain(database: &Database, how: &str, workspace_id: WorkspaceId) -> Result<Vec<QueryResult>> {
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await?;
    let values = [workspace_id.0.into(), now(&snapshot).await?.into()];
    Ok(snapshot.query_all_raw(statement(&snapshot, format!("{how} {}", sql()), values)).await?)
}
