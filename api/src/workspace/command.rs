//! Commands on a workspace as a whole.

use serde::Serialize;

use super::ChannelMentions;
use super::state::Workspace;
use crate::channel::ChannelKind;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::file::command::{removal, require_unused_picture};
use crate::id::{AccountId, ChannelId, FileId, MemberId};
use crate::log::command::require_member;
use crate::log::facts::ReadSet;
use crate::log::{Draft, Facts};
use crate::member::Role;

/// Name of the channel that every new workspace has.
pub const FIRST_CHANNEL: &str = "general";

/// A command on a workspace.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Creates the workspace. The creator becomes its owner, in its first channel.
    Create {
        name: String,
        handle: String,
        member_name: String,
        #[serde(skip)]
        member_id: MemberId,
        #[serde(skip)]
        channel_id: ChannelId,
    },
    /// Changes the name, the icon or who may mention an entire channel. Fields that are `None` stay unchanged. Requires
    /// an admin.
    Update {
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        icon: Option<Option<FileId>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        channel_mentions: Option<ChannelMentions>,
    },
}

impl Command {
    /// Adds the rows needed to decide the command to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet) {
        if let Self::Update { icon: Some(Some(icon_id)), .. } = self {
            reads.files.insert(*icon_id);
        }
    }

    /// Decides the command.
    ///
    /// # Errors
    /// Returns `CONFLICT` if the workspace exists, `FORBIDDEN` if the member is not an admin, and the errors of an
    /// invalid icon.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account_id: AccountId) -> Result<Vec<Draft>> {
        let (name, handle, member_name, member_id, channel_id) = match self {
            Self::Create { name, handle, member_name, member_id, channel_id } => {
                (name, handle, member_name, member_id, channel_id)
            }
            Self::Update { name, icon, channel_mentions } => {
                let change = (name.as_deref(), *icon, *channel_mentions);
                return update(workspace, facts, account_id, change);
            }
        };
        if workspace.seq > 0 {
            return Err(Error::Conflict("A workspace with this ID already exists.".into()));
        }
        let named = |name: &str| Body { name: Some(name.to_owned()), ..Body::default() };
        let joined = Skeleton::MemberJoined {
            member_id: *member_id,
            account_id,
            role: Role::Owner,
            invite_id: None,
            avatar_id: None,
        };
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

fn update(
    workspace: &Workspace,
    facts: &Facts,
    account_id: AccountId,
    (name, icon, channel_mentions): (Option<&str>, Option<Option<FileId>>, Option<ChannelMentions>),
) -> Result<Vec<Draft>> {
    let me = require_member(workspace, account_id)?;
    if me.role < Role::Admin {
        return Err(Error::Forbidden("Only owners and admins can change the workspace."));
    }
    let icon_id = icon.unwrap_or(workspace.icon_id);
    let name = name.unwrap_or(&workspace.name);
    let channel_mentions = channel_mentions.unwrap_or(workspace.channel_mentions);
    let has_same_appearance = icon_id == workspace.icon_id && name == workspace.name;
    if has_same_appearance && channel_mentions == workspace.channel_mentions {
        return Ok(Vec::new());
    }
    let mut drafts = vec![Draft::by(
        me.id,
        Skeleton::WorkspaceUpdated { icon_id, channel_mentions },
        Body { name: Some(name.to_owned()), ..Body::default() },
    )];
    if icon_id != workspace.icon_id {
        if let Some(new) = icon_id {
            require_unused_picture(facts, me, "iconId", new)?;
        }
        drafts.extend(workspace.icon_id.map(|old| removal(me.id, old, None)));
    }
    Ok(drafts)
}
