//! Opening a direct channel.

use serde::Serialize;

use super::limits::require_below_limit;
use super::membership::{founders, require_unused_id};
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::channel::{ChannelKind, ChannelLimits, LIMITS, MAX_DIRECT_MEMBERS};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Opens the direct channel of the acting member and others. A set of members has exactly one.
#[derive(Debug, Serialize)]
pub struct OpenDirect {
    /// The id of the channel, unless the members already have one.
    pub channel_id: ChannelId,
    /// Active members. With the acting member at most [`MAX_DIRECT_MEMBERS`].
    pub member_ids: Vec<MemberId>,
}

impl Command for OpenDirect {
    fn name(&self) -> &'static str {
        "channel.open_direct"
    }

    /// # Errors
    /// `NOT_FOUND` for unknown members, `BAD_USER_INPUT` for too many, `CONFLICT` if the id is taken or a limit is
    /// reached.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        self.decide_within(account_id, workspace, LIMITS)
    }
}

impl OpenDirect {
    pub(super) fn decide_within(
        &self,
        account_id: AccountId,
        workspace: &Workspace,
        limits: ChannelLimits,
    ) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let member_ids = founders(workspace, me, &self.member_ids)?;
        if member_ids.len() > MAX_DIRECT_MEMBERS {
            let why = format!("Too many members: a direct channel has at most {MAX_DIRECT_MEMBERS}, including you.");
            return Err(Error::invalid("memberIds", why));
        }
        if workspace.direct(&member_ids).is_some() {
            return Ok(Vec::new());
        }
        require_unused_id(workspace, self.channel_id)?;
        require_below_limit(workspace, me, &member_ids, limits)?;
        let channel_kind = ChannelKind::Direct;
        let skeleton = Skeleton::ChannelCreated { channel_id: self.channel_id, channel_kind, member_ids };
        Ok(vec![Draft::by(me.id, skeleton, Body::default())])
    }
}
