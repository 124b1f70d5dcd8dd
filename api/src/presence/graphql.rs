//! `MemberPresence`, and saying how one is there. The subscription stands in `graphql/subscription.rs`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Activity, Presence, service};
use crate::graphql::{app, id, viewer};
use crate::id::MemberId;
use crate::viewer::Connection;

/// Whether a member is here.
#[derive(SimpleObject)]
pub struct MemberPresence {
    /// Who.
    member_id: ID,
    /// Of all their connections, the most active.
    presence: Presence,
}

impl From<(MemberId, Presence)> for MemberPresence {
    fn from((member_id, presence): (MemberId, Presence)) -> Self {
        Self { member_id: member_id.to_string().into(), presence }
    }
}

/// How the viewer is there.
#[derive(InputObject)]
pub struct SetActivityInput {
    /// The workspace.
    workspace_id: ID,
    /// ACTIVE at once on input, IDLE after a while without.
    activity: Activity,
}

/// How the viewer is there now.
#[derive(SimpleObject)]
pub struct SetActivityPayload {
    /// As it was said.
    activity: Activity,
}

#[derive(Default)]
pub struct PresenceMutation;

#[Object]
impl PresenceMutation {
    /// Says how the viewer is there, where they follow `events`: on this connection when it is sent over the
    /// WebSocket of `events`, on all connections of this sign-in when it is sent by POST. A new connection is
    /// ACTIVE. It lasts as long as the connection, and without one it does nothing.
    async fn set_activity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: SetActivityInput,
    ) -> Result<SetActivityPayload> {
        let workspace_id = id("workspaceId", &input.workspace_id)?;
        let connection = context.data_opt::<Connection>().copied();
        service::set_activity(app(context)?, viewer(context)?, connection, workspace_id, input.activity).await?;
        Ok(SetActivityPayload { activity: input.activity })
    }
}
