//! Joining a public channel.

use serde::Serialize;

use super::access::{require_not_archived, require_readable};
use super::membership::join_all;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::workspace::state::Workspace;

/// Adds the acting member to a channel that they may read.
#[derive(Debug, Serialize)]
pub struct JoinChannel {
    pub channel_id: ChannelId,
}

impl Command for JoinChannel {
    fn name(&self) -> &'static str {
        "channel.join"
    }

    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` at a limit or if the channel is archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_readable(workspace, me, self.channel_id)?;
        if !workspace.is_in(me, channel) {
            require_not_archived(channel)?;
        }
        join_all(workspace, me, channel, &[me.id])
    }
}
