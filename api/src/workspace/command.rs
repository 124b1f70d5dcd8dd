//! Commands on a workspace as a whole.

use serde::Serialize;

use super::state::Workspace;
use crate::channel::ChannelKind;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, ChannelId, MemberId};
use crate::log::Draft;
use crate::member::Role;

/// The channel that every workspace begins with.
pub const FIRST_CHANNEL: &str = "general";

/// What can be wanted of a workspace.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// It begins: the founder is its first member, in its first channel.
    Create {
        name: String,
        handle: String,
        member_name: String,
        #[serde(skip)]
        member_id: MemberId,
        #[serde(skip)]
        channel_id: ChannelId,
    },
}

impl Command {
    /// Decides.
    ///
    /// # Errors
    /// `CONFLICT` if the workspace exists.
    pub fn decide(&self, workspace: &Workspace, account_id: AccountId) -> Result<Vec<Draft>> {
        let Self::Create { name, handle, member_name, member_id, channel_id } = self;
        if workspace.seq > 0 {
            return Err(Error::Conflict("There is a workspace with this id already.".into()));
        }
        let named = |name: &str| Body { name: Some(name.to_owned()), ..Body::default() };
        let joined = Skeleton::MemberJoined { member_id: *member_id, account_id, role: Role::Owner, invite_id: None };
        let channel = Skeleton::ChannelCreated {
            channel_id: *channel_id,
            channel_kind: ChannelKind::Public,
            member_ids: vec![*member_id],
        };
        Ok(vec![
            Draft::by(*member_id, Skeleton::WorkspaceCreated, named(name)),
            Draft::by(*member_id, joined, Body { handle: Some(handle.clone()), ..named(member_name) }),
            Draft::by(*member_id, channel, Body { topic: Some(String::new()), ..named(FIRST_CHANNEL) }),
        ])
    }
}
