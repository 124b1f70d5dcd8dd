//! Commands on channels: create, open a direct one, join, leave, add, remove.

use serde::Serialize;

use super::{ChannelKind, DIRECT_MAX, QUIET_ABOVE};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, ChannelId, MemberId};
use crate::log::command::acting;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Channel, Member, Workspace};

/// What can be wanted of channels.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// A public or private channel; who creates it is in it, with these members.
    Create {
        channel_id: ChannelId,
        kind: ChannelKind,
        name: String,
        topic: String,
        member_ids: Vec<MemberId>,
    },
    /// The direct channel of the acting member and these; the same people share one.
    OpenDirect {
        channel_id: ChannelId,
        member_ids: Vec<MemberId>,
    },
    Join {
        channel_id: ChannelId,
    },
    Leave {
        channel_id: ChannelId,
    },
    Add {
        channel_id: ChannelId,
        member_ids: Vec<MemberId>,
    },
    Remove {
        channel_id: ChannelId,
        member_id: MemberId,
    },
}

impl Command {
    /// Decides. What is so already does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` for a channel that the member may not know of, `FORBIDDEN`, `CONFLICT`, `BAD_USER_INPUT`.
    pub fn decide(&self, workspace: &Workspace, _facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = acting(workspace, account)?;
        match self {
            Self::Create { channel_id, kind, name, topic, member_ids } => {
                free_id(workspace, *channel_id)?;
                if *kind == ChannelKind::Public && workspace.public_channel(name).is_some() {
                    return Err(Error::Conflict("There is a channel with this name already.".into()));
                }
                let member_ids = with(me, present(workspace, member_ids)?);
                let skeleton = Skeleton::ChannelCreated { channel_id: *channel_id, channel_kind: *kind, member_ids };
                let body = Body { name: Some(name.clone()), topic: Some(topic.clone()), ..Body::default() };
                Ok(vec![Draft::by(me.id, skeleton, body)])
            }
            Self::OpenDirect { channel_id, member_ids } => {
                let member_ids = with(me, present(workspace, member_ids)?);
                if member_ids.len() > DIRECT_MAX {
                    let why = format!("A direct channel has at most {DIRECT_MAX} people.");
                    return Err(Error::invalid("memberIds", why));
                }
                if workspace.direct(&member_ids).is_some() {
                    return Ok(Vec::new());
                }
                free_id(workspace, *channel_id)?;
                let channel_kind = ChannelKind::Direct;
                let skeleton = Skeleton::ChannelCreated { channel_id: *channel_id, channel_kind, member_ids };
                Ok(vec![Draft::by(me.id, skeleton, Body::default())])
            }
            Self::Join { channel_id } => {
                let channel = readable(workspace, me, *channel_id)?;
                Ok(joined(workspace, me, channel, &[me.id]))
            }
            Self::Leave { channel_id } => {
                let channel = readable(workspace, me, *channel_id)?;
                fixed(channel)?;
                Ok(left(me, channel, me))
            }
            Self::Add { channel_id, member_ids } => {
                let channel = entered(workspace, me, *channel_id)?;
                fixed(channel)?;
                Ok(joined(workspace, me, channel, &present(workspace, member_ids)?))
            }
            Self::Remove { channel_id, member_id } => {
                let channel = entered(workspace, me, *channel_id)?;
                fixed(channel)?;
                if me.role < Role::Admin {
                    return Err(Error::Forbidden("Only owners and admins remove people from a channel."));
                }
                if me.id == *member_id {
                    return Err(Error::invalid("memberId", "This is yourself. Leave the channel instead."));
                }
                let member = workspace.member(*member_id).ok_or(Error::NotFound("member"))?;
                Ok(left(me, channel, member))
            }
        }
    }
}

/// The channel, if the member may read it.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn readable<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Channel> {
    let channel = workspace.channel(id).filter(|channel| workspace.may_read(me, channel));
    channel.map(AsRef::as_ref).ok_or(Error::NotFound("channel"))
}

/// The channel, if the member is in it.
///
/// # Errors
/// `NOT_FOUND` if they may not know of it, `FORBIDDEN` if they could join but have not.
pub fn entered<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Channel> {
    let channel = readable(workspace, me, id)?;
    workspace.is_in(me, channel).then_some(channel).ok_or(Error::Forbidden("Join the channel first."))
}

fn free_id(workspace: &Workspace, id: ChannelId) -> Result<()> {
    match workspace.channel(id) {
        None => Ok(()),
        Some(_) => Err(Error::id_taken()),
    }
}

fn fixed(channel: &Channel) -> Result<()> {
    match channel.kind {
        ChannelKind::Direct => Err(Error::Forbidden("The people of a direct channel never change. Open another one.")),
        _ => Ok(()),
    }
}

/// All of them must be in the workspace.
fn present(workspace: &Workspace, ids: &[MemberId]) -> Result<Vec<MemberId>> {
    let known = |id: &MemberId| workspace.member(*id).is_some_and(|member| member.active);
    if !ids.iter().all(known) {
        return Err(Error::NotFound("member"));
    }
    Ok(ids.to_vec())
}

/// The acting member and the others, in ascending order, each once.
fn with(me: &Member, mut ids: Vec<MemberId>) -> Vec<MemberId> {
    ids.push(me.id);
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn joined(workspace: &Workspace, me: &Member, channel: &Channel, ids: &[MemberId]) -> Vec<Draft> {
    let quiet = channel.members.len() > QUIET_ABOVE;
    let new = |id: &&MemberId| workspace.member(**id).is_some_and(|member| !workspace.is_in(member, channel));
    let mut ids: Vec<MemberId> = ids.iter().filter(new).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .map(|member_id| {
            let skeleton = Skeleton::ChannelJoined {
                channel_id: channel.id,
                channel_kind: channel.kind,
                member_id,
                created_at: channel.created_at,
                quiet,
            };
            let body = Body { name: Some(channel.name.clone()), topic: Some(channel.topic.clone()), ..Body::default() };
            Draft::by(me.id, skeleton, body)
        })
        .collect()
}

fn left(me: &Member, channel: &Channel, member: &Member) -> Vec<Draft> {
    if !channel.members.contains(member.number) {
        return Vec::new();
    }
    let quiet = channel.members.len() > QUIET_ABOVE;
    let skeleton = Skeleton::ChannelLeft { channel_id: channel.id, member_id: member.id, quiet };
    vec![Draft::by(me.id, skeleton, Body::default())]
}
