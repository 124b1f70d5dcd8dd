//! Creating a public or private channel.

use serde::Serialize;

use super::access::require_free_name;
use super::form::{parse_name, parse_topic, require_max_members};
use super::limits::{require_below_limit, require_can_create};
use super::membership::{founders, require_unused_id};
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::channel::{ChannelKind, MAX_ADDED_MEMBERS};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Creates a public or private channel with the acting member and others.
#[derive(Debug, Serialize)]
pub struct CreateChannel {
    channel_id: ChannelId,
    /// Not [`ChannelKind::Direct`].
    kind: ChannelKind,
    /// Normalized. Unique among public channels.
    name: String,
    topic: String,
    /// Active members, at most [`MAX_ADDED_MEMBERS`].
    member_ids: Vec<MemberId>,
}

impl CreateChannel {
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid name or topic, a direct channel or too many members.
    pub fn new(
        channel_id: ChannelId,
        kind: ChannelKind,
        name: &str,
        topic: &str,
        member_ids: Vec<MemberId>,
    ) -> Result<Self> {
        if kind == ChannelKind::Direct {
            return Err(Error::invalid("kind", "createChannel does not support DIRECT. Use openDirect."));
        }
        require_max_members(&member_ids, MAX_ADDED_MEMBERS)?;
        Ok(Self { channel_id, kind, name: parse_name(name)?, topic: parse_topic(topic)?, member_ids })
    }
}

impl Command for CreateChannel {
    fn name(&self) -> &'static str {
        "channel.create"
    }

    /// # Errors
    /// `NOT_FOUND` for unknown members, `CONFLICT` if the id or the name is taken or a limit is reached.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        require_unused_id(workspace, self.channel_id)?;
        require_free_name(workspace, self.kind, &self.name, None)?;
        require_can_create(workspace, me)?;
        let member_ids = founders(workspace, me, &self.member_ids)?;
        require_below_limit(workspace, me, &member_ids)?;
        let skeleton = Skeleton::ChannelCreated { channel_id: self.channel_id, channel_kind: self.kind, member_ids };
        let body = Body { name: Some(self.name.clone()), topic: Some(self.topic.clone()), ..Body::default() };
        Ok(vec![Draft::by(me.id, skeleton, body)])
    }
}
