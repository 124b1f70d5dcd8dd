//! Sign-ins: make, find by token, list, end.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use moka::sync::Cache;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::command::Command;
use super::entity::{sign_in, sign_in_token};
use super::throttle::Attempt;
use super::{MAX, device, seen, token};
use crate::account::command::Fingerprint;
use crate::account::entity::credential;
use crate::account::{self, email_key, password};
use crate::app::{App, queue};
use crate::budget::Owner;
use crate::clock::Moment;
use crate::db::clock_sql;
use crate::error::{Error, Result};
use crate::id::{AccountId, SignInId};
use crate::live::ending::Ending;
use crate::log::facts::fingerprint;
use crate::viewer::{Device, Viewer};

/// Where an attempt comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub address: Option<IpAddr>,
    pub user_agent: String,
    /// What the browser has of earlier sign-ins.
    pub device: Option<Device>,
}

/// The most bytes of an address or a password that are looked at.
const GIVEN_MAX: usize = 1024;

/// A sign-in that was just made; the token is known only now.
#[derive(Debug)]
pub struct Made {
    pub viewer: Viewer,
    pub token: String,
}

const DAY: i64 = 86_400;
/// Sessions that expire within so many seconds are not remembered.
const SOON: i64 = 600;
/// Of sessions that expire within so many seconds if nobody uses them each use is stored at once.
const UNUSED_SOON: i64 = 3_600;

/// For how long a viewer is not looked up again.
const KNOWN: Duration = Duration::from_secs(60);

/// Viewers by the hash of their token, each with when the database confirmed it; an ended sign-in does not
/// count. They are kept for as long as the database may be away and messages be queued.
#[derive(Debug)]
pub struct Viewers(Cache<Vec<u8>, (Viewer, Instant)>);

impl Default for Viewers {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(100_000).time_to_live(KNOWN + queue::HORIZON).build())
    }
}

/// Signs in with address and password. The answer and its time are the same whether the address is
/// unknown or the password is wrong.
///
/// # Errors
/// `RATE_LIMITED`, `FORBIDDEN` when an operator has to confirm it, `UNAUTHENTICATED` through `BAD_USER_INPUT` on
/// `password`.
pub async fn sign_in(app: &App, email: &str, password: String, origin: Origin) -> Result<Made> {
    let outcome = attempt(app, email, password, origin.clone()).await;
    if let Err(error) = &outcome
        && let Some(address) = origin.address
    {
        // Read by fail2ban: docs/operate.md has the filter.
        match error {
            Error::Invalid { .. } => tracing::warn!(%address, "sign-in failed"),
            Error::RateLimited { .. } | Error::Forbidden(_) => tracing::warn!(%address, "sign-in throttled"),
            _ => {}
        }
    }
    outcome
}

async fn attempt(app: &App, email: &str, password: String, origin: Origin) -> Result<Made> {
    app.throttle.address(origin.address)?;
    let wrong = || Error::invalid("password", "The e-mail address or the password is wrong.");
    if email.len() > GIVEN_MAX || password.len() > GIVEN_MAX {
        return Err(wrong());
    }
    let found = account::service::find_by_email(app, email).await?;
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

/// Looks at a password, if the throttle lets it be tried; answers what it was verified against, or `None` if it is
/// wrong.
async fn verify(
    app: &App,
    attempt: &Attempt<'_>,
    account_id: Option<AccountId>,
    password: &str,
) -> Result<Option<Fingerprint>> {
    // Read first: a database that does not answer is nobody's wrong password.
    // An account that does not exist costs the same statement, so that its absence cannot be timed.
    let credential = credential::Entity::find_by_id(account_id.unwrap_or(AccountId(Uuid::nil())));
    let credential = app.database.outside().one(credential).await?;
    let charge = app.throttle.begin(attempt, Instant::now())?;
    let hash = credential.map(|row| row.password_hash);
    let verified = app.passwords.verify(password::normalized(password), hash.clone()).await;
    if !matches!(verified, Ok(false)) {
        app.throttle.forgive(&charge);
    }
    Ok(hash.filter(|_| verified.is_ok_and(|right| right)).map(|hash| fingerprint(&hash)))
}

/// Makes sure that the person at a session knows the account's password: before it or the address is changed.
/// Failures count for the session as they do for a device.
///
/// # Errors
/// `BAD_USER_INPUT` on `currentPassword`, `RATE_LIMITED`, `FORBIDDEN`.
pub async fn confirm(
    app: &App,
    viewer: &Viewer,
    account: &account::entity::account::Model,
    password: &str,
    origin: &Origin,
) -> Result<Fingerprint> {
    let wrong = || Error::invalid("currentPassword", "The password is wrong.");
    if password.len() > GIVEN_MAX {
        return Err(wrong());
    }
    let attempt = Attempt {
        email_key: &account.email_key,
        address: origin.address,
        device: Some(viewer.sign_in_id.0.as_bytes()),
        confirmed: false,
    };
    verify(app, &attempt, Some(account.id), password).await?.ok_or_else(wrong)
}

/// Makes a sign-in for an account whose password was checked, unless it was changed since. Beyond `MAX` the oldest one
/// ends.
///
/// # Errors
/// When the database does not answer.
pub async fn make(app: &App, account_id: AccountId, verified: Option<Fingerprint>, origin: Origin) -> Result<Made> {
    if let Some((oldest, _)) = open(app, account_id).await?.into_iter().nth(MAX - 1) {
        app.submit_to_server(account_id, Command::Revoke { sign_in_ids: vec![oldest.id] }).await?;
    }
    let sign_in_id = SignInId::mint();
    let token = token::mint();
    let token_hash = token::hash(&token);
    let command = Command::Make { sign_in_id, user_agent: origin.user_agent, token_hash, verified };
    app.submit_to_server(account_id, command).await?;
    Ok(Made { viewer: Viewer { account_id, sign_in_id }, token })
}

/// Who a token belongs to, or `None` when it is unknown or its sign-in has ended. One that is not known here is looked
/// up when it is the turn of whoever shows it.
///
/// # Errors
/// When the database does not answer, or this process does not hear which sign-ins end.
pub async fn viewer_of(app: &App, owner: Owner, token: &str) -> Result<Option<Viewer>> {
    app.rooms.ends().check()?;
    if token.len() > 100 {
        return Ok(None);
    }
    let hash = token::hash(token);
    let known = app.viewers.0.get(&hash).filter(|(_, at)| at.elapsed() < KNOWN && app.rooms.fresh().is_fresh());
    if let Some((viewer, _)) = known {
        return Ok((!app.rooms.ends().has_ended(viewer.sign_in_id)).then_some(viewer));
    }
    let _turn = app.gates.tokens.wait(owner).await;
    let used = |within| sign_in_token::Entity::find_by_id(hash.clone()).filter(since(app, "last_seen_at", within));
    let mut row = app.database.outside().one(used(idle(app) - UNUSED_SOON)).await?;
    let is_used = row.is_some();
    if !is_used {
        row = app.database.outside().one(used(idle(app))).await?;
    }
    let Some(row) = row else { return Ok(None) };
    let younger = |than| sign_in::Entity::find_by_id(row.sign_in_id).filter(since(app, "created_at", than));
    // One that expires soon is not remembered, so that it is looked up each time.
    let mut found = app.database.outside().one(younger(lifetime(app) - SOON)).await?;
    let is_lasting = found.is_some();
    if !is_lasting {
        found = app.database.outside().one(younger(lifetime(app))).await?;
    }
    let Some(found) = found.filter(|found| found.ended_seq.is_none()) else { return Ok(None) };
    let viewer = Viewer { account_id: found.account_id, sign_in_id: found.id };
    if is_lasting {
        app.viewers.0.insert(hash, (viewer, Instant::now()));
    }
    app.seen.note(viewer.sign_in_id);
    if !is_used && let Err(error) = seen::store(&app.database, &[viewer.sign_in_id]).await {
        tracing::warn!(%error, "the use of a session was not stored");
    }
    Ok((!app.rooms.ends().has_ended(viewer.sign_in_id)).then_some(viewer))
}

/// Who a token belonged to when the database last confirmed it, not more than [`queue::HORIZON`] after it was
/// last heard of.
pub fn remembered(app: &App, token: &str) -> Option<Viewer> {
    app.rooms.ends().check().ok()?;
    let (viewer, _) = app.viewers.0.get(&token::hash(token))?;
    (app.rooms.fresh().age() < queue::HORIZON && !app.rooms.ends().has_ended(viewer.sign_in_id)).then_some(viewer)
}

/// Whether a sign-in works now.
///
/// # Errors
/// When the database does not answer.
pub async fn works(app: &App, viewer: &Viewer) -> Result<bool> {
    let found = app.database.outside().one(sign_in::Entity::find_by_id(viewer.sign_in_id)).await?;
    Ok(found.is_some_and(|found| found.ended_seq.is_none() && found.account_id == viewer.account_id))
}

/// The seconds after which a session that nobody uses expires.
pub fn idle(app: &App) -> i64 {
    i64::from(app.config.session_idle_days) * DAY
}

/// The seconds after which a session expires however it is used.
pub fn lifetime(app: &App) -> i64 {
    i64::from(app.config.session_days) * DAY
}

/// Whether what a column says is less than so many seconds ago, by the database's clock.
pub fn since(app: &App, column: &str, seconds: i64) -> SimpleExpr {
    let now = clock_sql(app.database.backend());
    Expr::cust(format!("{column} > {now} - {}", seconds.saturating_mul(1000)))
}

/// The end of a sign-in.
pub fn ended(app: &App, id: SignInId) -> Ending {
    app.rooms.ends().watch(id)
}

/// The sign-ins of an account that work, newest first, each with when it was last seen.
///
/// # Errors
/// When the database does not answer.
pub async fn open(app: &App, account_id: AccountId) -> Result<Vec<(sign_in::Model, Moment)>> {
    let works = sign_in::Entity::find()
        .filter(sign_in::Column::AccountId.eq(account_id))
        .filter(sign_in::Column::EndedSeq.is_null())
        // Not by their ids: those carry the clocks of the processes that minted them.
        .order_by_desc(sign_in::Column::CreatedAt)
        .order_by_desc(sign_in::Column::Id);
    let rows = app.database.outside().all(works).await?;
    let of = sign_in_token::Column::SignInId.is_in(rows.iter().map(|row| row.id));
    let tokens = app.database.outside().all(sign_in_token::Entity::find().filter(of)).await?;
    let seen = |id| tokens.iter().filter(|token| token.sign_in_id == id).map(|token| token.last_seen_at).max();
    Ok(rows.into_iter().map(|row| (seen(row.id).unwrap_or(row.created_at), row)).map(|(at, row)| (row, at)).collect())
}

/// Ends one of the viewer's sign-ins; its connections close before this returns.
///
/// # Errors
/// `NOT_FOUND` for a sign-in of somebody else.
pub async fn revoke(app: &App, viewer: &Viewer, ids: Vec<SignInId>) -> Result<()> {
    app.submit_to_server(viewer.account_id, Command::Revoke { sign_in_ids: ids }).await
}

/// Ends all sign-ins of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(app: &App, account_id: AccountId) -> Result<()> {
    let ids: Vec<SignInId> = open(app, account_id).await?.into_iter().map(|(row, _)| row.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    app.submit_to_server(account_id, Command::Revoke { sign_in_ids: ids }).await
}
