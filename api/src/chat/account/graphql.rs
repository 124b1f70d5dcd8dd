//! The `Account` type and the mutations that register an account and change its credentials.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::lookup;
use super::service;
use crate::chat::graphql::context::{app, viewer};
use crate::chat::session;
use crate::chat::session::graphql::{Session, deliver, origin};
use crate::ground::clock::Timestamp;
use crate::model::account::entity::account::Model;

/// An account on this server, visible only to its owner.
#[derive(Clone)]
pub struct Account(pub Model);

/// An account on this server. Visible only to its owner; other users see the `Member` in a workspace.
#[Object]
impl Account {
    /// The ID of the account: `acc_` followed by 26 characters.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The email address used to sign in.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// The default display name for members of this account in workspaces that it joins.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the account administers the server, as the first registered account does.
    async fn is_server_admin(&self) -> bool {
        self.0.is_server_admin
    }

    /// Whether the account can create workspaces. Always true for server administrators; for other accounts it depends
    /// on the server's settings.
    async fn can_create_workspaces(&self, context: &Context<'_>) -> Result<bool> {
        Ok(lookup::may_create_workspaces(app(context)?, &self.0))
    }

    /// When the account was registered.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// How the session token is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SessionTransport {
    /// As an `HttpOnly` cookie, for browsers. The payload contains no token.
    Cookie,
    /// In the payload, to be sent as `Authorization: Bearer <token>`.
    Token,
}

/// Input for `register`.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The email address to sign in with, maximum 254 characters. Unique on the server, ignoring case.
    email: String,
    /// The password: 10 to 256 characters and at most 1,024 bytes after Unicode normalization (NFKC). Rejected if it is
    /// easy to guess or contains the account's name or email address.
    password: String,
    /// The name shown to other users, maximum 80 characters.
    name: String,
    /// The token of an invite link. Required unless registration is open or this is the first account of the server.
    /// Registering uses the invite once; `acceptInvite` with the new account does not use it again.
    invite_token: Option<String>,
    /// How the session token is delivered. Defaults to `TOKEN`.
    #[graphql(default_with = "SessionTransport::Token")]
    transport: SessionTransport,
}

/// Return value of `register`.
#[derive(SimpleObject)]
pub struct RegisterPayload {
    /// The new account.
    account: Account,
    /// The new session.
    session: Session,
    /// The session token, to be sent as `Authorization: Bearer <token>`. Null if `transport` is `COOKIE`.
    token: Option<String>,
}

/// Input for `changePassword`.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The current password.
    current_password: String,
    /// The new password: 10 to 256 characters and at most 1,024 bytes after Unicode normalization (NFKC). Rejected if
    /// it is easy to guess or contains one of the viewer's names or handles or their email address.
    new_password: String,
}

/// Return value of `changePassword`.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// The viewer's account.
    account: Account,
}

/// Input for `changeEmail`.
#[derive(InputObject)]
pub struct ChangeEmailInput {
    /// The current password.
    current_password: String,
    /// The new email address to sign in with, maximum 254 characters. Unique on the server, ignoring case.
    email: String,
}

/// Return value of `changeEmail`.
#[derive(SimpleObject)]
pub struct ChangeEmailPayload {
    /// The viewer's account.
    account: Account,
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Registers an account and signs it in. The first account administers the server; later registrations require an
    /// invite unless registration is open. Does not require authentication.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid email address, name or password, `CONFLICT` if the email address is
    /// taken, `FORBIDDEN` if an invite is required, `NOT_FOUND` if the invite is invalid, `RATE_LIMITED` after too many
    /// attempts from one IP address.
    async fn register(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let app = app(context)?;
        let origin = origin(context);
        app.throttle.check_address(origin.address)?;
        let invite_token = input.invite_token.as_deref();
        let account_id = service::register(app, &input.email, &input.password, &input.name, invite_token).await?;
        let made = session::service::make(app, account_id, None, origin).await?;
        let (account, session, token) = deliver(context, app, made, input.transport).await?;
        Ok(RegisterPayload { account, session, token })
    }

    /// Changes the viewer's password. Revokes all other sessions of the account and closes their connections before it
    /// returns; the current session stays valid.
    ///
    /// Errors: `BAD_USER_INPUT` if the current password is wrong or the new one is rejected, `RATE_LIMITED` with
    /// `retryAfter` after too many wrong passwords.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let (app, caller, origin) = (app(context)?, viewer(context)?, origin(context));
        let changed = service::change_password(app, caller, &input.current_password, &input.new_password, &origin);
        Ok(ChangePasswordPayload { account: Account(changed.await?) })
    }

    /// Changes the email address the viewer signs in with. Sessions stay valid.
    ///
    /// Errors: `BAD_USER_INPUT` if the password is wrong or the email address is invalid, `CONFLICT` if the email
    /// address is taken, `RATE_LIMITED` with `retryAfter` after too many wrong passwords.
    async fn change_email(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: ChangeEmailInput,
    ) -> Result<ChangeEmailPayload> {
        let (app, caller, origin) = (app(context)?, viewer(context)?, origin(context));
        let changed = service::change_email(app, caller, &input.current_password, &input.email, &origin);
        Ok(ChangeEmailPayload { account: Account(changed.await?) })
    }
}
