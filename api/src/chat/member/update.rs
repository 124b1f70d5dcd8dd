//! Changing the member's own profile.

use serde::Serialize;

use super::handles::require_free_handle;
use super::membership::updated;
use crate::chat::file::removal::removal;
use crate::chat::file::usage::require_unused_picture;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, FileId};
use crate::ground::text;
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::member::MAX_HANDLE_CHARS;
use crate::model::workspace::MAX_NAME_CHARS;
use crate::model::workspace::state::Workspace;

/// Changes the member's own handle, name or picture. Fields that are `None` stay unchanged.
#[derive(Debug, Serialize)]
pub struct UpdateMember {
    /// Validated by the decision, which knows the other handles.
    handle: Option<String>,
    /// 1 to [`MAX_NAME_CHARS`] characters.
    name: Option<String>,
    /// An unused picture of the member. `Some(None)` removes the avatar.
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<Option<FileId>>,
}

impl UpdateMember {
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid name.
    pub fn new(handle: Option<String>, name: Option<&str>, avatar: Option<Option<FileId>>) -> Result<Self> {
        let name = name.map(|name| text::name("name", name, MAX_NAME_CHARS)).transpose()?;
        Ok(Self { handle, name, avatar })
    }
}

impl Command for UpdateMember {
    fn name(&self) -> &'static str {
        "member.update"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.extend(self.avatar.flatten());
    }

    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` if the handle is taken or the picture in use, `BAD_USER_INPUT`.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let handle = match &self.handle {
            Some(wanted) if text::handle("handle", wanted, MAX_HANDLE_CHARS)? != me.handle => {
                require_free_handle(workspace, wanted, Some(me.id))?
            }
            _ => me.handle.clone(),
        };
        let name = self.name.as_ref().unwrap_or(&me.name).clone();
        let avatar_id = self.avatar.unwrap_or(me.avatar_id);
        if handle == me.handle && name == me.name && avatar_id == me.avatar_id {
            return Ok(Vec::new());
        }
        let mut drafts = vec![updated(me.id, me, me.role, avatar_id, handle, name)];
        if avatar_id != me.avatar_id {
            if let Some(new) = avatar_id {
                require_unused_picture(facts, me, "avatarId", new)?;
            }
            drafts.extend(me.avatar_id.map(|old| removal(me.id, old, None)));
        }
        Ok(drafts)
    }
}
