//! Removing a reaction.

use serde::Serialize;

use super::access::find;
use super::form::parse_emoji;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, MessageId};
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Removes the acting member's reaction from a message.
#[derive(Debug, Serialize)]
pub struct RemoveReaction {
    message_id: MessageId,
    /// A Unicode emoji or the `:name:` of a custom emoji, in its normal [`form`](super::form).
    emoji: String,
}

impl RemoveReaction {
    /// # Errors
    /// `BAD_USER_INPUT` unless it is one emoji.
    pub fn new(message_id: MessageId, emoji: &str) -> Result<Self> {
        Ok(Self { message_id, emoji: parse_emoji(emoji)? })
    }
}

impl Command for RemoveReaction {
    fn name(&self) -> &'static str {
        "reaction.remove"
    }

    fn add_reads(&self, account_id: AccountId, reads: &mut ReadSet) {
        reads.messages.insert(self.message_id);
        reads.reactions.insert(self.message_id, &self.emoji, account_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let (channel_id, reactions) = find(workspace, facts, me, self.message_id)?;
        if !reactions.is_some_and(|all| all.has(&self.emoji, me.id)) {
            return Ok(Vec::new());
        }
        let emoji = self.emoji.clone();
        let skeleton = Skeleton::ReactionRemoved { message_id: self.message_id, channel_id, emoji };
        Ok(vec![Draft::by(me.id, skeleton, Body::default())])
    }
}
