//! Setting the topic of a channel.

use serde::Serialize;

use super::access::{require_named, require_writable};
use super::change::updated;
use super::form::parse_topic;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::workspace::state::Workspace;

/// Sets the topic of a public or private channel that the acting member has joined.
#[derive(Debug, Serialize)]
pub struct SetChannelTopic {
    channel_id: ChannelId,
    /// Empty for none.
    topic: String,
}

impl SetChannelTopic {
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid topic.
    pub fn new(channel_id: ChannelId, topic: &str) -> Result<Self> {
        Ok(Self { channel_id, topic: parse_topic(topic)? })
    }
}

impl Command for SetChannelTopic {
    fn name(&self) -> &'static str {
        "channel.set_topic"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if the channel is archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_writable(workspace, me, self.channel_id)?;
        require_named(channel)?;
        Ok(updated(me.id, channel, |channel| channel.topic.clone_from(&self.topic)))
    }
}
