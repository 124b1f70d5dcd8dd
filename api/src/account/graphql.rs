//! `Account`, and registering.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::entity::account::Model;
use super::service::{self, Registration};
use crate::graphql::{app, viewer};
use crate::sign_in::graphql::{SignIn, carry, origin};
use crate::{clock::Moment, sign_in};

/// A person's account on this server. Only they see it.
#[derive(Clone)]
pub struct Account(pub Model);

/// A person's account on this server. Only they see it; others see the member in a workspace.
#[Object]
impl Account {
    /// `acc_` and a UUID.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The address that they sign in with.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What they are called in workspaces that they join from now on.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether they administer the server: the first to register does.
    async fn is_server_admin(&self) -> bool {
        self.0.is_server_admin
    }

    /// Whether they may create workspaces: server administrators may, and everybody where the server allows it.
    async fn can_create_workspaces(&self, context: &Context<'_>) -> Result<bool> {
        Ok(service::may_create_workspaces(app(context)?, &self.0))
    }

    /// When they registered.
    async fn created_at(&self) -> Moment {
        self.0.created_at
    }
}

/// How a sign-in is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SignInCarrier {
    /// An HttpOnly cookie, for the web client; the token is not in the answer.
    Cookie,
    /// The answer holds a token, to be sent as `Authorization: Bearer`.
    Token,
}

/// What it takes to register.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The address to sign in with; unique on the server, whatever its case.
    email: String,
    /// From 10 to 256 characters (at most 1,024 bytes), after Unicode normalisation (NFKC). Passwords that are easy to
    /// guess, and the name or address of the account, are refused.
    password: String,
    /// What others see, up to 80 characters.
    name: String,
    /// The token of an invite link. Needed when registration is not open and somebody has registered
    /// before. Registering takes one of its uses; `acceptInvite` with the new account takes no other.
    invite_token: Option<String>,
    /// How the sign-in that comes with it is carried.
    #[graphql(default_with = "SignInCarrier::Token")]
    carrier: SignInCarrier,
}

/// A new account, signed in.
#[derive(SimpleObject)]
pub struct RegisterPayload {
    /// The new account.
    account: Account,
    /// The sign-in that comes with it.
    sign_in: SignIn,
    /// The token to send as `Authorization: Bearer`. Null with COOKIE.
    token: Option<String>,
}

/// A new password for the viewer.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password that they have now.
    current_password: String,
    /// From 10 to 256 characters (at most 1,024 bytes). Passwords that are easy to guess, and the viewer's own names,
    /// handles and address, are refused.
    new_password: String,
}

/// The password was changed.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// The viewer's account.
    account: Account,
}

/// Another address for the viewer.
#[derive(InputObject)]
pub struct ChangeEmailInput {
    /// The password that they have now.
    current_password: String,
    /// The address to sign in with from now on; unique on the server, whatever its case.
    email: String,
}

/// The address was changed.
#[derive(SimpleObject)]
pub struct ChangeEmailPayload {
    /// The viewer's account.
    account: Account,
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Registers an account and signs it in. The first to register administers the server; afterwards
    /// registering takes an invite link, unless the server is open.
    async fn register(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let app = app(context)?;
        let origin = origin(context);
        app.throttle.address(origin.address)?;
        let wanted = Registration {
            email: input.email,
            password: input.password,
            name: input.name,
            invite_token: input.invite_token,
        };
        let account_id = service::register(app, wanted).await?;
        let made = sign_in::service::make(app, account_id, None, origin).await?;
        let (sign_in, account) = SignIn::just_made(app, &made).await?;
        Ok(RegisterPayload { account, sign_in, token: carry(context, app, made, input.carrier).await? })
    }

    /// Changes the viewer's password. All their other sign-ins end, and their connections are closed before the
    /// answer; this sign-in goes on. Wrong passwords are limited: RATE_LIMITED with `retryAfter`.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let (app, caller, origin) = (app(context)?, viewer(context)?, origin(context));
        let changed = service::change_password(app, caller, &input.current_password, &input.new_password, &origin);
        Ok(ChangePasswordPayload { account: Account(changed.await?) })
    }

    /// Changes the address that the viewer signs in with. Their sign-ins go on.
    async fn change_email(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: ChangeEmailInput,
    ) -> Result<ChangeEmailPayload> {
        let (app, caller, origin) = (app(context)?, viewer(context)?, origin(context));
        let changed = service::change_email(app, caller, &input.current_password, &input.email, &origin);
        Ok(ChangeEmailPayload { account: Account(changed.await?) })
    }
}
