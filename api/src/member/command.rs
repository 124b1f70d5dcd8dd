//! Commands on members: join by invite, change, remove, leave.

use serde::Serialize;

use super::{Role, numbering};
use crate::channel::QUIET_ABOVE;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::file::command::{removed, unused_picture};
use crate::id::{AccountId, FileId, InviteId, MemberId};
use crate::invite::command::usable;
use crate::log::command::acting;
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};
use crate::text;
use crate::workspace::command::FIRST_CHANNEL;
use crate::workspace::state::{Member, Workspace};

/// What can be wanted of members.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Somebody joins by an invite.
    Join {
        invite_id: InviteId,
        secret_hash: Vec<u8>,
        /// The wanted handle; one made from the name otherwise.
        handle: Option<String>,
        name: String,
        #[serde(skip)]
        member_id: MemberId,
    },
    /// The member changes their handle, name or picture; what is `None` stays.
    Update {
        handle: Option<String>,
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        avatar: Option<Option<FileId>>,
    },
    /// An owner gives a role.
    SetRole { member_id: MemberId, role: Role },
    /// An admin removes somebody.
    Remove { member_id: MemberId },
    /// The member leaves.
    Leave,
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants, account_id: AccountId) {
        match self {
            Self::Join { invite_id, .. } => {
                wants.invites.insert(*invite_id);
                wants.joining.insert(account_id);
            }
            Self::Update { avatar: Some(Some(avatar_id)), .. } => {
                wants.files.insert(*avatar_id);
            }
            _ => {}
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` (handle taken, last owner), `BAD_USER_INPUT`.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        match self {
            Self::Join { invite_id, secret_hash, handle, name, member_id } => {
                usable(facts, *invite_id, secret_hash, account)?;
                join(workspace, account, *invite_id, handle.as_deref(), name, *member_id)
            }
            Self::Update { handle, name, avatar } => {
                let me = acting(workspace, account)?;
                update(workspace, facts, me, handle.as_deref(), name.as_deref(), *avatar)
            }
            Self::SetRole { member_id, role } => set_role(workspace, acting(workspace, account)?, *member_id, *role),
            Self::Remove { member_id } => remove(workspace, acting(workspace, account)?, *member_id),
            Self::Leave => {
                let me = acting(workspace, account)?;
                keep_an_owner(workspace, me)?;
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
    let known = workspace.member_of(account_id);
    if known.is_some_and(|member| member.active) {
        return Ok(Vec::new());
    }
    let member_id = known.map_or(new_id, |member| member.id);
    let handle = match handle {
        Some(handle) => free_handle(workspace, handle, Some(member_id))?,
        None => numbered_handle(workspace, name, member_id),
    };
    let joined = Skeleton::MemberJoined {
        member_id,
        account_id,
        role: Role::Member,
        invite_id: Some(invite_id),
        avatar_id: known.and_then(|member| member.avatar_id),
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
            quiet: channel.members.len() > QUIET_ABOVE,
        };
        let body = Body { name: Some(channel.name.clone()), topic: Some(channel.topic.clone()), ..Body::default() };
        drafts.push(Draft::by(member_id, skeleton, body));
    }
    Ok(drafts)
}

/// A handle that nobody else has, nor one that is taken for it. `me` keeps or respells their own.
fn free_handle(workspace: &Workspace, wanted: &str, me: Option<MemberId>) -> Result<String> {
    let handle = text::handle("handle", wanted, super::HANDLE_MAX)?;
    let owner = workspace.handle(&handle);
    if owner.is_some() && owner == me {
        return Ok(handle);
    }
    if owner.is_some() {
        return Err(Error::Conflict("Somebody in this workspace has this handle already.".into()));
    }
    if workspace.has_look_alike(&handle, me) {
        return Err(Error::Conflict("This handle looks like that of somebody in this workspace.".into()));
    }
    Ok(handle)
}

/// A handle made from a name, with a number that makes it free for `me`.
fn numbered_handle(workspace: &Workspace, name: &str, me: MemberId) -> String {
    let base = text::handle_from(name, super::HANDLE_MAX);
    let is_none = |handle: &str| text::handle("handle", handle, super::HANDLE_MAX).is_err();
    let taken = |handle: &str| workspace.has_look_alike(handle, Some(me)) || is_none(handle);
    numbering::free(&base, super::HANDLE_MAX, taken)
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
            free_handle(workspace, wanted, Some(me.id))?
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
            unused_picture(facts, me, "avatarId", new)?;
        }
        drafts.extend(me.avatar_id.map(|old| removed(me.id, old, None)));
    }
    Ok(drafts)
}

fn set_role(workspace: &Workspace, me: &Member, member_id: MemberId, role: Role) -> Result<Vec<Draft>> {
    let member = workspace.member(member_id).filter(|member| member.active).ok_or(Error::NotFound("member"))?;
    if me.role != Role::Owner {
        return Err(Error::Forbidden("Only an owner gives roles."));
    }
    if member.role == role {
        return Ok(Vec::new());
    }
    keep_an_owner(workspace, member)?;
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
        return Err(Error::Forbidden("Only an admin removes members, and only an owner removes an owner."));
    }
    keep_an_owner(workspace, member)?;
    Ok(vec![Draft::by(me.id, Skeleton::MemberLeft { member_id }, Body::default())])
}

fn keep_an_owner(workspace: &Workspace, going: &Member) -> Result<()> {
    let another = || workspace.members().any(|other| other.active && other.role == Role::Owner && other.id != going.id);
    if going.role == Role::Owner && !another() {
        return Err(Error::Conflict("A workspace keeps at least one owner. Make somebody else an owner first.".into()));
    }
    Ok(())
}
