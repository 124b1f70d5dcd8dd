//! Opening a direct channel.

use serde::Serialize;

use super::form::require_max_members;
use super::limits::require_below_limit;
use super::membership::{founders, require_unused_id, sorted};
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::channel::{ChannelKind, MAX_DIRECT_MEMBERS};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Opens the direct channel of the acting member and others. A set of members has exactly one.
#[derive(Debug, Serialize)]
pub struct OpenDirect {
    /// The id of the channel, unless the members already have one.
    channel_id: ChannelId,
    /// Active members, sorted and without duplicates. With the acting member at most [`MAX_DIRECT_MEMBERS`].
    member_ids: Vec<MemberId>,
}

impl OpenDirect {
    /// # Errors
    /// `BAD_USER_INPUT` for no or too many members.
    pub fn new(channel_id: ChannelId, member_ids: Vec<MemberId>) -> Result<Self> {
        let member_ids = sorted(member_ids.into_iter());
        if member_ids.is_empty() {
            return Err(Error::invalid("memberIds", "At least one member is required."));
        }
        require_max_members(&member_ids, MAX_DIRECT_MEMBERS)?;
        Ok(Self { channel_id, member_ids })
    }
}

impl Command for OpenDirect {
    fn name(&self) -> &'static str {
        "channel.open_direct"
    }

    /// # Errors
    /// `NOT_FOUND` for unknown members, `BAD_USER_INPUT` for too many, `CONFLICT` if the id is taken or a limit is
    /// reached.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
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
        require_below_limit(workspace, me, &member_ids)?;
        let channel_kind = ChannelKind::Direct;
        let skeleton = Skeleton::ChannelCreated { channel_id: self.channel_id, channel_kind, member_ids };
        Ok(vec![Draft::by(me.id, skeleton, Body::default())])
    }
}

/// Returns the direct channel of an account's member and others, after the command.
///
/// # Errors
/// `NOT_FOUND`.
pub fn find(workspace: &Workspace, account_id: AccountId, others: &[MemberId]) -> Result<ChannelId> {
    let me = require_member(workspace, account_id)?.id;
    workspace.direct(&sorted(others.iter().copied().chain([me]))).ok_or(Error::NotFound("channel"))
}
