//! Leaving a channel.

use serde::Serialize;

use super::access::require_readable;
use super::membership::{left, require_not_direct};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::workspace::state::Workspace;

/// Removes the acting member from a channel.
#[derive(Debug, Serialize)]
pub struct LeaveChannel {
    pub channel_id: ChannelId,
}

impl Command for LeaveChannel {
    fn name(&self) -> &'static str {
        "channel.leave"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN` for a direct channel.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_readable(workspace, me, self.channel_id)?;
        require_not_direct(channel)?;
        Ok(left(me.id, channel, me))
    }
}
