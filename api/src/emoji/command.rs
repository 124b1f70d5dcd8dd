//! Commands on custom emoji.

use serde::Serialize;

use super::{BYTES_MAX, MAX};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::file::command::{removed, unused_picture};
use crate::id::{AccountId, EmojiId, FileId};
use crate::log::command::acting;
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::Workspace;

/// What can be wanted of emoji. The name was checked before.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Create { emoji_id: EmojiId, name: String, file_id: FileId },
    Delete { emoji_id: EmojiId },
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants) {
        if let Self::Create { file_id, .. } = self {
            wants.files.insert(*file_id);
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` for a name that is taken and at the limit, `BAD_USER_INPUT` for a file
    /// that is no small picture.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = acting(workspace, account)?;
        match self {
            Self::Create { emoji_id, name, file_id } => {
                let picture = unused_picture(facts, me, "fileId", *file_id)?;
                if picture.size > BYTES_MAX {
                    return Err(Error::invalid("fileId", format!("An emoji has at most {} KiB.", BYTES_MAX / 1024)));
                }
                if workspace.emoji_named(name).is_some() {
                    return Err(Error::Conflict("There is an emoji with this name already.".into()));
                }
                if workspace.emoji().count() >= MAX {
                    return Err(Error::Conflict(format!("A workspace has at most {MAX} emoji. Delete one first.")));
                }
                if workspace.emoji_of(*emoji_id).is_some() {
                    return Err(Error::id_taken());
                }
                let body = Body { name: Some(name.clone()), ..Body::default() };
                let skeleton = Skeleton::EmojiCreated { emoji_id: *emoji_id, file_id: *file_id };
                Ok(vec![Draft::by(me.id, skeleton, body)])
            }
            Self::Delete { emoji_id } => {
                let emoji = workspace.emoji_of(*emoji_id).ok_or(Error::NotFound("emoji"))?;
                if emoji.creator_id != me.id && me.role < Role::Admin {
                    return Err(Error::Forbidden("Only who made an emoji, or an admin, deletes it."));
                }
                let deleted = Draft::by(me.id, Skeleton::EmojiDeleted { emoji_id: *emoji_id }, Body::default());
                Ok(vec![deleted, removed(me.id, emoji.file_id, None)])
            }
        }
    }
}
