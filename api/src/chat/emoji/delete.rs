//! Deleting a custom emoji.

use serde::Serialize;

use crate::chat::file::removal::removal;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, EmojiId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::event::{Body, Skeleton};
use crate::model::member::Role;
use crate::model::workspace::state::Workspace;

/// Deletes a custom emoji and its picture. Only for its creator and admins.
#[derive(Debug, Serialize)]
pub struct DeleteEmoji {
    pub emoji_id: EmojiId,
}

impl Command for DeleteEmoji {
    fn name(&self) -> &'static str {
        "emoji.delete"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let emoji = workspace.emoji_by_id(self.emoji_id).ok_or(Error::NotFound("emoji"))?;
        if emoji.creator_id != me.id && me.role < Role::Admin {
            return Err(Error::Forbidden(
                Reason::NotCreator,
                "Only its creator, owners and admins can delete an emoji.",
            ));
        }
        let deleted = Draft::by(me.id, Skeleton::EmojiDeleted { emoji_id: self.emoji_id }, Body::default());
        Ok(vec![deleted, removal(me.id, emoji.file_id, None)])
    }
}
