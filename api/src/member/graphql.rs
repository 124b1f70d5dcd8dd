//! `Member`, and changing, removing and leaving.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Role, service};
use crate::clock::Moment;
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

/// Somebody in a workspace.
#[derive(Clone)]
pub struct Member(pub state::Member);

impl Member {
    /// The member as an event carries them.
    pub fn of_event(event: &Event) -> Option<Self> {
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

/// Somebody in a workspace. Who has left stays as the author of what they wrote.
#[Object]
impl Member {
    /// `mem_` and a UUID.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Their unique name in the workspace, without `@`. It can change; texts mention by id.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// What they are called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where their picture is: a path on this server, for members.
    async fn avatar_url(&self) -> Option<String> {
        self.0.avatar_id.map(|avatar_id| link::path(self.0.workspace_id, avatar_id, Variant::Small))
    }

    /// What they may do.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// False once they have left the workspace.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// When they joined, the last time.
    async fn joined_at(&self) -> Moment {
        self.0.joined_at
    }
}

/// A page of members as the schema has it.
pub fn connection(slice: Slice<(String, Arc<state::Member>)>) -> MemberConnection {
    MemberConnection::new(slice, |(key, _)| page::cursor(key), |(_, member)| Member((*member).clone()))
}

/// The member of a view with this id.
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
    /// A member of a workspace, also one who has left.
    async fn member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Member> {
        let view = open(context, &workspace_id).await?;
        Ok(member_of(&view, crate::graphql::id("id", &id)?)?)
    }

    /// Several members at once, by id or by handle; what is unknown is left out. At most 100 of each.
    async fn members(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Their ids.")] ids: Vec<ID>,
        #[graphql(desc = "Handles in any form that is accepted for them; those who have them now.")] handles: Option<
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

/// What to change of the viewer in a workspace; what is left out stays.
#[derive(InputObject)]
pub struct UpdateMemberInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A new handle, up to 32 characters.
    handle: Option<String>,
    /// A new name, up to 80 characters.
    name: Option<String>,
    /// A new picture: one that the viewer has uploaded and not used yet.
    avatar_id: Option<ID>,
    /// To be without a picture.
    remove_avatar: Option<bool>,
}

/// The changed member.
#[derive(SimpleObject)]
pub struct UpdateMemberPayload {
    /// The viewer's member.
    member: Member,
    /// The number of the event.
    seq: Position,
}

/// Which role to give to whom.
#[derive(InputObject)]
pub struct SetMemberRoleInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// The member.
    member_id: ID,
    /// Their new role.
    role: Role,
}

/// The changed member.
#[derive(SimpleObject)]
pub struct SetMemberRolePayload {
    /// The member with the new role.
    member: Member,
    /// The number of the event.
    seq: Position,
}

/// Whom to remove from a workspace.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// The member.
    member_id: ID,
}

/// Who was removed.
#[derive(SimpleObject)]
pub struct RemoveMemberPayload {
    /// The member, who is active no longer.
    member_id: ID,
    /// The number of the event.
    seq: Position,
}

/// Which workspace to leave.
#[derive(InputObject)]
pub struct LeaveWorkspaceInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
}

/// The workspace that was left.
#[derive(SimpleObject)]
pub struct LeaveWorkspacePayload {
    /// Its id.
    workspace_id: ID,
    /// The number of the event.
    seq: Position,
}

#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Changes the viewer's handle, name or picture in a workspace.
    async fn update_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: UpdateMemberInput,
    ) -> Result<UpdateMemberPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let avatar = picture("avatarId", input.avatar_id.as_ref(), input.remove_avatar)?;
        let receipt = service::update(app, caller, workspace_id, command, input.handle, input.name, avatar).await?;
        let me = crate::log::command::acting(&receipt.workspace, caller.account_id)?.clone();
        Ok(UpdateMemberPayload { member: Member(me), seq: Position(receipt.seq()) })
    }

    /// Gives a member a role. Only owners; a workspace keeps at least one owner.
    async fn set_member_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: SetMemberRoleInput,
    ) -> Result<SetMemberRolePayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let member_id = id("memberId", &input.member_id)?;
        let receipt = service::set_role(app, caller, workspace_id, command, member_id, input.role).await?;
        let member = receipt.workspace.member(member_id).ok_or(Error::NotFound("member"))?;
        Ok(SetMemberRolePayload { member: Member((**member).clone()), seq: Position(receipt.seq()) })
    }

    /// Removes a member from the workspace and all its channels. Only owners and admins.
    async fn remove_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload> {
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let member_id = id("memberId", &input.member_id)?;
        let receipt = service::remove(app(context)?, viewer(context)?, workspace_id, command, member_id).await?;
        Ok(RemoveMemberPayload { member_id: input.member_id, seq: Position(receipt.seq()) })
    }

    /// The viewer leaves the workspace.
    async fn leave_workspace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: LeaveWorkspaceInput,
    ) -> Result<LeaveWorkspacePayload> {
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let receipt = service::leave(app(context)?, viewer(context)?, workspace_id, command).await?;
        Ok(LeaveWorkspacePayload { workspace_id: input.workspace_id, seq: Position(receipt.seq()) })
    }
}

/// The workspace and the command that an input names.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn target(workspace_id: &ID, command_id: Option<&ID>) -> Result<(WorkspaceId, CommandId), Error> {
    Ok((id("workspaceId", workspace_id)?, id_or("commandId", command_id, CommandId::mint)?))
}

/// Reads the ids of members in an input.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn member_ids(given: &[ID]) -> Result<Vec<MemberId>, Error> {
    ids("memberIds", given, page::MAX)
}
