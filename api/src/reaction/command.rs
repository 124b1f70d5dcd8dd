//! Commands on reactions.

use serde::Serialize;

use super::EMOJI_MAX;
use crate::channel::command::entered;
use crate::emoji::named;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, MessageId};
use crate::log::command::acting;
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};
use crate::message::command::visible;
use crate::workspace::state::Workspace;

/// What can be wanted of reactions. The emoji was checked before.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Add { message_id: MessageId, emoji: String },
    Remove { message_id: MessageId, emoji: String },
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants, account_id: AccountId) {
        let (Self::Add { message_id, emoji } | Self::Remove { message_id, emoji }) = self;
        wants.messages.insert(*message_id);
        wants.reactions.want(*message_id, emoji, account_id);
    }

    /// Decides. What is so already does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` for a message that the member may not know of, `FORBIDDEN`, `CONFLICT` at the limit.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = acting(workspace, account)?;
        let (Self::Add { message_id, emoji } | Self::Remove { message_id, emoji }) = self;
        let fact = visible(workspace, facts, me, *message_id)?;
        entered(workspace, me, fact.channel_id)?;
        let reactions = facts.reactions.get(message_id);
        let has = reactions.is_some_and(|all| all.has(emoji, me.id));
        let skeleton = match self {
            Self::Add { .. } if has => return Ok(Vec::new()),
            Self::Add { .. } if named(emoji).is_some_and(|name| workspace.emoji_named(name).is_none()) => {
                return Err(Error::NotFound("emoji"));
            }
            Self::Add { .. } => {
                if reactions.is_some_and(|all| all.beside(emoji) >= EMOJI_MAX) {
                    return Err(Error::Conflict(format!("A message carries at most {EMOJI_MAX} different reactions.")));
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
