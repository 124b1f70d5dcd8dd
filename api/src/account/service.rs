//! Accounts: register, change the password and the address, and an operator's new password.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::oneshot;

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
use crate::{sign_in, supervise, text, workspace};

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
        let (account_id, admitted) = (AccountId::mint(), app.config.open_registration);
        let password_hash = app.passwords.hash(password).await?;
        let command = Command::Register { account_id, email, name, password_hash, admitted };
        return app.submit_to_server(account_id, command).await.map(|()| account_id);
    };
    invite::service::preview(app, None, &token).await?;
    if find_by_email(app, &email).await?.is_some() {
        return Err(email_taken());
    }
    let (account_id, token) = (AccountId::mint(), Token::read(&token)?);
    let password_hash = app.passwords.hash(password).await?;
    let command = Command::Register { account_id, email, name, password_hash, admitted: true };
    let (tell, told) = oneshot::channel();
    let app = app.clone();
    // Not with the caller: one who hangs up would leave a use reserved for nobody.
    supervise::spawn("register", async move {
        let _ = tell.send(enter(&app, account_id, &token, command).await);
    });
    told.await.unwrap_or_else(|_| Err(Error::internal("a registration ended without an answer")))
}

/// Reserves a use of an invite and registers. An account that is refused gives the use back; one whose outcome is
/// unknown may be there, and keeps it.
async fn enter(app: &App, account_id: AccountId, token: &Token, command: Command) -> Result<AccountId> {
    invite::service::reserve(app, account_id, token).await?;
    let entered = app.submit_to_server(account_id, command).await;
    if entered.as_ref().is_err_and(|error| !error.is_passing())
        && let Err(error) = invite::service::release(app, account_id, token).await
    {
        tracing::warn!(%error, "a reserved use of an invite was not given back");
    }
    entered.map(|()| account_id)
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
