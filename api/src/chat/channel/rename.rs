//! Renaming a channel.

use serde::Serialize;

use super::access::{require_free_name, require_manageable, require_not_archived};
use super::change::updated;
use super::form::parse_name;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::workspace::state::Workspace;

/// Renames a public or private channel. Only for its creator, owners and admins.
#[derive(Debug, Serialize)]
pub struct RenameChannel {
    channel_id: ChannelId,
    /// Normalized. Unique among public channels.
    name: String,
}

impl RenameChannel {
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid name.
    pub fn new(channel_id: ChannelId, name: &str) -> Result<Self> {
        Ok(Self { channel_id, name: parse_name(name)? })
    }
}

impl Command for RenameChannel {
    fn name(&self) -> &'static str {
        "channel.rename"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if the channel is archived or the name is taken.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_manageable(workspace, me, self.channel_id)?;
        require_not_archived(channel)?;
        require_free_name(workspace, channel.kind, &self.name, Some(channel.id))?;
        Ok(updated(me.id, channel, |channel| channel.name.clone_from(&self.name)))
    }
}
