//! Presence: watch it, and say how one is there.

use std::sync::Arc;

use super::Activity;
use super::board::Whose;
use super::watching::{Start, Watching};
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{MemberId, WorkspaceId};
use crate::sign_in;
use crate::viewer::{Connection, Viewer};
use crate::workspace::view::View;

/// Begins to watch members of a workspace. An id that the workspace does not have is offline: whether it
/// stands for somebody elsewhere is not told.
///
/// # Errors
/// `NOT_FOUND` unless the viewer is a member, `UNAVAILABLE` when they watch from too many places.
pub async fn watch(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, ids: Vec<MemberId>) -> Result<Watching> {
    let member_id = me(app, viewer, workspace_id).await?;
    let room = app.rooms.get(workspace_id).await?;
    let left = room.departure(member_id);
    // They may have left just before it was watched for.
    if !room.fork().member(member_id).is_some_and(|member| member.active) {
        return Err(Error::NotFound("workspace"));
    }
    Watching::begin(Start {
        boards: app.presence.clone(),
        interest: app.rooms.interest(&room),
        fresh: app.rooms.fresh().clone(),
        ended: sign_in::service::ended(app, viewer.sign_in_id),
        room,
        member_id,
        ids,
        left,
    })
}

/// Says how the viewer is there: on the live connection that they say it by, or else wherever they are
/// connected with this sign-in.
///
/// # Errors
/// `NOT_FOUND` unless the viewer is a member.
pub async fn set_activity(
    app: &App,
    viewer: &Viewer,
    connection: Option<Connection>,
    workspace_id: WorkspaceId,
    activity: Activity,
) -> Result<()> {
    let member_id = me(app, viewer, workspace_id).await?;
    let whose = connection.map_or(Whose::SignIn(viewer.sign_in_id), Whose::Connection);
    app.presence.set(workspace_id, member_id, whose, activity);
    Ok(())
}

async fn me(app: &App, viewer: &Viewer, workspace_id: WorkspaceId) -> Result<MemberId> {
    View::in_memory(app, viewer, workspace_id, |view: Arc<View>| async move { Ok(view.me().id) }).await
}
