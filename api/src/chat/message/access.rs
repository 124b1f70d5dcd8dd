//! Which messages a member may act on, and what they may write.

use crate::chat::channel::access::require_readable;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::MessageId;
use crate::ground::text;
use crate::log::Facts;
use crate::log::facts::messages::MessageFact;
use crate::model::channel::ChannelKind;
use crate::model::member::Role;
use crate::model::message::CHANNEL_MENTION_CONFIRM_THRESHOLD;
use crate::model::workspace::ChannelMentions;
use crate::model::workspace::state::{Channel, Member, Workspace};

/// Returns a message that is not deleted and that the member may read.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn require_visible<'a>(
    workspace: &Workspace,
    facts: &'a Facts,
    me: &Member,
    id: MessageId,
) -> Result<&'a MessageFact> {
    let fact = facts.messages.get(&id).filter(|fact| !fact.deleted).ok_or(Error::NotFound("message"))?;
    require_readable(workspace, me, fact.channel_id).map_err(|_| Error::NotFound("message"))?;
    Ok(fact)
}

/// Requires that the text of a message without files has visible characters.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn require_visible_text(text: &str) -> Result<()> {
    let empty = "The message is empty. Enter text or attach a file.";
    text::is_visible(text).then_some(()).ok_or_else(|| Error::invalid("text", empty))
}

/// Requires that a member may mention a whole channel, and has confirmed it for a large one.
///
/// # Errors
/// `FORBIDDEN` if only admins may, `BAD_USER_INPUT` without confirmation in a large channel.
pub fn require_channel_mention_allowed(
    workspace: &Workspace,
    me: &Member,
    channel: &Channel,
    is_confirmed: bool,
) -> Result<()> {
    if channel.kind == ChannelKind::Direct {
        return Ok(());
    }
    if workspace.channel_mentions == ChannelMentions::Admins && me.role < Role::Admin {
        return Err(Error::Forbidden(
            Reason::ChannelMentionRestricted,
            "Only owners and admins can mention a whole channel in this workspace.",
        ));
    }
    let people = channel.members.len();
    if people > CHANNEL_MENTION_CONFIRM_THRESHOLD && !is_confirmed {
        let why = format!("The message mentions {people} members. Confirm with confirmChannelMention.");
        let reason = Some(Reason::ChannelMentionUnconfirmed);
        return Err(Error::Invalid { field: "confirmChannelMention", why, reason });
    }
    Ok(())
}
