//! The workspaces of an account, known before anything of a workspace is loaded.
//!
//! Therefore a workspace of others answers the same, whether it exists, is in memory, or is refused by this process.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::app::App;
use crate::ground::db::Scope;
use crate::ground::db::batch_query::among;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, WorkspaceId};
use crate::model::member::entity::{Column, Entity};

/// Returns those workspaces of which an account is or was a member: in memory, which may be behind the log, or in the
/// database. Former members are included, because a retry of the command by which they left returns its first result.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn of(app: &App, account_id: AccountId, ids: &HashSet<WorkspaceId>) -> Result<HashSet<WorkspaceId>> {
    let is_known = |id: &WorkspaceId| {
        let log = app.logs.peek(*id);
        // To test row-level security as defense in depth, the feature lets everybody in.
        cfg!(feature = "without_checks") || log.is_some_and(|log| log.fork().member_of(account_id).is_some())
    };
    let (mut mine, unknown): (HashSet<_>, HashSet<_>) = ids.iter().copied().partition(is_known);
    if !unknown.is_empty() {
        let snapshot = app.database.snapshot(Scope::Server).await?;
        let found: Vec<WorkspaceId> = Entity::find()
            .select_only()
            .column(Column::WorkspaceId)
            .filter(Column::AccountId.eq(account_id))
            .filter(among(&snapshot, Column::WorkspaceId, unknown))
            .into_tuple()
            .all(&snapshot)
            .await?;
        mine.extend(found);
    }
    Ok(mine)
}

/// Requires that an account is or was a member of a workspace, as far as [`of`] knows.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn require(app: &App, account_id: AccountId, id: WorkspaceId) -> Result<()> {
    let mine = of(app, account_id, &HashSet::from([id])).await?;
    if mine.contains(&id) { Ok(()) } else { Err(Error::NotFound("workspace")) }
}
