//! Restoring an archived channel.

use serde::Serialize;

use super::access::require_manageable;
use super::change::updated;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::workspace::state::Workspace;

/// Makes an archived channel writable again for its members. Only for its creator, owners and admins.
#[derive(Debug, Serialize)]
pub struct UnarchiveChannel {
    pub channel_id: ChannelId,
}

impl Command for UnarchiveChannel {
    fn name(&self) -> &'static str {
        "channel.unarchive"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_manageable(workspace, me, self.channel_id)?;
        Ok(updated(me.id, channel, |channel| channel.archived_at = None))
    }
}
