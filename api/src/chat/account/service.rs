//! Account operations: register, change the password or the email, and an operator's password reset.

use tokio::sync::oneshot;

use super::access::{INVITE_REQUIRED, email_taken};
use super::change_email::ChangeEmail;
use super::lookup::{find, find_by_email, is_any_registered};
use super::register::RegisterAccount;
use super::set_password::SetPassword;
use crate::app::App;
use crate::app::password;
use crate::chat::invite::token::Token;
use crate::chat::session::service::Origin;
use crate::chat::{invite, session, workspace};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::AccountId;
use crate::ground::{supervise, text};
use crate::model::account::entity::account;
use crate::model::viewer::Viewer;
use crate::model::workspace::MAX_NAME_CHARS;

/// Maximum length of an email in characters (RFC 5321).
pub const MAX_EMAIL_CHARS: usize = 254;

/// Registers an account. With an invite, reserves one of its uses first, so that an invite never admits more accounts
/// than it has uses. All cheap checks run before the password is hashed.
///
/// # Errors
/// `BAD_USER_INPUT`, `FORBIDDEN` while registration is closed, `NOT_FOUND` for an invite that is not usable,
/// `CONFLICT` if the email is taken.
pub async fn register(
    app: &App,
    email: &str,
    password: &str,
    name: &str,
    invite_token: Option<&str>,
) -> Result<AccountId> {
    let (email, name) = (check_email(email)?, text::name("name", name, MAX_NAME_CHARS)?);
    let password = password::check("password", password, &[&email, &name])?;
    let Some(token) = invite_token else {
        if !app.config.open_registration && is_any_registered(app).await? {
            return Err(Error::Forbidden(Reason::InviteRequired, INVITE_REQUIRED));
        }
        let (account_id, admitted) = (AccountId::mint(), app.config.open_registration);
        let password_hash = app.passwords.hash(password).await?;
        let command = RegisterAccount { account_id, email, name, password_hash, admitted };
        return app.submit_to_server(account_id, command).await.map(|()| account_id);
    };
    invite::service::preview(app, None, token).await?;
    if find_by_email(app, &email).await?.is_some() {
        return Err(email_taken());
    }
    let (account_id, token) = (AccountId::mint(), Token::parse(token)?);
    let password_hash = app.passwords.hash(password).await?;
    let command = RegisterAccount { account_id, email, name, password_hash, admitted: true };
    let (sender, receiver) = oneshot::channel();
    let app = app.clone();
    // Detached from the caller: a dropped request would leave a use reserved.
    supervise::spawn("register", async move {
        let _ = sender.send(register_with_invite(&app, account_id, &token, command).await);
    });
    receiver.await.unwrap_or_else(|_| Err(Error::internal("registration task ended without a result")))
}

/// Reserves a use of an invite and registers the account. Releases the use if the registration is rejected. Keeps it
/// if the outcome is unknown, because the account may exist.
async fn register_with_invite(
    app: &App,
    account_id: AccountId,
    token: &Token,
    command: RegisterAccount,
) -> Result<AccountId> {
    invite::service::reserve(app, account_id, token).await?;
    let outcome = app.submit_to_server(account_id, command).await;
    if outcome.as_ref().is_err_and(|error| !error.is_transient())
        && let Err(error) = invite::service::release(app, account_id, token).await
    {
        tracing::warn!(%error, "releasing a reserved invite use failed");
    }
    outcome.map(|()| account_id)
}

fn check_email(email: &str) -> Result<String> {
    let email = text::name("email", email, MAX_EMAIL_CHARS)?;
    let fits = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !email.contains(char::is_whitespace)
    });
    let invalid = "Invalid email address. Expected the form name@example.com.";
    fits.then_some(email).ok_or_else(|| Error::invalid("email", invalid))
}

/// Sets the password of an account on behalf of an operator, and revokes all of its sessions.
///
/// # Errors
/// `NOT_FOUND`, `BAD_USER_INPUT`.
pub async fn reset_password(app: &App, email: &str, new: String) -> Result<AccountId> {
    let found = find_by_email(app, email).await?.ok_or(Error::NotFound("account"))?;
    let new = password::check("password", &new, &[&found.email, &found.name])?;
    let password_hash = app.passwords.hash(new).await?;
    let command = SetPassword { account_id: found.id, password_hash, keep: None, verified: None };
    app.submit_to_server(found.id, command).await?;
    Ok(found.id)
}

/// Changes the viewer's password and revokes all of their sessions but the current one.
///
/// # Errors
/// `BAD_USER_INPUT` on `currentPassword` or `newPassword`, `RATE_LIMITED` after wrong passwords.
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
    let verified = session::service::confirm(app, viewer, &account, current, origin).await?;
    let command = SetPassword {
        account_id: account.id,
        password_hash: app.passwords.hash(new).await?,
        keep: Some(viewer.session_id),
        verified: Some(verified),
    };
    app.submit_to_server(account.id, command).await.map_err(on_current_password)?;
    Ok(account)
}

/// Changes the email that the viewer signs in with.
///
/// # Errors
/// `BAD_USER_INPUT` on `currentPassword` or `email`, `CONFLICT` if the email is taken, `RATE_LIMITED`.
pub async fn change_email(
    app: &App,
    viewer: &Viewer,
    current: &str,
    email: &str,
    origin: &Origin,
) -> Result<account::Model> {
    let email = check_email(email)?;
    let account = find(app, viewer.account_id).await?;
    let verified = session::service::confirm(app, viewer, &account, current, origin).await?;
    let command = ChangeEmail { account_id: account.id, email, verified };
    app.submit_to_server(account.id, command).await.map_err(on_current_password)?;
    find(app, viewer.account_id).await
}

/// Maps an error on `password`, the field of `signIn`, to `currentPassword`.
fn on_current_password(error: Error) -> Error {
    match error {
        Error::Invalid { field: "password", why, reason } => Error::Invalid { field: "currentPassword", why, reason },
        other => other,
    }
}
