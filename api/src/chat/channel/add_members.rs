//! Adding members to a channel.

use serde::Serialize;

use super::access::require_writable;
use super::form::require_max_members;
use super::membership::{join_all, require_active_members, require_not_direct};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::channel::MAX_ADDED_MEMBERS;
use crate::model::workspace::state::Workspace;

/// Adds members to a channel that the acting member has joined.
#[derive(Debug, Serialize)]
pub struct AddChannelMembers {
    channel_id: ChannelId,
    /// Active members, at most [`MAX_ADDED_MEMBERS`].
    member_ids: Vec<MemberId>,
}

impl AddChannelMembers {
    /// # Errors
    /// `BAD_USER_INPUT` for too many members.
    pub fn new(channel_id: ChannelId, member_ids: Vec<MemberId>) -> Result<Self> {
        require_max_members(&member_ids, MAX_ADDED_MEMBERS)?;
        Ok(Self { channel_id, member_ids })
    }
}

impl Command for AddChannelMembers {
    fn name(&self) -> &'static str {
        "channel.add_members"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` at a limit or if the channel is archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_writable(workspace, me, self.channel_id)?;
        require_not_direct(channel)?;
        require_active_members(workspace, &self.member_ids)?;
        join_all(workspace, me, channel, &self.member_ids)
    }
}
