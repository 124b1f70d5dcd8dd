//! Which channels a member may read and write.

use std::sync::Arc;

use crate::ground::error::{Error, Result};
use crate::ground::id::ChannelId;
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
    let not_in = Error::Forbidden("You are not a member of this channel. Join it first.");
    workspace.is_in(me, channel).then_some(&**channel).ok_or(not_in)
}
