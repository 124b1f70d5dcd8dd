//! The `Session`, `Viewer` and `Server` types and the mutations that sign in and out.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::revoke::RevokeSessions;
use super::service::{self, NewSession, Origin};
use super::{cookie, device};
use crate::app::App;
use crate::app::password;
use crate::chat::account::graphql::{Account, SessionTransport};
use crate::chat::graphql::budget::Budget;
use crate::chat::graphql::context::{app, id, viewer};
use crate::chat::workspace::graphql::Workspace;
use crate::chat::{account, workspace};
use crate::ground::clock::Timestamp;
use crate::ground::error::{Error, Result as Found};
use crate::ground::id::SessionId;
use crate::ground::page;
use crate::model::session::entity::session::Model;
use crate::model::viewer::{ClientAddress, Device, UserAgent, Viewer as Caller};
use crate::model::workspace::MAX_NAME_CHARS;
use crate::model::{message, reaction};

/// A session of the viewer.
#[derive(Clone)]
pub struct Session {
    row: Model,
    last_seen_at: Timestamp,
    current: bool,
}

impl Session {
    /// The typed ID.
    pub fn key(&self) -> SessionId {
        self.row.id
    }

    async fn of(app: &App, caller: &Caller) -> Found<Self> {
        let mine = Self::all(app, caller).await?;
        mine.into_iter().find(|one| one.current).ok_or(Error::Unauthenticated)
    }

    /// The active sessions of the viewer's account, newest first.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn all(app: &App, caller: &Caller) -> Found<Vec<Self>> {
        let rows = service::open(app, caller.account_id).await?;
        let current = |row: &Model| row.id == caller.session_id;
        Ok(rows.into_iter().map(|(row, last_seen_at)| Self { current: current(&row), row, last_seen_at }).collect())
    }
}

/// One of the viewer's sessions: a browser or program that is signed in.
#[Object]
impl Session {
    /// The ID of the session: `ses_` followed by 26 characters.
    pub async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// When the session was created.
    async fn created_at(&self) -> Timestamp {
        self.row.created_at
    }

    /// When the session was last used, with a precision of one minute.
    async fn last_seen_at(&self) -> Timestamp {
        self.last_seen_at
    }

    /// The `User-Agent` header of the client.
    async fn user_agent(&self) -> &str {
        &self.row.user_agent
    }

    /// Whether this is the session of the current request.
    async fn current(&self) -> bool {
        self.current
    }
}

/// The account that sends the request.
pub struct Viewer(Caller);

/// The account that sends the request.
#[Object]
impl Viewer {
    /// The account.
    async fn account(&self, context: &Context<'_>) -> Result<Account> {
        Ok(Account(account::lookup::find(app(context)?, self.0.account_id).await?))
    }

    /// The session of the current request.
    async fn session(&self, context: &Context<'_>) -> Result<Session> {
        Ok(Session::of(app(context)?, &self.0).await?)
    }

    /// All active sessions of the account, newest first, maximum 100.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn sessions(&self, context: &Context<'_>) -> Result<Vec<Session>> {
        Ok(Session::all(app(context)?, &self.0).await?)
    }

    /// The remaining rate limit budgets of the account.
    async fn budgets(&self, context: &Context<'_>) -> Result<Vec<Budget>> {
        Ok(app(context)?.budgets.remaining(self.0.account_id).into_iter().map(Budget::from).collect())
    }

    /// The workspaces of which the account is a member, in order of joining, maximum 100.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn workspaces(&self, context: &Context<'_>) -> Result<Vec<Workspace>> {
        let views = workspace::service::mine(app(context)?, &self.0).await?;
        Ok(views.into_iter().map(Workspace::viewed).collect())
    }
}

/// Public information about the server.
pub struct Server;

/// Public information about the server. Does not require authentication.
#[Object]
impl Server {
    /// The version of the server.
    async fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    /// Whether no account has been registered yet. The first account administers the server.
    async fn needs_first_account(&self, context: &Context<'_>) -> Result<bool> {
        Ok(!account::lookup::is_any_registered(app(context)?).await?)
    }

    /// Whether accounts can be registered without an invite.
    async fn registration_open(&self, context: &Context<'_>) -> Result<bool> {
        Ok(app(context)?.config.open_registration)
    }

    /// Limits on inputs.
    async fn limits(&self) -> Limits {
        let int = |size| i32::try_from(size).unwrap_or(i32::MAX);
        Limits {
            message_characters: int(message::MAX_TEXT_CHARS),
            password_characters: int(password::MAX_CHARS),
            name_characters: int(MAX_NAME_CHARS),
            page_size: int(page::MAX),
            document_bytes: int(crate::chat::graphql::limits::MAX_DOCUMENT_BYTES),
            reactions_per_message: int(reaction::MAX_DISTINCT_EMOJI),
        }
    }
}

/// Limits on inputs. See `docs/limits.md` for the complete list.
#[derive(SimpleObject)]
struct Limits {
    /// Maximum length of a message in characters (Unicode scalar values).
    message_characters: i32,
    /// Maximum length of a password in characters.
    password_characters: i32,
    /// Maximum length of the name of a workspace, channel or member in characters.
    name_characters: i32,
    /// Maximum number of items per page.
    page_size: i32,
    /// Maximum size of a GraphQL document in bytes.
    document_bytes: i32,
    /// Maximum number of different reactions on a message.
    reactions_per_message: i32,
}

#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// Public information about the server. Does not require authentication.
    async fn server(&self) -> Server {
        Server
    }

    /// The account that sends the request. Null without authentication.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        context.data_opt::<Caller>().copied().map(Viewer)
    }
}

/// Input for `signIn`.
#[derive(InputObject)]
pub struct SignInInput {
    /// The email address of the account.
    email: String,
    /// The password of the account.
    password: String,
    /// How the session token is delivered. Defaults to `TOKEN`.
    #[graphql(default_with = "SessionTransport::Token")]
    transport: SessionTransport,
}

/// Return value of `signIn`.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// The account.
    account: Account,
    /// The new session.
    session: Session,
    /// The session token, to be sent as `Authorization: Bearer <token>`. Null if `transport` is `COOKIE`.
    token: Option<String>,
}

/// Input for `signOut`.
#[derive(InputObject)]
pub struct SignOutInput {
    /// Whether to end all sessions of the account instead of only the current one. Defaults to `false`.
    #[graphql(default)]
    everywhere: bool,
}

/// Return value of `signOut`.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// The ID of the current session, which has ended.
    session_id: ID,
}

/// Input for `revokeSession`.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    /// The ID of one of the viewer's sessions.
    session_id: ID,
}

/// Return value of `revokeSession`.
#[derive(SimpleObject)]
pub struct RevokeSessionPayload {
    /// The ID of the revoked session.
    session_id: ID,
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in and creates a session. Does not require authentication.
    ///
    /// Errors: `BAD_USER_INPUT` if the email address or the password is wrong, without revealing which; `RATE_LIMITED`
    /// with `retryAfter` after too many wrong passwords for the account or attempts from one IP address; `FORBIDDEN` if
    /// the account has had 100 wrong passwords within an hour and the device has not signed in to it before, until an
    /// operator allows sign-ins from its network.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let app = app(context)?;
        let made = service::sign_in(app, &input.email, input.password, origin(context)).await?;
        let (account, session, token) = deliver(context, app, made, input.transport).await?;
        Ok(SignInPayload { account, session, token })
    }

    /// Ends the current session, or all sessions of the account. Their connections are closed before the mutation
    /// returns.
    async fn sign_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: SignOutInput,
    ) -> Result<SignOutPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        if input.everywhere {
            service::revoke_all(app, caller.account_id).await?;
        } else {
            let session_ids = vec![caller.session_id];
            app.submit_to_server(caller.account_id, RevokeSessions { session_ids }).await?;
        }
        context.append_http_header("set-cookie", cookie::clear(&app.config));
        Ok(SignOutPayload { session_id: caller.session_id.into() })
    }

    /// Revokes one of the viewer's sessions. Its connections are closed before the mutation returns.
    ///
    /// Errors: `NOT_FOUND` if the session does not exist.
    async fn revoke_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: RevokeSessionInput,
    ) -> Result<RevokeSessionPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let session_ids = vec![id("sessionId", &input.session_id)?];
        app.submit_to_server(caller.account_id, RevokeSessions { session_ids }).await?;
        Ok(RevokeSessionPayload { session_id: input.session_id })
    }
}

/// The origin of a request.
pub fn origin(context: &Context<'_>) -> Origin {
    Origin {
        address: context.data_opt::<ClientAddress>().map(|address| address.0),
        user_agent: context.data_opt::<UserAgent>().map(|agent| agent.0.clone()).unwrap_or_default(),
        device: context.data_opt::<Device>().cloned(),
    }
}

/// Returns the account and the new session, and delivers its token: in the payload, or as a cookie. With a cookie, the
/// device is also remembered for the account by another cookie.
///
/// # Errors
/// If the database is unavailable.
pub async fn deliver(
    context: &Context<'_>,
    app: &App,
    made: NewSession,
    transport: SessionTransport,
) -> Found<(Account, Session, Option<String>)> {
    let account = Account(account::lookup::find(app, made.viewer.account_id).await?);
    let session = Session::of(app, &made.viewer).await?;
    if transport == SessionTransport::Token {
        return Ok((account, session, Some(made.token)));
    }
    context.append_http_header("set-cookie", cookie::set(&app.config, &made.token));
    let before = context.data_opt::<Device>().map(|device| device.0.as_str());
    let device = device::remember(app, made.viewer.account_id, before).await?;
    context.append_http_header("set-cookie", cookie::set_device(&app.config, &device));
    Ok((account, session, None))
}
