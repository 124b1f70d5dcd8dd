//! Which channels a member may read, write and manage, and which names are free.

use std::sync::Arc;

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::ChannelId;
use crate::model::channel::ChannelKind;
use crate::model::member::Role;
use crate::model::workspace::state::{Channel, Member, Workspace};

/// Returns the channel, if the member may read it.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn require_readable<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Arc<Channel>> {
    let channel = workspace.channel(id).filter(|channel| workspace.may_read(me, channel));
    channel.ok_or(Error::NotFound("channel"))
}

/// Returns the channel, if the member has joined it.
///
/// # Errors
/// `NOT_FOUND` if it is not visible to the member, `FORBIDDEN` if they can join but have not.
pub fn require_joined<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Channel> {
    let channel = require_readable(workspace, me, id)?;
    let not_in = Error::Forbidden(Reason::NotInChannel, "You are not a member of this channel. Join it first.");
    workspace.is_in(me, channel).then_some(&**channel).ok_or(not_in)
}

/// Returns the channel, if the member has joined it and it is not archived. Everything that changes the content of a
/// channel requires it.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if it is archived.
pub fn require_writable<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Channel> {
    require_not_archived(require_readable(workspace, me, id)?)?;
    require_joined(workspace, me, id)
}

/// Requires that a channel is not archived.
///
/// # Errors
/// `CONFLICT`.
pub fn require_not_archived(channel: &Channel) -> Result<()> {
    match channel.archived_at {
        None => Ok(()),
        Some(_) => Err(Error::Conflict(Reason::ChannelArchived, "The channel is archived.".into())),
    }
}

/// Returns the channel, if the member may rename, archive and unarchive it: its creator, owners and admins, if they may
/// read it.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`, also for a direct channel.
pub fn require_manageable<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Channel> {
    let channel = require_readable(workspace, me, id)?;
    require_named(channel)?;
    if channel.creator_id != me.id && me.role < Role::Admin {
        return Err(Error::Forbidden(
            Reason::NotCreator,
            "Only the creator of the channel, owners and admins can do this.",
        ));
    }
    Ok(&**channel)
}

/// Requires a public or private channel.
///
/// # Errors
/// `FORBIDDEN` for a direct channel.
pub fn require_named(channel: &Channel) -> Result<()> {
    match channel.kind {
        ChannelKind::Public | ChannelKind::Private => Ok(()),
        ChannelKind::Direct => Err(Error::Forbidden(
            Reason::DirectChannel,
            "A direct channel has no name and no topic, and cannot be archived.",
        )),
    }
}

/// Requires that a channel of this kind may have a name: names of public channels are unique, archived ones included.
/// `own` is the channel that may keep its name.
///
/// # Errors
/// `CONFLICT`.
pub fn require_free_name(workspace: &Workspace, kind: ChannelKind, name: &str, own: Option<ChannelId>) -> Result<()> {
    let is_taken = || workspace.public_channel(name).is_some_and(|other| Some(other) != own);
    if kind == ChannelKind::Public && is_taken() {
        return Err(Error::Conflict(Reason::ChannelNameTaken, "A channel with this name already exists.".into()));
    }
    Ok(())
}
