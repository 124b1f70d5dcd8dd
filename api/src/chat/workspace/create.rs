//! Creating a workspace.

use serde::Serialize;

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, ChannelId, MemberId};
use crate::ground::text;
use crate::log::{Command, Draft, Facts};
use crate::model::channel::ChannelKind;
use crate::model::event::{Body, Skeleton};
use crate::model::member::{MAX_HANDLE_CHARS, Role};
use crate::model::workspace::state::Workspace;
use crate::model::workspace::{FIRST_CHANNEL, MAX_NAME_CHARS};

/// Creates the workspace. The creator becomes its owner, in its first channel.
#[derive(Debug, Serialize)]
pub struct CreateWorkspace {
    /// 1 to [`MAX_NAME_CHARS`] characters.
    name: String,
    /// The handle of the creator, at most [`MAX_HANDLE_CHARS`] characters.
    handle: String,
    /// The name of the creator.
    member_name: String,
    #[serde(skip)]
    member_id: MemberId,
    #[serde(skip)]
    channel_id: ChannelId,
}

impl CreateWorkspace {
    /// Creates the command. Without a handle, it is derived from the name of the creator.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid name or handle.
    pub fn new(name: &str, handle: Option<&str>, member_name: String) -> Result<Self> {
        let handle = match handle {
            Some(handle) => text::handle("handle", handle, MAX_HANDLE_CHARS)?,
            None => text::derive_handle(&member_name, MAX_HANDLE_CHARS),
        };
        let name = text::name("name", name, MAX_NAME_CHARS)?;
        Ok(Self { name, handle, member_name, member_id: MemberId::mint(), channel_id: ChannelId::mint() })
    }
}

impl Command for CreateWorkspace {
    fn name(&self) -> &'static str {
        "workspace.create"
    }

    /// # Errors
    /// `CONFLICT` if the workspace exists.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        if workspace.seq > 0 {
            return Err(Error::Conflict(Reason::IdTaken, "A workspace with this ID already exists.".into()));
        }
        let Self { member_id, channel_id, .. } = *self;
        let named = |name: &str| Body { name: Some(name.to_owned()), ..Body::default() };
        let role = Role::Owner;
        let joined = Skeleton::MemberJoined { member_id, account_id, role, invite_id: None, avatar_id: None };
        let (channel_kind, member_ids) = (ChannelKind::Public, vec![member_id]);
        let channel = Skeleton::ChannelCreated { channel_id, channel_kind, member_ids };
        Ok(vec![
            Draft::by(member_id, Skeleton::WorkspaceCreated, named(&self.name)),
            Draft::by(member_id, joined, Body { handle: Some(self.handle.clone()), ..named(&self.member_name) }),
            Draft::by(member_id, channel, Body { topic: Some(String::new()), ..named(FIRST_CHANNEL) }),
        ])
    }
}
