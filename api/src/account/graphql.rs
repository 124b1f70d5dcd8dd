//! `Account`, and registering.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::entity::account::Model;
use super::service::{self, Registration};
use crate::graphql::app;
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
    /// From 10 to 128 characters.
    password: String,
    /// What others see, up to 80 characters.
    name: String,
    /// The token of an invite link. Needed when registration is not open and somebody has registered
    /// before. It is not used up by registering: accept the invite afterwards.
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

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Registers an account and signs it in. The first to register administers the server; afterwards
    /// registering takes an invite link, unless the server is open.
    async fn register(&self, context: &Context<'_>, input: RegisterInput) -> Result<RegisterPayload> {
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
        let made = sign_in::service::make(app, account_id, origin).await?;
        let (sign_in, account) = SignIn::just_made(app, &made).await?;
        Ok(RegisterPayload { account, sign_in, token: carry(context, app, made.token, input.carrier) })
    }
}
