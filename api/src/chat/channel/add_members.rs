//! Adding members to a channel.

use serde::Serialize;

use super::access::require_writable;
use super::membership::{join_all, require_active_members, require_not_direct};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::channel::{ChannelLimits, LIMITS};
use crate::model::workspace::state::Workspace;

/// Adds members to a channel that the acting member has joined.
#[derive(Debug, Serialize)]
pub struct AddChannelMembers {
    pub channel_id: ChannelId,
    /// Active members, at most [`MAX_ADDED_MEMBERS`](crate::model::channel::MAX_ADDED_MEMBERS).
    pub member_ids: Vec<MemberId>,
}

impl Command for AddChannelMembers {
    fn name(&self) -> &'static str {
        "channel.add_members"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` at a limit or if the channel is archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        self.decide_within(account_id, workspace, LIMITS)
    }
}

impl AddChannelMembers {
    pub(super) fn decide_within(
        &self,
        account_id: AccountId,
        workspace: &Workspace,
        limits: ChannelLimits,
    ) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_writable(workspace, me, self.channel_id)?;
        require_not_direct(channel)?;
        require_active_members(workspace, &self.member_ids)?;
        join_all(workspace, me, channel, &self.member_ids, limits)
    }
}
