//! `SignIn`, `Viewer`, `Server`, and signing in and out.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::entity::sign_in::Model;
use super::service::{self, Made, Origin};
use super::{cookie, device};
use crate::account::graphql::{Account, SignInCarrier};
use crate::app::App;
use crate::clock::Moment;
use crate::graphql::budget::Budget;
use crate::graphql::{app, id, viewer};
use crate::id::SignInId;
use crate::viewer::{ClientAddress, Device, UserAgent, Viewer as Caller};
use crate::workspace::graphql::Workspace;
use crate::{account, message, page, reaction, workspace};

/// One sign-in of the viewer: a browser or a program that holds a token.
pub struct SignIn {
    row: Model,
    last_seen_at: Moment,
    current: bool,
}

impl SignIn {
    /// The sign-in that was just made, with its account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn just_made(app: &App, made: &Made) -> crate::error::Result<(Self, Account)> {
        let account = account::service::find(app, made.viewer.account_id).await?;
        Ok((Self::of(app, &made.viewer).await?, Account(account)))
    }

    async fn of(app: &App, caller: &Caller) -> crate::error::Result<Self> {
        let mine = Self::all(app, caller).await?;
        mine.into_iter().find(|one| one.current).ok_or(crate::error::Error::Unauthenticated)
    }

    async fn all(app: &App, caller: &Caller) -> crate::error::Result<Vec<Self>> {
        let rows = service::open(app, caller.account_id).await?;
        let current = |row: &Model| row.id == caller.sign_in_id;
        Ok(rows.into_iter().map(|(row, last_seen_at)| Self { current: current(&row), row, last_seen_at }).collect())
    }
}

/// One sign-in of the viewer: a browser or a program that holds a token.
#[Object]
impl SignIn {
    /// `sig_` and a UUID.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// When it was made.
    async fn created_at(&self) -> Moment {
        self.row.created_at
    }

    /// When it was last used, to the minute.
    async fn last_seen_at(&self) -> Moment {
        self.last_seen_at
    }

    /// What the browser or program called itself.
    async fn user_agent(&self) -> &str {
        &self.row.user_agent
    }

    /// Whether it is the one that this request came with.
    async fn current(&self) -> bool {
        self.current
    }
}

/// The person who asks.
pub struct Viewer(Caller);

/// The person who asks.
#[Object]
impl Viewer {
    /// Their account.
    async fn account(&self, context: &Context<'_>) -> Result<Account> {
        Ok(Account(account::service::find(app(context)?, self.0.account_id).await?))
    }

    /// The sign-in that this request came with.
    async fn sign_in(&self, context: &Context<'_>) -> Result<SignIn> {
        Ok(SignIn::of(app(context)?, &self.0).await?)
    }

    /// All their sign-ins that work, newest first; at most 100.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn sign_ins(&self, context: &Context<'_>) -> Result<Vec<SignIn>> {
        Ok(SignIn::all(app(context)?, &self.0).await?)
    }

    /// What is left to them before requests are refused with `RATE_LIMITED`.
    async fn budgets(&self, context: &Context<'_>) -> Result<Vec<Budget>> {
        Ok(app(context)?.budgets.left(self.0.account_id).into_iter().map(Budget::from).collect())
    }

    /// The workspaces that they are a member of, in the order of joining; at most 100.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn workspaces(&self, context: &Context<'_>) -> Result<Vec<Workspace>> {
        let views = workspace::service::mine(app(context)?, &self.0).await?;
        Ok(views.into_iter().map(Workspace::viewed).collect())
    }
}

/// What everybody may know of this server.
pub struct Server;

/// What everybody may know of this server, signed in or not.
#[Object]
impl Server {
    /// The version of the program.
    async fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    /// Nobody has registered yet: who does now administers the server.
    async fn needs_first_account(&self, context: &Context<'_>) -> Result<bool> {
        Ok(!account::service::any(app(context)?).await?)
    }

    /// Whether people can register without an invite.
    async fn registration_open(&self, context: &Context<'_>) -> Result<bool> {
        Ok(app(context)?.config.open_registration)
    }

    /// The limits that inputs are held to.
    async fn limits(&self) -> Limits {
        let int = |size| i32::try_from(size).unwrap_or(i32::MAX);
        Limits {
            message_characters: int(message::TEXT_MAX),
            password_characters: int(account::password::MAX),
            name_characters: int(workspace::NAME_MAX),
            page_size: int(page::MAX),
            document_bytes: int(crate::graphql::DOCUMENT_MAX),
            reactions_per_message: int(reaction::EMOJI_MAX),
        }
    }
}

/// The limits that inputs are held to. All of them stand in `docs/limits.md`.
#[derive(SimpleObject)]
struct Limits {
    /// Characters (Unicode scalar values) of a message.
    message_characters: i32,
    /// Characters of a password.
    password_characters: i32,
    /// Characters of the name of a workspace, channel or person.
    name_characters: i32,
    /// Items of a page.
    page_size: i32,
    /// Bytes of a GraphQL document.
    document_bytes: i32,
    /// Different emoji on one message.
    reactions_per_message: i32,
}

#[derive(Default)]
pub struct SignInQuery;

#[Object]
impl SignInQuery {
    /// What everybody may know of this server.
    async fn server(&self) -> Server {
        Server
    }

    /// The person who asks; null when nobody is signed in.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        context.data_opt::<Caller>().copied().map(Viewer)
    }
}

/// What it takes to sign in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The address of the account.
    email: String,
    /// Its password.
    password: String,
    /// How the sign-in is carried.
    #[graphql(default_with = "SignInCarrier::Token")]
    carrier: SignInCarrier,
}

/// A new sign-in.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// Who signed in.
    account: Account,
    /// The new sign-in.
    sign_in: SignIn,
    /// The token to send as `Authorization: Bearer`. Null with COOKIE.
    token: Option<String>,
}

/// How to sign out.
#[derive(InputObject)]
pub struct SignOutInput {
    /// End all sign-ins of this account, not only this one.
    #[graphql(default)]
    everywhere: bool,
}

/// A sign-in that has ended.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// The sign-in that this request came with.
    sign_in_id: ID,
}

/// Which sign-in to end.
#[derive(InputObject)]
pub struct RevokeSignInInput {
    /// One of the viewer's own.
    sign_in_id: ID,
}

/// A sign-in that has ended.
#[derive(SimpleObject)]
pub struct RevokeSignInPayload {
    /// The one that was ended.
    sign_in_id: ID,
}

#[derive(Default)]
pub struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Signs in. Wrong passwords delay further attempts on the account from the same network, and attempts are
    /// limited by address: RATE_LIMITED with `retryAfter`. Above 100 wrong passwords in an hour, devices that have
    /// not signed in to the account before need the operator's confirmation: FORBIDDEN. The answer is the same
    /// whether the address or the password is wrong.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let app = app(context)?;
        let made = service::sign_in(app, &input.email, input.password, origin(context)).await?;
        let (sign_in, account) = SignIn::just_made(app, &made).await?;
        Ok(SignInPayload { account, sign_in, token: carry(context, app, made, input.carrier).await? })
    }

    /// Ends the sign-in that this request came with. Its connections are closed before the answer.
    async fn sign_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: SignOutInput,
    ) -> Result<SignOutPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        if input.everywhere {
            service::end_all(app, caller.account_id).await?;
        } else {
            service::revoke(app, caller, vec![caller.sign_in_id]).await?;
        }
        context.append_http_header("set-cookie", cookie::clear(&app.config));
        Ok(SignOutPayload { sign_in_id: caller.sign_in_id.to_string().into() })
    }

    /// Ends one of the viewer's sign-ins. Its connections are closed before the answer.
    async fn revoke_sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: RevokeSignInInput,
    ) -> Result<RevokeSignInPayload> {
        let sign_in_id: SignInId = id("signInId", &input.sign_in_id)?;
        service::revoke(app(context)?, viewer(context)?, vec![sign_in_id]).await?;
        Ok(RevokeSignInPayload { sign_in_id: input.sign_in_id })
    }
}

/// Where a request comes from.
pub fn origin(context: &Context<'_>) -> Origin {
    Origin {
        address: context.data_opt::<ClientAddress>().map(|address| address.0),
        user_agent: context.data_opt::<UserAgent>().map(|agent| agent.0.clone()).unwrap_or_default(),
        device: context.data_opt::<Device>().cloned(),
    }
}

/// Gives the token to the caller, or to the browser as a cookie; then the device is known to the account, by
/// another cookie.
///
/// # Errors
/// When the database does not answer.
pub async fn carry(
    context: &Context<'_>,
    app: &App,
    made: Made,
    carrier: SignInCarrier,
) -> crate::error::Result<Option<String>> {
    if carrier == SignInCarrier::Token {
        return Ok(Some(made.token));
    }
    context.append_http_header("set-cookie", cookie::set(&app.config, &made.token));
    let before = context.data_opt::<Device>().map(|device| device.0.as_str());
    let device = device::remember(app, made.viewer.account_id, before).await?;
    context.append_http_header("set-cookie", cookie::set_device(&app.config, &device));
    Ok(None)
}
