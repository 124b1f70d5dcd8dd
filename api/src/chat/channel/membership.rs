//! Joining and leaving channels: the events and their conditions, for the member's own and for others' memberships.

use super::limits::require_below_limit;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{ChannelId, MemberId};
use crate::log::Draft;
use crate::model::channel::{ChannelKind, QUIET_MEMBERSHIP_THRESHOLD};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::{Channel, Member, Workspace};

/// Requires that no channel has this id.
///
/// # Errors
/// `CONFLICT`.
pub fn require_unused_id(workspace: &Workspace, id: ChannelId) -> Result<()> {
    match workspace.channel(id) {
        None => Ok(()),
        Some(_) => Err(Error::id_taken()),
    }
}

/// Requires that the members of the channel can change.
///
/// # Errors
/// `FORBIDDEN` for a direct channel.
pub fn require_not_direct(channel: &Channel) -> Result<()> {
    match channel.kind {
        ChannelKind::Direct => Err(Error::Forbidden(
            Reason::DirectChannel,
            "The members of a direct channel cannot be changed. Open another direct channel.",
        )),
        ChannelKind::Public | ChannelKind::Private => Ok(()),
    }
}

/// Requires that all of them are active members of the workspace.
///
/// # Errors
/// `NOT_FOUND`.
pub fn require_active_members(workspace: &Workspace, ids: &[MemberId]) -> Result<()> {
    let known = |id: &MemberId| workspace.member(*id).is_some_and(|member| member.active);
    ids.iter().all(known).then_some(()).ok_or(Error::NotFound("member"))
}

/// Returns the founding members of a channel: the acting member and these active members, sorted and without
/// duplicates.
///
/// # Errors
/// `NOT_FOUND`.
pub fn founders(workspace: &Workspace, me: &Member, others: &[MemberId]) -> Result<Vec<MemberId>> {
    require_active_members(workspace, others)?;
    Ok(sorted(others.iter().copied().chain([me.id])))
}

/// Returns these members, sorted and without duplicates.
pub fn sorted(ids: impl Iterator<Item = MemberId>) -> Vec<MemberId> {
    let mut ids: Vec<MemberId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Drafts the joining of the given members who are not in the channel yet.
///
/// # Errors
/// `CONFLICT` at a limit.
pub fn join_all(workspace: &Workspace, me: &Member, channel: &Channel, ids: &[MemberId]) -> Result<Vec<Draft>> {
    let is_new = |id: &MemberId| workspace.member(*id).is_some_and(|member| !workspace.is_in(member, channel));
    let ids = sorted(ids.iter().copied().filter(is_new));
    require_below_limit(workspace, me, &ids)?;
    Ok(ids.into_iter().map(|member_id| joined(me.id, channel, member_id)).collect())
}

/// Drafts the joining of a member.
pub fn joined(actor: MemberId, channel: &Channel, member_id: MemberId) -> Draft {
    let skeleton = Skeleton::ChannelJoined {
        channel_id: channel.id,
        channel_kind: channel.kind,
        member_id,
        created_at: channel.created_at,
        quiet: is_quiet(channel),
    };
    let body = Body { name: Some(channel.name.clone()), topic: Some(channel.topic.clone()), ..Body::default() };
    Draft::by(actor, skeleton, body)
}

/// Drafts the leaving of a member, if they are in the channel.
pub fn left(actor: MemberId, channel: &Channel, member: &Member) -> Vec<Draft> {
    if !channel.members.contains(member.number) {
        return Vec::new();
    }
    let skeleton = Skeleton::ChannelLeft { channel_id: channel.id, member_id: member.id, quiet: is_quiet(channel) };
    vec![Draft::by(actor, skeleton, Body::default())]
}

fn is_quiet(channel: &Channel) -> bool {
    channel.members.len() > QUIET_MEMBERSHIP_THRESHOLD
}
