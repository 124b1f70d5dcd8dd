//! Finds accounts.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::app::App;
use crate::ground::config::WorkspaceCreation;
use crate::ground::error::{Error, Result};
use crate::ground::id::AccountId;
use crate::ground::text::email_key;
use crate::model::account::entity::account;

/// Returns the account with an email, compared by [`email_key`].
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn find_by_email(app: &App, email: &str) -> Result<Option<account::Model>> {
    let key = email_key(email);
    Ok(app.database.global_tables().one(account::Entity::find().filter(account::Column::EmailKey.eq(key))).await?)
}

/// Returns an account by its id.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn find(app: &App, id: AccountId) -> Result<account::Model> {
    app.database.global_tables().one(account::Entity::find_by_id(id)).await?.ok_or(Error::NotFound("account"))
}

/// Returns whether any account exists.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn is_any_registered(app: &App) -> Result<bool> {
    Ok(app.database.global_tables().one(account::Entity::find()).await?.is_some())
}

/// Returns whether an account may create workspaces.
pub fn may_create_workspaces(app: &App, account: &account::Model) -> bool {
    account.is_server_admin || app.config.workspace_creation == WorkspaceCreation::Everyone
}
