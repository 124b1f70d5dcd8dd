//! Creating a public or private channel.

use serde::Serialize;

use super::access::require_free_name;
use super::limits::{require_below_limit, require_can_create};
use super::membership::{founders, require_unused_id};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::channel::{ChannelKind, ChannelLimits, LIMITS};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Creates a public or private channel with the acting member and others.
#[derive(Debug, Serialize)]
pub struct CreateChannel {
    pub channel_id: ChannelId,
    /// Not [`ChannelKind::Direct`].
    pub kind: ChannelKind,
    /// 1 to [`MAX_NAME_CHARS`](crate::model::workspace::MAX_NAME_CHARS) characters. Unique among public channels.
    pub name: String,
    /// At most [`MAX_TOPIC_CHARS`](crate::model::channel::MAX_TOPIC_CHARS) characters.
    pub topic: String,
    /// Active members, at most [`MAX_ADDED_MEMBERS`](crate::model::channel::MAX_ADDED_MEMBERS).
    pub member_ids: Vec<MemberId>,
}

impl Command for CreateChannel {
    fn name(&self) -> &'static str {
        "channel.create"
    }

    /// # Errors
    /// `NOT_FOUND` for unknown members, `CONFLICT` if the id or the name is taken or a limit is reached.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        self.decide_within(account_id, workspace, LIMITS)
    }
}

impl CreateChannel {
    pub(super) fn decide_within(
        &self,
        account_id: AccountId,
        workspace: &Workspace,
        limits: ChannelLimits,
    ) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        require_unused_id(workspace, self.channel_id)?;
        require_free_name(workspace, self.kind, &self.name, None)?;
        require_can_create(workspace, me, limits)?;
        let member_ids = founders(workspace, me, &self.member_ids)?;
        require_below_limit(workspace, me, &member_ids, limits)?;
        let skeleton = Skeleton::ChannelCreated { channel_id: self.channel_id, channel_kind: self.kind, member_ids };
        let body = Body { name: Some(self.name.clone()), topic: Some(self.topic.clone()), ..Body::default() };
        Ok(vec![Draft::by(me.id, skeleton, body)])
    }
}
