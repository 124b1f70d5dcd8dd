//! Accounts: register, change the password and the address, and an operator's new password.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::command::{BY_INVITATION, Command, email_taken};
use super::entity::account;
use super::{email_key, password};
use crate::app::App;
use crate::config::WorkspaceCreation;
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::invite::{self, token::Token};
use crate::sign_in::service::Origin;
use crate::viewer::Viewer;
use crate::workspace::NAME_MAX;
use crate::{sign_in, text, workspace};

/// The most characters of an e-mail address (RFC 5321).
pub const EMAIL_MAX: usize = 254;

/// What somebody gives to register.
#[derive(Debug)]
pub struct Registration {
    pub email: String,
    pub password: String,
    pub name: String,
    pub invite_token: Option<String>,
}

/// Registers an account. With an invite one of its uses is reserved first, so that no more accounts come of it than
/// it has uses. What costs little is refused before the password is hashed.
///
/// # Errors
/// `BAD_USER_INPUT`, `FORBIDDEN` while registration is closed, `NOT_FOUND` for an invite that does not work,
/// `CONFLICT` for a known address.
pub async fn register(app: &App, wanted: Registration) -> Result<AccountId> {
    let email = check_email(&wanted.email)?;
    let name = text::name("name", &wanted.name, NAME_MAX)?;
    let password = password::check("password", &wanted.password, &[&email, &name])?;
    let Some(token) = wanted.invite_token else {
        if !app.config.open_registration && any(app).await? {
            return Err(Error::Forbidden(BY_INVITATION));
        }
        return enter(app, AccountId::mint(), email, name, password, app.config.open_registration).await;
    };
    invite::service::preview(app, None, &token).await?;
    if find_by_email(app, &email).await?.is_some() {
        return Err(email_taken());
    }
    let (account_id, token) = (AccountId::mint(), Token::read(&token)?);
    invite::service::reserve(app, account_id, &token).await?;
    let entered = enter(app, account_id, email, name, password, true).await;
    // An account whose outcome is unknown may be there, and keeps its use.
    if entered.as_ref().is_err_and(|error| !error.is_passing()) {
        invite::service::release(app, account_id, &token).await?;
    }
    entered
}

async fn enter(
    app: &App,
    account_id: AccountId,
    email: String,
    name: String,
    password: String,
    admitted: bool,
) -> Result<AccountId> {
    let password_hash = app.passwords.hash(password).await?;
    app.submit_to_server(account_id, Command::Register { account_id, email, name, password_hash, admitted }).await?;
    Ok(account_id)
}

fn check_email(email: &str) -> Result<String> {
    let email = text::name("email", email, EMAIL_MAX)?;
    let fits = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !email.contains(char::is_whitespace)
    });
    fits.then_some(email).ok_or_else(|| Error::invalid("email", "This is not an e-mail address."))
}

/// Sets the password of an account, for an operator at the machine, and ends its sign-ins.
///
/// # Errors
/// `NOT_FOUND`, `BAD_USER_INPUT`.
pub async fn reset_password(app: &App, email: &str, new: String) -> Result<AccountId> {
    let found = find_by_email(app, email).await?.ok_or(Error::NotFound("account"))?;
    let new = password::check("password", &new, &[&found.email, &found.name])?;
    let password_hash = app.passwords.hash(new).await?;
    let command = Command::SetPassword { account_id: found.id, password_hash, keep: None, verified: None };
    app.submit_to_server(found.id, command).await?;
    Ok(found.id)
}

/// Changes the viewer's own password. Their other sign-ins end with it, and this one goes on.
///
/// # Errors
/// `BAD_USER_INPUT` on `currentPassword` or `newPassword`, `RATE_LIMITED` after wrong ones.
pub async fn change_password(
    app: &App,
    viewer: &Viewer,
    current: &str,
    new: &str,
    origin: &Origin,
) -> Result<account::Model> {
    let account = find(app, viewer.account_id).await?;
    let memberships = workspace::service::mine(app, viewer).await?;
    let mut own = vec![account.email.as_str(), account.name.as_str()];
    own.extend(memberships.iter().flat_map(|view| [view.me().handle.as_str(), view.me().name.as_str()]));
    let new = password::check("newPassword", new, &own)?;
    let verified = sign_in::service::confirm(app, viewer, &account, current, origin).await?;
    let command = Command::SetPassword {
        account_id: account.id,
        password_hash: app.passwords.hash(new).await?,
        keep: Some(viewer.sign_in_id),
        verified: Some(verified),
    };
    app.submit_to_server(account.id, command).await.map_err(meanwhile)?;
    Ok(account)
}

/// Changes the address that the viewer signs in with.
///
/// # Errors
/// `BAD_USER_INPUT` on `currentPassword` or `email`, `CONFLICT` for a known address, `RATE_LIMITED`.
pub async fn change_email(
    app: &App,
    viewer: &Viewer,
    current: &str,
    email: &str,
    origin: &Origin,
) -> Result<account::Model> {
    let email = check_email(email)?;
    let account = find(app, viewer.account_id).await?;
    let verified = sign_in::service::confirm(app, viewer, &account, current, origin).await?;
    let command = Command::ChangeEmail { account_id: account.id, email, verified };
    app.submit_to_server(account.id, command).await.map_err(meanwhile)?;
    find(app, viewer.account_id).await
}

/// The field is another one than at a sign-in.
fn meanwhile(error: Error) -> Error {
    match error {
        Error::Invalid { field: "password", why } => Error::Invalid { field: "currentPassword", why },
        other => other,
    }
}

/// The account with an address.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_email(app: &App, email: &str) -> Result<Option<account::Model>> {
    let key = email_key(email);
    Ok(app.database.outside().one(account::Entity::find().filter(account::Column::EmailKey.eq(key))).await?)
}

/// An account by its id.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn find(app: &App, id: AccountId) -> Result<account::Model> {
    app.database.outside().one(account::Entity::find_by_id(id)).await?.ok_or(Error::NotFound("account"))
}

/// Whether anybody has registered yet.
///
/// # Errors
/// When the database does not answer.
pub async fn any(app: &App) -> Result<bool> {
    Ok(app.database.outside().one(account::Entity::find()).await?.is_some())
}

/// Whether an account may create workspaces.
pub fn may_create_workspaces(app: &App, account: &account::Model) -> bool {
    account.is_server_admin || app.config.workspace_creation == WorkspaceCreation::Everyone
}
