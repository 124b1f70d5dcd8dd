//! Presence operations: watch members, and set the viewer's activity.

use crate::app::App;
use crate::chat::workspace::view::View;
use crate::ground::error::Result;
use crate::ground::id::{MemberId, WorkspaceId};
use crate::live::presence::roster::ActivityScope;
use crate::live::presence::subscription::PresenceSubscription;
use crate::live::room_member::RoomMember;
use crate::model::presence::Activity;
use crate::model::viewer::{Connection, Viewer};

/// Starts a subscription to the presence of members of a workspace. Ids that are not members of the workspace are
/// offline, which does not reveal whether they exist elsewhere.
///
/// # Errors
/// `NOT_FOUND` unless the viewer is a member, `UNAVAILABLE` if they have too many subscriptions.
pub async fn watch(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    ids: Vec<MemberId>,
) -> Result<PresenceSubscription> {
    let member_id = me(app, viewer, workspace_id).await?;
    let member = RoomMember::enter(&app.rooms, workspace_id, member_id, viewer.session_id).await?;
    PresenceSubscription::begin(&app.presence, member, ids)
}

/// Sets the activity of the viewer on a connection, or without one on all connections of their session.
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
    let whose = connection.map_or(ActivityScope::Session(viewer.session_id), ActivityScope::Connection);
    app.presence.set(workspace_id, member_id, whose, activity);
    Ok(())
}

async fn me(app: &App, viewer: &Viewer, workspace_id: WorkspaceId) -> Result<MemberId> {
    View::in_memory(app, viewer, workspace_id, |view| async move { Ok(view.me().id) }).await
}
