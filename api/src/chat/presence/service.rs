//! Presence operations: watch members, and set the viewer's activity.

use std::sync::Arc;

use crate::app::App;
use crate::chat::session;
use crate::chat::workspace::view::View;
use crate::ground::error::{Error, Result};
use crate::ground::id::{MemberId, WorkspaceId};
use crate::live::presence::roster::ActivityScope;
use crate::live::presence::subscription::{PresenceSubscription, SubscriptionOptions};
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
    let room = app.rooms.get(workspace_id).await?;
    let left = room.membership_end(member_id);
    // The member may have left just before the cancellation token was taken.
    if !room.fork().member(member_id).is_some_and(|member| member.active) {
        return Err(Error::NotFound("workspace"));
    }
    PresenceSubscription::begin(SubscriptionOptions {
        rosters: app.presence.clone(),
        interest: app.rooms.interest(&room),
        fresh: app.logs.fresh().clone(),
        ended: session::service::revocation(app, viewer.session_id),
        room,
        member_id,
        ids,
        left,
    })
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
    View::in_memory(app, viewer, workspace_id, |view: Arc<View>| async move { Ok(view.me().id) }).await
}
