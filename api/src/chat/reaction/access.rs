//! Which messages a member may react to.

use crate::chat::channel::access::require_writable;
use crate::chat::message::access::require_visible;
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MessageId};
use crate::log::Facts;
use crate::log::facts::reactions::Reactions;
use crate::model::workspace::state::{Member, Workspace};

/// Returns the channel of a message that the member may react to, and the reactions on it.
///
/// # Errors
/// `NOT_FOUND` for a message that is not visible to the member, `FORBIDDEN` unless they are in its channel, `CONFLICT`
/// if it is archived.
pub fn find<'a>(
    workspace: &Workspace,
    facts: &'a Facts,
    me: &Member,
    message_id: MessageId,
) -> Result<(ChannelId, Option<&'a Reactions>)> {
    let fact = require_visible(workspace, facts, me, message_id)?;
    require_writable(workspace, me, fact.channel_id)?;
    Ok((fact.channel_id, facts.reactions.get(&message_id)))
}
