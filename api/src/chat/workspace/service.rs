//! Creates and lists workspaces.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::create::CreateWorkspace;
use super::register::RegisterWorkspace;
use super::view::View;
use crate::app::App;
use crate::chat::account;
use crate::ground::db::{Database, Scope};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{CommandId, WorkspaceId};
use crate::log::{Receipt, load};
use crate::model::member;
use crate::model::viewer::Viewer;
use crate::model::workspace::{MAX_WORKSPACES_PER_ACCOUNT, entity};

/// Creates a workspace. The creator becomes its owner, in its first channel.
///
/// # Errors
/// Returns `BAD_USER_INPUT`, `CONFLICT`, or `FORBIDDEN` if the account may not create workspaces.
pub async fn create(app: &App, viewer: &Viewer, id: WorkspaceId, name: &str, handle: Option<&str>) -> Result<Receipt> {
    let _permit = app.membership_locks.lock(viewer.account_id).await;
    require_workspace_slot(app, viewer, id).await?;
    let creator = account::lookup::find(app, viewer.account_id).await?;
    let permitted = account::lookup::may_create_workspaces(app, &creator);
    let command = CreateWorkspace::new(name, handle, creator.name)?;
    let register = RegisterWorkspace { workspace_id: id, permitted };
    app.submit(viewer, WorkspaceId::SERVER, CommandId(id.0), register).await?;
    load::create(&app.database, id).await?;
    app.submit(viewer, id, CommandId(id.0), command).await
}

/// Requires that an account may join one more workspace. Does not count `id` if the account is already in it.
///
/// # Errors
/// Returns `CONFLICT` beyond [`MAX_WORKSPACES_PER_ACCOUNT`].
pub async fn require_workspace_slot(app: &App, viewer: &Viewer, id: WorkspaceId) -> Result<()> {
    let snapshot = app.database.snapshot(Scope::Server).await?;
    let others = member::entity::Entity::find()
        .filter(member::entity::Column::AccountId.eq(viewer.account_id))
        .filter(member::entity::Column::Active.eq(true))
        .filter(member::entity::Column::WorkspaceId.ne(id))
        .count(&snapshot)
        .await?;
    if others >= MAX_WORKSPACES_PER_ACCOUNT {
        let message = format!("Workspace limit reached: {MAX_WORKSPACES_PER_ACCOUNT} per account. Leave one first.");
        return Err(Error::Conflict(Reason::WorkspaceLimit, message));
    }
    Ok(())
}

/// Returns the workspaces of the viewer, in the order in which they joined.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn mine(app: &App, viewer: &Viewer) -> Result<Vec<Arc<View>>> {
    let rows = member::entity::Entity::find()
        .filter(member::entity::Column::AccountId.eq(viewer.account_id))
        .filter(member::entity::Column::Active.eq(true))
        .order_by_asc(member::entity::Column::JoinedAt)
        .limit(MAX_WORKSPACES_PER_ACCOUNT)
        .all(&app.database.snapshot(Scope::Server).await?)
        .await?;
    let ids: Vec<WorkspaceId> = rows.into_iter().map(|row| row.workspace_id).collect();
    let mut views = View::open_all(app, viewer, &ids.iter().copied().collect()).await?;
    ids.iter().filter_map(|id| views.remove(id)).collect()
}

/// Returns all workspaces of the server, for operator commands.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn all(database: &Database) -> Result<Vec<entity::Model>> {
    Ok(entity::Entity::find().all(&database.snapshot(Scope::Server).await?).await?)
}
