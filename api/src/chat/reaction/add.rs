//! Adding a reaction.

use serde::Serialize;

use super::access::find;
use super::form::parse_emoji;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, MessageId};
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::emoji::parse_shortcode;
use crate::model::event::{Body, Skeleton};
use crate::model::reaction::MAX_DISTINCT_EMOJI;
use crate::model::workspace::state::Workspace;

/// Adds the acting member's reaction to a message.
#[derive(Debug, Serialize)]
pub struct AddReaction {
    message_id: MessageId,
    /// A Unicode emoji or the `:name:` of a custom emoji, in its normal [`form`](super::form).
    emoji: String,
}

impl AddReaction {
    /// # Errors
    /// `BAD_USER_INPUT` unless it is one emoji.
    pub fn new(message_id: MessageId, emoji: &str) -> Result<Self> {
        Ok(Self { message_id, emoji: parse_emoji(emoji)? })
    }
}

impl Command for AddReaction {
    fn name(&self) -> &'static str {
        "reaction.add"
    }

    fn add_reads(&self, account_id: AccountId, reads: &mut ReadSet) {
        reads.messages.insert(self.message_id);
        reads.reactions.insert(self.message_id, &self.emoji, account_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` at the limit.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let (channel_id, reactions) = find(workspace, facts, me, self.message_id)?;
        if reactions.is_some_and(|all| all.has(&self.emoji, me.id)) {
            return Ok(Vec::new());
        }
        if parse_shortcode(&self.emoji).is_some_and(|name| workspace.emoji_named(name).is_none()) {
            return Err(Error::NotFound("emoji"));
        }
        if reactions.is_some_and(|all| all.distinct_others(&self.emoji) >= MAX_DISTINCT_EMOJI) {
            let why = format!("Reaction limit reached: {MAX_DISTINCT_EMOJI} different reactions per message.");
            return Err(Error::Conflict(Reason::ReactionLimit, why));
        }
        let emoji = self.emoji.clone();
        let skeleton = Skeleton::ReactionAdded { message_id: self.message_id, channel_id, emoji };
        Ok(vec![Draft::by(me.id, skeleton, Body::default())])
    }
}
