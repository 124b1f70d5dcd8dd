//! The `Member` type and the mutations that change, remove and leave.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Role, service};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::event::{Event, Skeleton};
use crate::file::link;
use crate::graphql::connection::MemberConnection;
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, id_or, ids, viewer};
use crate::id::{CommandId, MemberId, WorkspaceId};
use crate::media::key::Variant;
use crate::page::{self, Slice};
use crate::workspace::graphql::picture;
use crate::workspace::state;
use crate::workspace::view::View;

/// A member of a workspace.
#[derive(Clone)]
pub struct Member(pub state::Member);

impl Member {
    /// The member as an event carries them; `None` for other events.
    pub fn from_event(event: &Event) -> Option<Self> {
        let (id, role, avatar_id) = match &event.skeleton {
            Skeleton::MemberJoined { member_id, role, avatar_id, .. } => (*member_id, *role, *avatar_id),
            Skeleton::MemberUpdated { member_id, role, avatar_id } => (*member_id, *role, *avatar_id),
            _ => return None,
        };
        Some(Self(state::Member {
            workspace_id: event.workspace_id,
            id,
            number: 0,
            account_id: crate::id::AccountId(uuid::Uuid::nil()),
            handle: event.body.handle.clone().unwrap_or_default(),
            name: event.body.name.clone().unwrap_or_default(),
            role,
            active: true,
            joined_at: event.at,
            joined_seq: event.seq,
            avatar_id,
        }))
    }
}

/// The membership of an account in a workspace. Former members remain as authors of their messages.
#[Object]
impl Member {
    /// The ID of the member: `mem_` followed by a UUID.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The handle without a leading `@`, unique in the workspace. Handles can change; mentions in messages refer to the
    /// ID.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// The display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The URL of the avatar: a path on this server, accessible to members of the workspace. Null if none is set.
    async fn avatar_url(&self) -> Option<String> {
        self.0.avatar_id.map(|avatar_id| link::path(self.0.workspace_id, avatar_id, Variant::Small))
    }

    /// The role in the workspace.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Whether the member is in the workspace. False after leaving or being removed.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// When the member joined most recently.
    async fn joined_at(&self) -> Timestamp {
        self.0.joined_at
    }
}

/// Converts a page of members into a connection.
pub fn connection(slice: Slice<(String, Arc<state::Member>)>) -> MemberConnection {
    MemberConnection::new(slice, |(key, _)| page::cursor(key), |(_, member)| Member((*member).clone()))
}

/// The member with this ID.
///
/// # Errors
/// `NOT_FOUND`.
pub fn member_of(view: &View, id: MemberId) -> Result<Member, Error> {
    view.workspace().member(id).map(|member| Member((**member).clone())).ok_or(Error::NotFound("member"))
}

#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// Looks up a member of a workspace, including former members.
    ///
    /// Errors: `NOT_FOUND` if the member does not exist.
    async fn member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of a workspace of which the viewer is a member.")] workspace_id: ID,
        #[graphql(desc = "The ID of the member.")] id: ID,
    ) -> Result<Member> {
        let view = open(context, &workspace_id).await?;
        Ok(member_of(&view, crate::graphql::id("id", &id)?)?)
    }

    /// Looks up several members by ID or handle. Unknown IDs and handles are ignored.
    async fn members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of a workspace of which the viewer is a member.")] workspace_id: ID,
        #[graphql(desc = "IDs of members, including former members, maximum 100.")] ids: Vec<ID>,
        #[graphql(desc = "Handles of active members, in any spelling accepted for them, maximum 100.")] handles: Option<
            Vec<String>,
        >,
    ) -> Result<Vec<Member>> {
        let view = open(context, &workspace_id).await?;
        let mut wanted: Vec<MemberId> = crate::graphql::ids("ids", &ids, page::MAX)?;
        wanted.extend(service::with_handles(&view, &handles.unwrap_or_default())?);
        Ok(wanted.into_iter().filter_map(|id| member_of(&view, id).ok()).collect())
    }
}

async fn open(context: &Context<'_>, workspace_id: &ID) -> Result<Arc<View>, Error> {
    View::open(app(context)?, viewer(context)?, id("workspaceId", workspace_id)?).await
}

/// Input for `updateMember`. Omitted fields remain unchanged.
#[derive(InputObject)]
pub struct UpdateMemberInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Client-generated ID that makes retries safe: `cmd_` followed by a UUIDv7. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The new handle, maximum 32 characters: letters and digits, with `.`, `-` and `_` between them.
    handle: Option<String>,
    /// The new display name, maximum 80 characters.
    name: Option<String>,
    /// The ID of the new avatar: an image uploaded by the viewer and not used elsewhere.
    avatar_id: Option<ID>,
    /// Whether to remove the avatar. Cannot be combined with `avatarId`. Defaults to `false`.
    remove_avatar: Option<bool>,
}

/// Return value of `updateMember`.
#[derive(SimpleObject)]
pub struct UpdateMemberPayload {
    /// The viewer's membership.
    member: Member,
    /// The sequence number of the event.
    seq: Position,
}

/// Input for `setMemberRole`.
#[derive(InputObject)]
pub struct SetMemberRoleInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Client-generated ID that makes retries safe: `cmd_` followed by a UUIDv7. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of the member.
    member_id: ID,
    /// The new role.
    role: Role,
}

/// Return value of `setMemberRole`.
#[derive(SimpleObject)]
pub struct SetMemberRolePayload {
    /// The updated member.
    member: Member,
    /// The sequence number of the event.
    seq: Position,
}

/// Input for `removeMember`.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Client-generated ID that makes retries safe: `cmd_` followed by a UUIDv7. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of the member.
    member_id: ID,
}

/// Return value of `removeMember`.
#[derive(SimpleObject)]
pub struct RemoveMemberPayload {
    /// The ID of the removed member.
    member_id: ID,
    /// The sequence number of the event.
    seq: Position,
}

/// Input for `leaveWorkspace`.
#[derive(InputObject)]
pub struct LeaveWorkspaceInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Client-generated ID that makes retries safe: `cmd_` followed by a UUIDv7. Generated by the server if omitted.
    command_id: Option<ID>,
}

/// Return value of `leaveWorkspace`.
#[derive(SimpleObject)]
pub struct LeaveWorkspacePayload {
    /// The ID of the workspace.
    workspace_id: ID,
    /// The sequence number of the event.
    seq: Position,
}

#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Changes the viewer's handle, display name or avatar in a workspace.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid handle, name or image, `NOT_FOUND` if the image does not exist,
    /// `CONFLICT` if the handle is taken, resembles the handle of another member, or the image is already in use.
    async fn update_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: UpdateMemberInput,
    ) -> Result<UpdateMemberPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let avatar = picture("avatarId", input.avatar_id.as_ref(), input.remove_avatar)?;
        let receipt = service::update(app, caller, workspace_id, command, input.handle, input.name, avatar).await?;
        let me = crate::log::command::require_member(&receipt.workspace, caller.account_id)?.clone();
        Ok(UpdateMemberPayload { member: Member(me), seq: Position(receipt.seq()) })
    }

    /// Changes the role of a member. Requires the role `OWNER`.
    ///
    /// Errors: `FORBIDDEN` for insufficient permissions, `NOT_FOUND` if the member is not active in the workspace,
    /// `CONFLICT` if the workspace would be left without an owner.
    async fn set_member_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: SetMemberRoleInput,
    ) -> Result<SetMemberRolePayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let member_id = id("memberId", &input.member_id)?;
        let receipt = service::set_role(app, caller, workspace_id, command, member_id, input.role).await?;
        let member = receipt.workspace.member(member_id).ok_or(Error::NotFound("member"))?;
        Ok(SetMemberRolePayload { member: Member((**member).clone()), seq: Position(receipt.seq()) })
    }

    /// Removes a member from the workspace and from all its public and private channels. Requires the role `ADMIN`, or
    /// `OWNER` to remove an owner.
    ///
    /// Errors: `FORBIDDEN` for insufficient permissions, `NOT_FOUND` if the member is not active in the workspace,
    /// `CONFLICT` if the workspace would be left without an owner.
    async fn remove_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload> {
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let member_id = id("memberId", &input.member_id)?;
        let receipt = service::remove(app(context)?, viewer(context)?, workspace_id, command, member_id).await?;
        Ok(RemoveMemberPayload { member_id: input.member_id, seq: Position(receipt.seq()) })
    }

    /// Leaves the workspace and all its public and private channels.
    ///
    /// Errors: `CONFLICT` if the viewer is the only owner.
    async fn leave_workspace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: LeaveWorkspaceInput,
    ) -> Result<LeaveWorkspacePayload> {
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let receipt = service::leave(app(context)?, viewer(context)?, workspace_id, command).await?;
        Ok(LeaveWorkspacePayload { workspace_id: input.workspace_id, seq: Position(receipt.seq()) })
    }
}

/// The workspace and the command ID of an input.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn target(workspace_id: &ID, command_id: Option<&ID>) -> Result<(WorkspaceId, CommandId), Error> {
    Ok((id("workspaceId", workspace_id)?, id_or("commandId", command_id, CommandId::mint)?))
}

/// Parses the member IDs of an input.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn member_ids(given: &[ID]) -> Result<Vec<MemberId>, Error> {
    ids("memberIds", given, page::MAX)
}
