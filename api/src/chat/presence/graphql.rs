//! The `MemberPresence` type and the mutation that sets the viewer's activity. The subscription is in
//! `wire/graphql/subscription.rs`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::chat::graphql::context::{app, id, viewer};
use crate::chat::presence::service;
use crate::ground::id::{MemberId, WorkspaceId};
use crate::model::presence::{Activity, Presence};
use crate::model::viewer::Connection;

/// The presence of a member.
#[derive(SimpleObject)]
pub struct MemberPresence {
    /// The ID of the member.
    member_id: ID,
    /// The presence, determined by the member's most active connection.
    presence: Presence,
}

impl MemberPresence {
    /// The presence of a member of a workspace.
    pub fn new(workspace_id: WorkspaceId, (member_id, presence): (MemberId, Presence)) -> Self {
        Self { member_id: member_id.in_workspace(workspace_id).into(), presence }
    }
}

/// Input for `setActivity`.
#[derive(InputObject)]
pub struct SetActivityInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// `ACTIVE` as soon as the user interacts, `IDLE` after a period without interaction.
    activity: Activity,
}

/// Return value of `setActivity`.
#[derive(SimpleObject)]
pub struct SetActivityPayload {
    /// The activity that was set.
    activity: Activity,
}

#[derive(Default)]
pub struct PresenceMutation;

#[Object]
impl PresenceMutation {
    /// Sets the viewer's activity on connections subscribed to `events`. Applies to the current connection if sent over
    /// a WebSocket with an `events` subscription, and to all connections of the session if sent over HTTP. A new
    /// connection is `ACTIVE`. Lasts until the connection closes; without a connection the mutation has no effect.
    ///
    /// Errors: `NOT_FOUND` if the viewer is not a member of the workspace.
    async fn set_activity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: SetActivityInput,
    ) -> Result<SetActivityPayload> {
        let workspace_id = id("workspaceId", &input.workspace_id)?;
        let connection = context.data_opt::<Connection>().copied();
        service::set_activity(app(context)?, viewer(context)?, connection, workspace_id, input.activity).await?;
        Ok(SetActivityPayload { activity: input.activity })
    }
}
