//! Commands on members: join by invite, change, remove, leave.

use serde::Serialize;

use super::{Role, numbering};
use crate::channel::QUIET_MEMBERSHIP_THRESHOLD;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::file::command::{removal, require_unused_picture};
use crate::id::{AccountId, FileId, InviteId, MemberId};
use crate::invite::command::require_usable;
use crate::log::command::require_member;
use crate::log::facts::ReadSet;
use crate::log::{Draft, Facts};
use crate::text;
use crate::workspace::command::FIRST_CHANNEL;
use crate::workspace::state::{Member, Workspace};

/// A command on members.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Joins by an invite.
    Join {
        invite_id: InviteId,
        secret_hash: Vec<u8>,
        /// The requested handle. Derived from the name if `None`.
        handle: Option<String>,
        name: String,
        #[serde(skip)]
        member_id: MemberId,
    },
    /// Changes the member's own handle, name or picture. `None` keeps the current value.
    Update {
        handle: Option<String>,
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        avatar: Option<Option<FileId>>,
    },
    /// Changes the role of a member. Only for owners.
    SetRole { member_id: MemberId, role: Role },
    /// Removes a member. Only for admins.
    Remove { member_id: MemberId },
    /// Leaves the workspace.
    Leave,
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet, account_id: AccountId) {
        match self {
            Self::Join { invite_id, .. } => {
                reads.invites.insert(*invite_id);
                reads.joining.insert(account_id);
            }
            Self::Update { avatar: Some(Some(avatar_id)), .. } => {
                reads.files.insert(*avatar_id);
            }
            _ => {}
        }
    }

    /// Decides the command against the facts.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` (handle taken, last owner), `BAD_USER_INPUT`.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        match self {
            Self::Join { invite_id, secret_hash, handle, name, member_id } => {
                require_usable(facts, *invite_id, secret_hash, account)?;
                join(workspace, account, *invite_id, handle.as_deref(), name, *member_id)
            }
            Self::Update { handle, name, avatar } => {
                let me = require_member(workspace, account)?;
                update(workspace, facts, me, handle.as_deref(), name.as_deref(), *avatar)
            }
            Self::SetRole { member_id, role } => {
                set_role(workspace, require_member(workspace, account)?, *member_id, *role)
            }
            Self::Remove { member_id } => remove(workspace, require_member(workspace, account)?, *member_id),
            Self::Leave => {
                let me = require_member(workspace, account)?;
                require_another_owner(workspace, me)?;
                Ok(vec![Draft::by(me.id, Skeleton::MemberLeft { member_id: me.id }, Body::default())])
            }
        }
    }
}

fn join(
    workspace: &Workspace,
    account_id: AccountId,
    invite_id: InviteId,
    handle: Option<&str>,
    name: &str,
    new_id: MemberId,
) -> Result<Vec<Draft>> {
    let previous = workspace.member_of(account_id);
    if previous.is_some_and(|member| member.active) {
        return Ok(Vec::new());
    }
    let member_id = previous.map_or(new_id, |member| member.id);
    let handle = match handle {
        Some(handle) => require_free_handle(workspace, handle, Some(member_id))?,
        None => numbered_handle(workspace, name, member_id),
    };
    let joined = Skeleton::MemberJoined {
        member_id,
        account_id,
        role: Role::Member,
        invite_id: Some(invite_id),
        avatar_id: previous.and_then(|member| member.avatar_id),
    };
    let body = Body { handle: Some(handle), name: Some(name.to_owned()), ..Body::default() };
    let mut drafts = vec![Draft::by(member_id, joined, body)];
    let first = workspace.public_channel(FIRST_CHANNEL).and_then(|id| workspace.channel(id));
    if let Some(channel) = first {
        let skeleton = Skeleton::ChannelJoined {
            channel_id: channel.id,
            channel_kind: channel.kind,
            member_id,
            created_at: channel.created_at,
            quiet: channel.members.len() > QUIET_MEMBERSHIP_THRESHOLD,
        };
        let body = Body { name: Some(channel.name.clone()), topic: Some(channel.topic.clone()), ..Body::default() };
        drafts.push(Draft::by(member_id, skeleton, body));
    }
    Ok(drafts)
}

/// Validates a requested handle that no other member has and that is not confusable with another member's. `me` may
/// keep their handle or change its spelling.
fn require_free_handle(workspace: &Workspace, wanted: &str, me: Option<MemberId>) -> Result<String> {
    let handle = text::handle("handle", wanted, super::HANDLE_MAX)?;
    let owner = workspace.handle(&handle);
    if owner.is_some() && owner == me {
        return Ok(handle);
    }
    if owner.is_some() {
        return Err(Error::Conflict("The handle is taken. Choose another one.".into()));
    }
    if workspace.has_look_alike(&handle, me) {
        return Err(Error::Conflict("The handle resembles the handle of another member. Choose another one.".into()));
    }
    Ok(handle)
}

/// Derives an unused handle for `me` from a name, with a numeric suffix if necessary.
fn numbered_handle(workspace: &Workspace, name: &str, me: MemberId) -> String {
    let base = text::handle_from(name, super::HANDLE_MAX);
    let is_none = |handle: &str| text::handle("handle", handle, super::HANDLE_MAX).is_err();
    let taken = |handle: &str| workspace.has_look_alike(handle, Some(me)) || is_none(handle);
    numbering::unused_handle(&base, super::HANDLE_MAX, taken)
}

fn update(
    workspace: &Workspace,
    facts: &Facts,
    me: &Member,
    handle: Option<&str>,
    name: Option<&str>,
    avatar: Option<Option<FileId>>,
) -> Result<Vec<Draft>> {
    let handle = match handle {
        Some(wanted) if text::handle("handle", wanted, super::HANDLE_MAX)? != me.handle => {
            require_free_handle(workspace, wanted, Some(me.id))?
        }
        _ => me.handle.clone(),
    };
    let name = name.unwrap_or(&me.name).to_owned();
    let avatar_id = avatar.unwrap_or(me.avatar_id);
    if handle == me.handle && name == me.name && avatar_id == me.avatar_id {
        return Ok(Vec::new());
    }
    let mut drafts = vec![updated(me.id, me, me.role, avatar_id, handle, name)];
    if avatar_id != me.avatar_id {
        if let Some(new) = avatar_id {
            require_unused_picture(facts, me, "avatarId", new)?;
        }
        drafts.extend(me.avatar_id.map(|old| removal(me.id, old, None)));
    }
    Ok(drafts)
}

fn set_role(workspace: &Workspace, me: &Member, member_id: MemberId, role: Role) -> Result<Vec<Draft>> {
    let member = workspace.member(member_id).filter(|member| member.active).ok_or(Error::NotFound("member"))?;
    if me.role != Role::Owner {
        return Err(Error::Forbidden("Only owners can change roles."));
    }
    if member.role == role {
        return Ok(Vec::new());
    }
    require_another_owner(workspace, member)?;
    Ok(vec![updated(me.id, member, role, member.avatar_id, member.handle.clone(), member.name.clone())])
}

fn updated(
    actor: MemberId,
    member: &Member,
    role: Role,
    avatar_id: Option<FileId>,
    handle: String,
    name: String,
) -> Draft {
    let body = Body { handle: Some(handle), name: Some(name), ..Body::default() };
    Draft::by(actor, Skeleton::MemberUpdated { member_id: member.id, role, avatar_id }, body)
}

fn remove(workspace: &Workspace, me: &Member, member_id: MemberId) -> Result<Vec<Draft>> {
    let member = workspace.member(member_id).filter(|member| member.active).ok_or(Error::NotFound("member"))?;
    if me.role < Role::Admin || me.role < member.role {
        return Err(Error::Forbidden("Only owners and admins can remove members, and only owners can remove owners."));
    }
    require_another_owner(workspace, member)?;
    Ok(vec![Draft::by(me.id, Skeleton::MemberLeft { member_id }, Body::default())])
}

fn require_another_owner(workspace: &Workspace, leaving: &Member) -> Result<()> {
    let another =
        || workspace.members().any(|other| other.active && other.role == Role::Owner && other.id != leaving.id);
    if leaving.role == Role::Owner && !another() {
        let why = "A workspace must have at least one owner. Give another member the role OWNER first.";
        return Err(Error::Conflict(why.into()));
    }
    Ok(())
}
