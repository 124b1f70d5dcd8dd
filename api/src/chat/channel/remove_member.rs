//! Removing a member from a channel.

use serde::Serialize;

use super::access::require_joined;
use super::membership::{left, require_not_direct};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::member::Role;
use crate::model::workspace::state::Workspace;

/// Removes another member from a channel. Only for admins who have joined it.
#[derive(Debug, Serialize)]
pub struct RemoveChannelMember {
    pub channel_id: ChannelId,
    pub member_id: MemberId,
}

impl Command for RemoveChannelMember {
    fn name(&self) -> &'static str {
        "channel.remove_member"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `BAD_USER_INPUT` for the acting member.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_joined(workspace, me, self.channel_id)?;
        require_not_direct(channel)?;
        if me.role < Role::Admin {
            return Err(Error::Forbidden(
                Reason::RoleRequired,
                "Only owners and admins can remove members from a channel.",
            ));
        }
        if me.id == self.member_id {
            return Err(Error::invalid("memberId", "You cannot remove yourself. Use leaveChannel."));
        }
        let member = workspace.member(self.member_id).ok_or(Error::NotFound("member"))?;
        Ok(left(me.id, channel, member))
    }
}
