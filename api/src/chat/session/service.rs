//! Session operations: sign in, look up by token, list, revoke.

use std::net::IpAddr;
use std::time::Instant;

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::create::CreateSession;
use super::revoke::RevokeSessions;
use crate::app::throttle::Attempt;
use crate::app::{App, queue};
use crate::app::{password, seen};
use crate::chat::account;
use crate::chat::session::{device, token};
use crate::ground::budget::Owner;
use crate::ground::clock::Timestamp;
use crate::ground::db::clock_sql;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, SessionId};
use crate::ground::text::email_key;
use crate::log::facts::accounts::{Fingerprint, fingerprint};
use crate::model::account::entity::account::Model as AccountRow;
use crate::model::account::entity::credential;
use crate::model::session::MAX;
use crate::model::session::entity::{session, session_token};
use crate::model::viewer::{Device, Viewer};

/// Origin of a request to sign in.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub address: Option<IpAddr>,
    pub user_agent: String,
    /// Device token of earlier sessions of the browser.
    pub device: Option<Device>,
}

/// Maximum length of an email or password in bytes, checked before anything else.
const MAX_INPUT_BYTES: usize = 1024;

/// A new session. The token is available only here.
#[derive(Debug)]
pub struct NewSession {
    pub viewer: Viewer,
    pub token: String,
}

const SECONDS_PER_DAY: i64 = 86_400;
/// Sessions that expire within this many seconds are not cached.
const CACHE_EXPIRY_MARGIN: i64 = 600;
/// Each use is stored at once for sessions that expire from inactivity within this many seconds.
const IDLE_EXPIRY_MARGIN: i64 = 3_600;

/// Signs in with email and password. Response and timing are the same for an unknown email and a wrong password.
///
/// # Errors
/// `RATE_LIMITED`, `FORBIDDEN` if an operator has to allow the device, `BAD_USER_INPUT` on `password` if email or
/// password is wrong.
pub async fn sign_in(app: &App, email: &str, password: String, origin: Origin) -> Result<NewSession> {
    let outcome = attempt(app, email, password, origin.clone()).await;
    if let Err(error) = &outcome
        && let Some(address) = origin.address
    {
        // Parsed by fail2ban: see the filter in docs/operate.md.
        match error {
            Error::Invalid { .. } => tracing::warn!(%address, "sign-in failed"),
            Error::RateLimited { .. } | Error::Forbidden(..) => tracing::warn!(%address, "sign-in throttled"),
            _ => {}
        }
    }
    outcome
}

async fn attempt(app: &App, email: &str, password: String, origin: Origin) -> Result<NewSession> {
    app.throttle.check_address(origin.address)?;
    let wrong = || Error::invalid("password", "Wrong email address or password.");
    if email.len() > MAX_INPUT_BYTES || password.len() > MAX_INPUT_BYTES {
        return Err(wrong());
    }
    let found = account::lookup::find_by_email(app, email).await?;
    let account_id = found.map(|found| found.id);
    let device = match &origin.device {
        Some(device) if device::is_known(app, account_id, &device.0).await? => Some(device.0.as_bytes()),
        _ => None,
    };
    let email_key = email_key(email);
    let confirmed = app.throttle.needs_confirmation(&email_key, Instant::now())
        && device::is_allowed(app, account_id, origin.address).await?;
    let attempt = Attempt { email_key: &email_key, address: origin.address, device, confirmed };
    let verified = verify(app, &attempt, account_id, &password).await?;
    let (Some(account_id), Some(verified)) = (account_id, verified) else { return Err(wrong()) };
    make(app, account_id, Some(verified), origin).await
}

/// Verifies a password, if the throttle permits the attempt. Returns the fingerprint of the matching hash, or `None` if
/// the password is wrong.
async fn verify(
    app: &App,
    attempt: &Attempt<'_>,
    account_id: Option<AccountId>,
    password: &str,
) -> Result<Option<Fingerprint>> {
    // Read before the attempt is counted: an unavailable database must not count as a wrong password.
    // An unknown account costs the same statement, so that its absence cannot be timed.
    let credential = credential::Entity::find_by_id(account_id.unwrap_or(AccountId(Uuid::nil())));
    let credential = app.database.global_tables().one(credential).await?;
    let charge = app.throttle.begin(attempt, Instant::now())?;
    let hash = credential.map(|row| row.password_hash);
    let verified = app.passwords.verify(password::normalized(password), hash.clone()).await;
    if !matches!(verified, Ok(false)) {
        app.throttle.forgive(&charge);
    }
    Ok(hash.filter(|_| verified.is_ok_and(|right| right)).map(|hash| fingerprint(&hash)))
}

/// Confirms the password of the viewer before a change of the password or email. Failures count for the session as they
/// do for a device.
///
/// # Errors
/// `BAD_USER_INPUT` on `currentPassword`, `RATE_LIMITED`, `FORBIDDEN`.
pub async fn confirm(
    app: &App,
    viewer: &Viewer,
    account: &AccountRow,
    password: &str,
    origin: &Origin,
) -> Result<Fingerprint> {
    let wrong = || Error::invalid("currentPassword", "Wrong password.");
    if password.len() > MAX_INPUT_BYTES {
        return Err(wrong());
    }
    let attempt = Attempt {
        email_key: &account.email_key,
        address: origin.address,
        device: Some(viewer.session_id.0.as_bytes()),
        confirmed: false,
    };
    verify(app, &attempt, Some(account.id), password).await?.ok_or_else(wrong)
}

/// Creates a session for an account whose password was verified and has not changed since. Revokes the oldest session
/// beyond `MAX`.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn make(
    app: &App,
    account_id: AccountId,
    verified: Option<Fingerprint>,
    origin: Origin,
) -> Result<NewSession> {
    if let Some((oldest, _)) = open(app, account_id).await?.into_iter().nth(MAX - 1) {
        app.submit_to_server(account_id, RevokeSessions { session_ids: vec![oldest.id] }).await?;
    }
    let session_id = SessionId::mint();
    let token = token::mint();
    let token_hash = token::hash(&token);
    let command = CreateSession { session_id, user_agent: origin.user_agent, token_hash, verified };
    app.submit_to_server(account_id, command).await?;
    Ok(NewSession { viewer: Viewer { account_id, session_id }, token })
}

/// Returns the viewer of a token, or `None` if the token is unknown or its session has ended. Lookups of uncached
/// tokens are queued fairly by owner.
///
/// # Errors
/// Fails if the database is unavailable, or if this process does not receive session revocations.
pub async fn viewer_for_token(app: &App, owner: Owner, token: &str) -> Result<Option<Viewer>> {
    app.rooms.revocations().require_current()?;
    if token.len() > 100 {
        return Ok(None);
    }
    let hash = token::hash(token);
    if let Some(viewer) = app.viewers.recent(&hash).filter(|_| app.logs.fresh().is_fresh()) {
        return Ok((!app.rooms.revocations().is_revoked(viewer.session_id)).then_some(viewer));
    }
    let _turn = app.semaphores.tokens.wait(owner).await;
    let used = |within| session_token::Entity::find_by_id(hash.clone()).filter(since(app, "last_seen_at", within));
    let mut row = app.database.global_tables().one(used(idle(app) - IDLE_EXPIRY_MARGIN)).await?;
    let is_used = row.is_some();
    if !is_used {
        row = app.database.global_tables().one(used(idle(app))).await?;
    }
    let Some(row) = row else { return Ok(None) };
    let younger = |than| session::Entity::find_by_id(row.session_id).filter(since(app, "created_at", than));
    // A session that expires soon is not cached, so that its expiry takes effect.
    let mut found = app.database.global_tables().one(younger(lifetime(app) - CACHE_EXPIRY_MARGIN)).await?;
    let is_lasting = found.is_some();
    if !is_lasting {
        found = app.database.global_tables().one(younger(lifetime(app))).await?;
    }
    let Some(found) = found.filter(|found| found.ended_seq.is_none()) else { return Ok(None) };
    let viewer = Viewer { account_id: found.account_id, session_id: found.id };
    if is_lasting {
        app.viewers.insert(hash, viewer);
    }
    app.seen.record(viewer.session_id);
    if !is_used && let Err(error) = seen::store(&app.database, &[viewer.session_id]).await {
        tracing::warn!(%error, "storing the last use of a session failed");
    }
    Ok((!app.rooms.revocations().is_revoked(viewer.session_id)).then_some(viewer))
}

/// Returns the viewer of a token as last confirmed by the database, if the database was available within
/// [`queue::ACCEPTANCE_WINDOW`].
pub fn remembered(app: &App, token: &str) -> Option<Viewer> {
    app.rooms.revocations().require_current().ok()?;
    let viewer = app.viewers.remembered(&token::hash(token))?;
    (app.logs.fresh().age() < queue::ACCEPTANCE_WINDOW && !app.rooms.revocations().is_revoked(viewer.session_id))
        .then_some(viewer)
}

/// Returns whether a session is active.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn is_active(app: &App, viewer: &Viewer) -> Result<bool> {
    let found = app.database.global_tables().one(session::Entity::find_by_id(viewer.session_id)).await?;
    Ok(found.is_some_and(|found| found.ended_seq.is_none() && found.account_id == viewer.account_id))
}

/// Returns the number of seconds after which an unused session expires.
pub fn idle(app: &App) -> i64 {
    i64::from(app.config.session_idle_days) * SECONDS_PER_DAY
}

/// Returns the number of seconds after which a session expires regardless of use.
pub fn lifetime(app: &App) -> i64 {
    i64::from(app.config.session_days) * SECONDS_PER_DAY
}

/// Condition that the time in a column is less than this many seconds ago, by the database's clock.
pub fn since(app: &App, column: &str, seconds: i64) -> SimpleExpr {
    let now = clock_sql(app.database.backend());
    Expr::cust(format!("{column} > {now} - {}", seconds.saturating_mul(1000)))
}

/// Returns the active sessions of an account, newest first, each with its last use.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn open(app: &App, account_id: AccountId) -> Result<Vec<(session::Model, Timestamp)>> {
    let works = session::Entity::find()
        .filter(session::Column::AccountId.eq(account_id))
        .filter(session::Column::EndedSeq.is_null())
        // Not by id: ids contain the clocks of the processes that generated them.
        .order_by_desc(session::Column::CreatedAt)
        .order_by_desc(session::Column::Id);
    let rows = app.database.global_tables().all(works).await?;
    let of = session_token::Column::SessionId.is_in(rows.iter().map(|row| row.id));
    let tokens = app.database.global_tables().all(session_token::Entity::find().filter(of)).await?;
    let seen = |id| tokens.iter().filter(|token| token.session_id == id).map(|token| token.last_seen_at).max();
    Ok(rows.into_iter().map(|row| (seen(row.id).unwrap_or(row.created_at), row)).map(|(at, row)| (row, at)).collect())
}

/// Revokes all sessions of an account.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn revoke_all(app: &App, account_id: AccountId) -> Result<()> {
    let ids: Vec<SessionId> = open(app, account_id).await?.into_iter().map(|(row, _)| row.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    app.submit_to_server(account_id, RevokeSessions { session_ids: ids }).await
}
