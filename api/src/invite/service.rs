//! Invites: create, list, revoke, look at, accept.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::command::Command;
use super::entity::{invite, invite_secret};
use super::token::{self, Token};
use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Scope};
use crate::error::{Error, Result};
use crate::id::{CommandId, InviteId, MemberId, WorkspaceId};
use crate::log::Receipt;
use crate::member::{self, Role};
use crate::viewer::Viewer;
use crate::workspace::view::View;
use crate::{account, text, workspace};

/// How long a link works when nobody says otherwise: 7 days.
const EXPIRES_IN: i32 = 7 * 86_400;

/// An invite that works, with its link's token.
#[derive(Debug, Clone)]
pub struct Invite {
    pub row: invite::Model,
    pub token: String,
}

/// What a link leads to.
#[derive(Debug, Clone)]
pub struct Preview {
    pub workspace_id: WorkspaceId,
    pub workspace_name: String,
    pub member_count: u64,
    pub invited_by: String,
}

/// Creates an invite.
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
) -> Result<Receipt> {
    let expires_in_seconds = expires_in_seconds.unwrap_or(EXPIRES_IN);
    if !(60..=31_536_000).contains(&expires_in_seconds) {
        return Err(Error::invalid("expiresInSeconds", "An invite works from 60 seconds to 365 days."));
    }
    if max_uses.is_some_and(|max| !(1..=10_000).contains(&max)) {
        return Err(Error::invalid("maxUses", "An invite works from 1 to 10,000 times."));
    }
    let command = Command::Create {
        invite_id: id,
        expires_in_seconds: i64::from(expires_in_seconds),
        max_uses,
        secret: token::mint_secret(),
    };
    app.submit(viewer, workspace_id, CommandId(id.0), command).await
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
pub async fn list(view: &View) -> Result<Vec<Invite>> {
    if view.me().role < Role::Admin {
        return Err(Error::Forbidden("Only owners and admins see the invites."));
    }
    let snapshot = view.snapshot().await?;
    let rows = invite::Entity::find()
        .filter(invite::Column::WorkspaceId.eq(view.id()))
        .filter(invite::Column::Revoked.eq(false))
        .order_by_desc(invite::Column::Id)
        .all(&*snapshot)
        .await?;
    let now = db::now(&*snapshot).await?;
    let mut working = Vec::new();
    for row in rows.into_iter().filter(|row| works(row, now)) {
        let key = (row.workspace_id, row.id);
        if let Some(secret) = invite_secret::Entity::find_by_id(key).one(&*snapshot).await? {
            working.push(with_token(row, secret.secret));
        }
    }
    Ok(working)
}

/// The invite that the viewer just made; also when it works no longer, so that a retry gets its answer.
///
/// # Errors
/// `NOT_FOUND` once it is revoked: its secret is gone.
pub async fn made(view: &View, id: InviteId) -> Result<Invite> {
    let snapshot = view.snapshot().await?;
    let key = (view.id(), id);
    let row = invite::Entity::find_by_id(key).one(&*snapshot).await?;
    let row = row.filter(|row| row.created_by == view.me().id).ok_or(Error::NotFound("invite"))?;
    let secret = invite_secret::Entity::find_by_id(key).one(&*snapshot).await?.ok_or(Error::NotFound("invite"))?;
    Ok(with_token(row, secret.secret))
}

fn works(row: &invite::Model, now: Moment) -> bool {
    !row.revoked && row.expires_at.is_none_or(|end| now < end) && row.max_uses.is_none_or(|max| row.uses < max)
}

fn with_token(row: invite::Model, secret: String) -> Invite {
    let token = Token { workspace_id: row.workspace_id, invite_id: row.id, secret };
    Invite { token: token.write(), row }
}

/// What a link leads to; for anybody who has the link.
///
/// # Errors
/// `NOT_FOUND` for every link that does not work.
pub async fn preview(app: &App, text: &str) -> Result<Preview> {
    use subtle::ConstantTimeEq;
    let unknown = || Error::NotFound("invite");
    let token = Token::read(text)?;
    let key = (token.workspace_id, token.invite_id);
    let snapshot = app.database.snapshot(Scope::Workspace(token.workspace_id)).await?;
    let row = invite::Entity::find_by_id(key).one(&snapshot).await?.ok_or_else(unknown)?;
    if !works(&row, db::now(&snapshot).await?) {
        return Err(unknown());
    }
    let secret = invite_secret::Entity::find_by_id(key).one(&snapshot).await?.ok_or_else(unknown)?;
    if !bool::from(secret.secret.as_bytes().ct_eq(token.secret.as_bytes())) {
        return Err(unknown());
    }
    let workspace = app.rooms.get(token.workspace_id).await.map_err(|_| unknown())?.fork();
    Ok(Preview {
        workspace_id: token.workspace_id,
        workspace_name: workspace.name.clone(),
        member_count: workspace.active_count(),
        invited_by: workspace.member(row.created_by).map(|member| member.name.clone()).unwrap_or_default(),
    })
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
        secret: token.secret,
        handle,
        name: account.name,
        member_id: MemberId::mint(),
    };
    let unknown = |error| if matches!(error, Error::NotFound(_)) { Error::NotFound("invite") } else { error };
    app.submit(viewer, token.workspace_id, id, command).await.map_err(unknown)
}
