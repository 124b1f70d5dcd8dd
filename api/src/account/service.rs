//! Accounts: register, and an operator's new password.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::command::Command;
use super::entity::account;
use super::{email_key, password};
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::invite;
use crate::text;
use crate::workspace::NAME_MAX;

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

/// Registers an account.
///
/// # Errors
/// `BAD_USER_INPUT`, `FORBIDDEN` while registration is closed, `CONFLICT` for a known address.
pub async fn register(app: &App, wanted: Registration) -> Result<AccountId> {
    let email = check_email(&wanted.email)?;
    password::check(&wanted.password)?;
    let name = text::name("name", &wanted.name, NAME_MAX)?;
    let invited = match &wanted.invite_token {
        Some(token) => invite::service::preview(app, token).await.map(|_| true)?,
        None => false,
    };
    let account_id = AccountId::mint();
    let command = Command::Register {
        account_id,
        email,
        name,
        password_hash: app.passwords.hash(wanted.password).await?,
        admitted: invited || app.config.open_registration,
    };
    app.submit_to_server(account_id, command).await?;
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
    password::check(&new)?;
    let found = find_by_email(app, email).await?.ok_or(Error::NotFound("account"))?;
    let password_hash = app.passwords.hash(new).await?;
    app.submit_to_server(found.id, Command::SetPassword { account_id: found.id, password_hash }).await?;
    crate::sign_in::service::end_all(app, found.id).await?;
    Ok(found.id)
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
