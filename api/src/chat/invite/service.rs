//! Invite operations: list, preview, reserve, accept.

use std::sync::Arc;

use sea_orm::EntityTrait;

use super::release::ReleaseInvite;
use super::reserve::ReserveInvite;
use super::token::Token;
use crate::app::App;
use crate::chat::member::join::JoinWorkspace;
use crate::chat::workspace::view::View;
use crate::chat::{account, workspace};
use crate::ground::clock::Timestamp;
use crate::ground::db::{self, Scope, Transaction};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, CommandId, InviteId};
use crate::log::{Command, Receipt, Submission};
use crate::model::invite::entity::{invite, invite_reservation as reservation, invite_secret, open};
use crate::model::member::Role;
use crate::model::viewer::Viewer;
use crate::model::workspace::state::Workspace;

/// Returns whether the secret of a token matches the stored hash.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn is_stored(app: &App, token: &Token) -> Result<bool> {
    let snapshot = app.database.snapshot(Scope::Workspace(token.workspace_id)).await?;
    let stored = invite_secret::Entity::find_by_id((token.workspace_id, token.invite_id)).one(&snapshot).await?;
    Ok(stored.is_some_and(|stored| token.matches(&stored.secret_hash)))
}

/// Returns the usable invites, newest first. Only for owners and admins.
///
/// # Errors
/// `FORBIDDEN` for plain members.
pub async fn list(view: &View) -> Result<Vec<invite::Model>> {
    if view.me().role < Role::Admin {
        return Err(Error::Forbidden(Reason::RoleRequired, "Only owners and admins can list invites."));
    }
    let snapshot = view.snapshot().await?;
    let mut open = open::all(&*snapshot, view.id(), db::now(&*snapshot).await?).await?;
    open.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(open)
}

/// Returns an invite created by the viewer, even if it is no longer usable, so that a retry returns the same result.
///
/// # Errors
/// `NOT_FOUND` if another member created it.
pub async fn created_by_viewer(view: &View, id: InviteId) -> Result<invite::Model> {
    let snapshot = view.snapshot().await?;
    let row = invite::Entity::find_by_id((view.id(), id)).one(&*snapshot).await?;
    row.filter(|row| row.created_by == view.me().id).ok_or(Error::NotFound("invite"))
}

fn is_valid_at(row: &invite::Model, now: Timestamp) -> bool {
    !row.revoked && row.expires_at.is_none_or(|end| now < end)
}

fn has_uses_left(row: &invite::Model) -> bool {
    row.max_uses.is_none_or(|max| row.uses < max)
}

/// Returns the workspace of an invite link and the name of the member who created it, without authentication. An account
/// that registered with the invite sees it even after all uses are consumed.
///
/// # Errors
/// `NOT_FOUND` for any link that is not usable.
pub async fn preview(app: &App, account_id: Option<AccountId>, text: &str) -> Result<(Workspace, String)> {
    let token = Token::parse(text)?;
    let snapshot = app.database.snapshot(Scope::Workspace(token.workspace_id)).await?;
    let row = find_usable(&snapshot, &token, account_id).await?.ok_or(Error::NotFound("invite"))?;
    // Release the connection: loading the room may need one.
    drop(snapshot);
    let workspace = app.logs.get(token.workspace_id).await.map_err(mask_unknown)?.fork();
    let invited_by = workspace.member(row.created_by).map(|member| member.name.clone()).unwrap_or_default();
    Ok((workspace, invited_by))
}

async fn find_usable(
    snapshot: &Transaction,
    token: &Token,
    account_id: Option<AccountId>,
) -> Result<Option<invite::Model>> {
    let key = (token.workspace_id, token.invite_id);
    let Some(row) = invite::Entity::find_by_id(key).one(snapshot).await? else { return Ok(None) };
    let Some(secret) = invite_secret::Entity::find_by_id(key).one(snapshot).await? else { return Ok(None) };
    if !token.matches(&secret.secret_hash) || !is_valid_at(&row, db::now(snapshot).await?) {
        return Ok(None);
    }
    let is_reserved = match account_id {
        Some(account_id) if !has_uses_left(&row) => {
            let key = (token.workspace_id, token.invite_id, account_id);
            reservation::Entity::find_by_id(key).one(snapshot).await?.is_some()
        }
        _ => false,
    };
    Ok((has_uses_left(&row) || is_reserved).then_some(row))
}

/// Reserves one use of an invite for an account that is about to register.
///
/// # Errors
/// `NOT_FOUND` if the invite is not usable.
pub async fn reserve(app: &App, account_id: AccountId, token: &Token) -> Result<()> {
    let command = ReserveInvite { invite_id: token.invite_id, secret_hash: token.secret_hash() };
    submit(app, account_id, token, command).await
}

/// Releases a reserved use after a rejected registration.
///
/// # Errors
/// Fails if the database is unavailable. The use then stays reserved.
pub async fn release(app: &App, account_id: AccountId, token: &Token) -> Result<()> {
    submit(app, account_id, token, ReleaseInvite { invite_id: token.invite_id }).await
}

async fn submit(app: &App, account_id: AccountId, token: &Token, command: impl Command + 'static) -> Result<()> {
    let (workspace_id, command_id) = (token.workspace_id, CommandId::mint().0);
    let submission = Submission { workspace_id, account_id, command_id, command: Arc::new(command) };
    app.dispatch(submission).await.map(drop).map_err(mask_unknown)
}

/// Replaces `NOT_FOUND` of any resource by that of the invite, so that it does not reveal whether a workspace exists.
fn mask_unknown(error: Error) -> Error {
    if matches!(error, Error::NotFound(_)) { Error::NotFound("invite") } else { error }
}

/// Joins the workspace of an invite link. Does nothing for an active member.
///
/// # Errors
/// `NOT_FOUND` if the invite is not usable, `CONFLICT` if the handle is taken.
pub async fn accept(app: &App, viewer: &Viewer, id: CommandId, text: &str, handle: Option<&str>) -> Result<Receipt> {
    let token = Token::parse(text)?;
    let _turn = app.membership_locks.lock(viewer.account_id).await;
    workspace::service::require_workspace_slot(app, viewer, token.workspace_id).await?;
    let account = account::lookup::find(app, viewer.account_id).await?;
    let command = JoinWorkspace::new(&token, handle, account.name)?;
    app.submit(viewer, token.workspace_id, id, command).await.map_err(mask_unknown)
}
