//! Invites: create, list, revoke, look at, reserve, accept.

use sea_orm::EntityTrait;

use super::command::Command;
use super::entity::{invite, invite_reservation as reservation, invite_secret, open};
use super::token::Token;
use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Scope, Transaction};
use crate::error::{Error, Result};
use crate::id::{AccountId, CommandId, InviteId, MemberId, WorkspaceId};
use crate::log::{Receipt, Submission};
use crate::member::{self, Role};
use crate::viewer::Viewer;
use crate::workspace::view::View;
use crate::{account, text, workspace};

/// How long a link works when nobody says otherwise: 7 days.
const EXPIRES_IN: i32 = 7 * 86_400;

/// What a link leads to.
#[derive(Debug, Clone)]
pub struct Preview {
    pub workspace_id: WorkspaceId,
    pub workspace_name: String,
    pub member_count: u64,
    pub invited_by: String,
}

/// Creates an invite, with the token of its link; again, if the same command is sent again. `None` if the key of the
/// server is another than when the invite was created: only the hash of the link is stored.
///
/// # Errors
/// `FORBIDDEN` unless the viewer is an owner or admin, `BAD_USER_INPUT`.
pub async fn create(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: InviteId,
    expires_in_seconds: Option<i32>,
    max_uses: Option<i32>,
) -> Result<(Receipt, Option<String>)> {
    let expires_in_seconds = expires_in_seconds.unwrap_or(EXPIRES_IN);
    if !(60..=31_536_000).contains(&expires_in_seconds) {
        return Err(Error::invalid("expiresInSeconds", "An invite works from 60 seconds to 365 days."));
    }
    if max_uses.is_some_and(|max| !(1..=10_000).contains(&max)) {
        return Err(Error::invalid("maxUses", "An invite works from 1 to 10,000 times."));
    }
    let token = Token::of(&app.invite_secrets, workspace_id, id);
    let command = Command::Create {
        invite_id: id,
        expires_in_seconds: i64::from(expires_in_seconds),
        max_uses,
        secret_hash: token.secret_hash(),
    };
    let receipt = app.submit(viewer, workspace_id, CommandId(id.0), command).await?;
    let is_its_token = !receipt.repeated || is_stored(app, &token).await?;
    Ok((receipt, is_its_token.then(|| token.write())))
}

/// Whether a token is the one of which the hash is stored.
async fn is_stored(app: &App, token: &Token) -> Result<bool> {
    let snapshot = app.database.snapshot(Scope::Workspace(token.workspace_id)).await?;
    let stored = invite_secret::Entity::find_by_id((token.workspace_id, token.invite_id)).one(&snapshot).await?;
    Ok(stored.is_some_and(|stored| token.is_of(&stored.secret_hash)))
}

/// Ends an invite.
///
/// # Errors
/// `FORBIDDEN`, `NOT_FOUND`.
pub async fn revoke(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    invite_id: InviteId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::Revoke { invite_id }).await
}

/// The invites that work, newest first. Only owners and admins see them.
///
/// # Errors
/// `FORBIDDEN` for others.
pub async fn list(view: &View) -> Result<Vec<invite::Model>> {
    if view.me().role < Role::Admin {
        return Err(Error::Forbidden("Only owners and admins see the invites."));
    }
    let snapshot = view.snapshot().await?;
    let mut open = open::all(&*snapshot, view.id(), db::now(&*snapshot).await?).await?;
    open.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(open)
}

/// The invite that the viewer just made; also when it works no longer, so that a retry gets its answer.
///
/// # Errors
/// `NOT_FOUND` if somebody else created it.
pub async fn made(view: &View, id: InviteId) -> Result<invite::Model> {
    let snapshot = view.snapshot().await?;
    let row = invite::Entity::find_by_id((view.id(), id)).one(&*snapshot).await?;
    row.filter(|row| row.created_by == view.me().id).ok_or(Error::NotFound("invite"))
}

fn is_fresh(row: &invite::Model, now: Moment) -> bool {
    !row.revoked && row.expires_at.is_none_or(|end| now < end)
}

fn is_left(row: &invite::Model) -> bool {
    row.max_uses.is_none_or(|max| row.uses < max)
}

/// What a link leads to; for anybody who has the link. Whoever registered with it sees it also when it is used up.
///
/// # Errors
/// `NOT_FOUND` for every link that does not work.
pub async fn preview(app: &App, account_id: Option<AccountId>, text: &str) -> Result<Preview> {
    let token = Token::read(text)?;
    let snapshot = app.database.snapshot(Scope::Workspace(token.workspace_id)).await?;
    let row = working(&snapshot, &token, account_id).await?.ok_or(Error::NotFound("invite"))?;
    // The room may have to be loaded, by a connection of its own.
    drop(snapshot);
    let workspace = app.rooms.get(token.workspace_id).await.map_err(unknown)?.fork();
    Ok(Preview {
        workspace_id: token.workspace_id,
        workspace_name: workspace.name.clone(),
        member_count: workspace.active_count(),
        invited_by: workspace.member(row.created_by).map(|member| member.name.clone()).unwrap_or_default(),
    })
}

async fn working(
    snapshot: &Transaction,
    token: &Token,
    account_id: Option<AccountId>,
) -> Result<Option<invite::Model>> {
    let key = (token.workspace_id, token.invite_id);
    let Some(row) = invite::Entity::find_by_id(key).one(snapshot).await? else { return Ok(None) };
    let Some(secret) = invite_secret::Entity::find_by_id(key).one(snapshot).await? else { return Ok(None) };
    if !token.is_of(&secret.secret_hash) || !is_fresh(&row, db::now(snapshot).await?) {
        return Ok(None);
    }
    let is_reserved = match account_id {
        Some(account_id) if !is_left(&row) => {
            let key = (token.workspace_id, token.invite_id, account_id);
            reservation::Entity::find_by_id(key).one(snapshot).await?.is_some()
        }
        _ => false,
    };
    Ok((is_left(&row) || is_reserved).then_some(row))
}

/// Keeps one use of a link for an account that is about to be registered.
///
/// # Errors
/// `NOT_FOUND` for a link that does not work.
pub async fn reserve(app: &App, account_id: AccountId, token: &Token) -> Result<()> {
    let command = Command::Reserve { invite_id: token.invite_id, secret_hash: token.secret_hash() };
    give(app, account_id, token, command).await
}

/// Gives that use back: the account is not registered.
///
/// # Errors
/// When the database does not answer; then the use stays taken.
pub async fn release(app: &App, account_id: AccountId, token: &Token) -> Result<()> {
    give(app, account_id, token, Command::Release { invite_id: token.invite_id }).await
}

async fn give(app: &App, account_id: AccountId, token: &Token, command: Command) -> Result<()> {
    let (workspace_id, command_id) = (token.workspace_id, CommandId::mint().0);
    let given = app.give(Submission { workspace_id, account_id, command_id, command: command.into() }).await;
    given.map(drop).map_err(unknown)
}

/// Nobody learns whether a workspace exists.
fn unknown(error: Error) -> Error {
    if matches!(error, Error::NotFound(_)) { Error::NotFound("invite") } else { error }
}

/// Joins the workspace of a link. Who is in it already stays as they are.
///
/// # Errors
/// `NOT_FOUND` for a link that does not work, `CONFLICT` for a handle that is taken.
pub async fn accept(app: &App, viewer: &Viewer, id: CommandId, text: &str, handle: Option<String>) -> Result<Receipt> {
    let token = Token::read(text)?;
    let _turn = app.memberships.turn(viewer.account_id).await;
    workspace::service::have_room(app, viewer, token.workspace_id).await?;
    let account = account::service::find(app, viewer.account_id).await?;
    let handle = handle.map(|handle| text::handle("handle", &handle, member::HANDLE_MAX)).transpose()?;
    let command = member::command::Command::Join {
        invite_id: token.invite_id,
        secret_hash: token.secret_hash(),
        handle,
        name: account.name,
        member_id: MemberId::mint(),
    };
    app.submit(viewer, token.workspace_id, id, command).await.map_err(unknown)
}
