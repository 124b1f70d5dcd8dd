//! Changing a workspace.

use serde::Serialize;

use crate::chat::file::removal::removal;
use crate::chat::file::usage::require_unused_picture;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, FileId};
use crate::ground::text;
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::event::{Body, Skeleton};
use crate::model::member::Role;
use crate::model::workspace::state::Workspace;
use crate::model::workspace::{ChannelMentions, MAX_NAME_CHARS};

/// Changes the name, the icon or who may mention an entire channel. Fields that are `None` stay unchanged. Only for
/// admins.
#[derive(Debug, Serialize)]
pub struct UpdateWorkspace {
    /// 1 to [`MAX_NAME_CHARS`] characters.
    name: Option<String>,
    /// An unused picture of the member. `Some(None)` removes the icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<Option<FileId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_mentions: Option<ChannelMentions>,
}

impl UpdateWorkspace {
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid name.
    pub fn new(
        name: Option<&str>,
        icon: Option<Option<FileId>>,
        channel_mentions: Option<ChannelMentions>,
    ) -> Result<Self> {
        let name = name.map(|name| text::name("name", name, MAX_NAME_CHARS)).transpose()?;
        Ok(Self { name, icon, channel_mentions })
    }
}

impl Command for UpdateWorkspace {
    fn name(&self) -> &'static str {
        "workspace.update"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.extend(self.icon.flatten());
    }

    /// # Errors
    /// `FORBIDDEN` if the member is not an admin, and the errors of an invalid icon.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        if me.role < Role::Admin {
            return Err(Error::Forbidden(Reason::RoleRequired, "Only owners and admins can change the workspace."));
        }
        let icon_id = self.icon.unwrap_or(workspace.icon_id);
        let name = self.name.as_ref().unwrap_or(&workspace.name);
        let channel_mentions = self.channel_mentions.unwrap_or(workspace.channel_mentions);
        let has_same_appearance = icon_id == workspace.icon_id && *name == workspace.name;
        if has_same_appearance && channel_mentions == workspace.channel_mentions {
            return Ok(Vec::new());
        }
        let skeleton = Skeleton::WorkspaceUpdated { icon_id, channel_mentions, created_at: workspace.created_at };
        let mut drafts = vec![Draft::by(me.id, skeleton, Body { name: Some(name.clone()), ..Body::default() })];
        if icon_id != workspace.icon_id {
            if let Some(new) = icon_id {
                require_unused_picture(facts, me, "iconId", new)?;
            }
            drafts.extend(workspace.icon_id.map(|old| removal(me.id, old, None)));
        }
        Ok(drafts)
    }
}
