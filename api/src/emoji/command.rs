//! Commands on custom emoji.

use serde::Serialize;

use super::{MAX_PER_MEMBER, MAX_PER_WORKSPACE, MAX_PICTURE_BYTES};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::file::command::{removal, require_unused_picture};
use crate::id::{AccountId, EmojiId, FileId};
use crate::log::command::require_member;
use crate::log::facts::ReadSet;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Member, Workspace};

/// A command on custom emoji. The name is already validated.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Create { emoji_id: EmojiId, name: String, file_id: FileId },
    Delete { emoji_id: EmojiId },
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet) {
        if let Self::Create { file_id, .. } = self {
            reads.files.insert(*file_id);
        }
    }

    /// Decides the command against the facts.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if the name is taken or a limit is reached, `BAD_USER_INPUT` if the file
    /// is not a picture or too large.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account)?;
        match self {
            Self::Create { emoji_id, name, file_id } => {
                let picture = require_unused_picture(facts, me, "fileId", *file_id)?;
                if picture.size > MAX_PICTURE_BYTES {
                    let why = format!("Image too large: maximum {} KiB for an emoji.", MAX_PICTURE_BYTES / 1024);
                    return Err(Error::invalid("fileId", why));
                }
                if workspace.emoji_named(name).is_some() {
                    return Err(Error::Conflict("An emoji with this name already exists.".into()));
                }
                require_room(workspace, me)?;
                if workspace.emoji_by_id(*emoji_id).is_some() {
                    return Err(Error::id_taken());
                }
                let body = Body { name: Some(name.clone()), ..Body::default() };
                let skeleton = Skeleton::EmojiCreated { emoji_id: *emoji_id, file_id: *file_id };
                Ok(vec![Draft::by(me.id, skeleton, body)])
            }
            Self::Delete { emoji_id } => {
                let emoji = workspace.emoji_by_id(*emoji_id).ok_or(Error::NotFound("emoji"))?;
                if emoji.creator_id != me.id && me.role < Role::Admin {
                    return Err(Error::Forbidden("Only its creator, owners and admins can delete an emoji."));
                }
                let deleted = Draft::by(me.id, Skeleton::EmojiDeleted { emoji_id: *emoji_id }, Body::default());
                Ok(vec![deleted, removal(me.id, emoji.file_id, None)])
            }
        }
    }
}

/// Requires that the limits allow the member one more emoji.
fn require_room(workspace: &Workspace, me: &Member) -> Result<()> {
    if workspace.emoji().count() >= MAX_PER_WORKSPACE {
        return Err(Error::Conflict(format!(
            "Emoji limit reached: {MAX_PER_WORKSPACE} per workspace. Delete one first."
        )));
    }
    let theirs = workspace.emoji().filter(|emoji| emoji.creator_id == me.id).count();
    if me.role < Role::Admin && theirs >= MAX_PER_MEMBER {
        let why = format!("Emoji limit reached: {MAX_PER_MEMBER} per member and workspace. Delete one first.");
        return Err(Error::Conflict(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::event::Event;
    use crate::id::{FileId, MemberId, WorkspaceId};

    #[test]
    fn limits_emoji_per_member_unless_admin() {
        let mut workspace = Workspace::empty(WorkspaceId::mint());
        let mut apply = |actor: MemberId, skeleton, name: &str| {
            let (workspace_id, seq, at) = (workspace.id, workspace.seq + 1, Timestamp(0));
            let (actor_id, command_id) = (actor.0, uuid::Uuid::nil());
            let body = Body { name: Some(name.to_owned()), handle: Some(name.to_owned()), ..Body::default() };
            workspace.apply(&Event { workspace_id, seq, at, actor_id, command_id, skeleton, body });
        };
        let [member, admin, other] = [Role::Member, Role::Admin, Role::Member].map(|role| {
            let (member_id, account_id) = (MemberId::mint(), AccountId::mint());
            let (invite_id, avatar_id) = (None, None);
            let joined = Skeleton::MemberJoined { member_id, account_id, role, invite_id, avatar_id };
            apply(member_id, joined, &member_id.to_string());
            member_id
        });
        for number in 0..MAX_PER_MEMBER {
            for (creator, prefix) in [(member, "m"), (admin, "a")] {
                let created = Skeleton::EmojiCreated { emoji_id: EmojiId::mint(), file_id: FileId::mint() };
                apply(creator, created, &format!("{prefix}{number}"));
            }
        }
        let outcome = |id| require_room(&workspace, workspace.member(id).unwrap());
        assert!(matches!(outcome(member), Err(Error::Conflict(_))));
        assert!(outcome(admin).is_ok() && outcome(other).is_ok());
    }
}
