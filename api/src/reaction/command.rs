//! Commands on reactions.

use serde::Serialize;

use super::EMOJI_MAX;
use crate::channel::command::require_joined;
use crate::emoji::parse_shortcode;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, MessageId};
use crate::log::command::require_member;
use crate::log::facts::ReadSet;
use crate::log::{Draft, Facts};
use crate::message::command::require_visible;
use crate::workspace::state::Workspace;

/// A command on reactions. The emoji is already validated.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Add { message_id: MessageId, emoji: String },
    Remove { message_id: MessageId, emoji: String },
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet, account_id: AccountId) {
        let (Self::Add { message_id, emoji } | Self::Remove { message_id, emoji }) = self;
        reads.messages.insert(*message_id);
        reads.reactions.insert(*message_id, emoji, account_id);
    }

    /// Decides the command. A command whose effect is already in place yields no events.
    ///
    /// # Errors
    /// `NOT_FOUND` for a message that is not visible to the member, `FORBIDDEN`, `CONFLICT` at the limit.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account)?;
        let (Self::Add { message_id, emoji } | Self::Remove { message_id, emoji }) = self;
        let fact = require_visible(workspace, facts, me, *message_id)?;
        require_joined(workspace, me, fact.channel_id)?;
        let reactions = facts.reactions.get(message_id);
        let has = reactions.is_some_and(|all| all.has(emoji, me.id));
        let skeleton = match self {
            Self::Add { .. } if has => return Ok(Vec::new()),
            Self::Add { .. } if parse_shortcode(emoji).is_some_and(|name| workspace.emoji_named(name).is_none()) => {
                return Err(Error::NotFound("emoji"));
            }
            Self::Add { .. } => {
                if reactions.is_some_and(|all| all.distinct_others(emoji) >= EMOJI_MAX) {
                    let why = format!("Reaction limit reached: {EMOJI_MAX} different reactions per message.");
                    return Err(Error::Conflict(why));
                }
                Skeleton::ReactionAdded { message_id: *message_id, channel_id: fact.channel_id, emoji: emoji.clone() }
            }
            Self::Remove { .. } if !has => return Ok(Vec::new()),
            Self::Remove { .. } => {
                Skeleton::ReactionRemoved { message_id: *message_id, channel_id: fact.channel_id, emoji: emoji.clone() }
            }
        };
        Ok(vec![Draft::by(me.id, skeleton, Body::default())])
    }
}
