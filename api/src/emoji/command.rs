//! Commands on custom emoji.

use serde::Serialize;

use super::{BYTES_MAX, MAX, OF_MEMBER};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::file::command::{removed, unused_picture};
use crate::id::{AccountId, EmojiId, FileId};
use crate::log::command::acting;
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Member, Workspace};

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
                have_room(workspace, me)?;
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

/// One more emoji of this member may come.
fn have_room(workspace: &Workspace, me: &Member) -> Result<()> {
    if workspace.emoji().count() >= MAX {
        return Err(Error::Conflict(format!("A workspace has at most {MAX} emoji. Delete one first.")));
    }
    let theirs = workspace.emoji().filter(|emoji| emoji.creator_id == me.id).count();
    if me.role < Role::Admin && theirs >= OF_MEMBER {
        let why = format!("A member has at most {OF_MEMBER} emoji in a workspace. Delete one first.");
        return Err(Error::Conflict(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::event::Event;
    use crate::id::{FileId, MemberId, WorkspaceId};

    #[test]
    fn one_member_does_not_use_up_the_emoji_of_a_workspace() {
        let mut workspace = Workspace::empty(WorkspaceId::mint());
        let mut take = |actor: MemberId, skeleton, name: &str| {
            let (workspace_id, seq, at) = (workspace.id, workspace.seq + 1, Moment(0));
            let (actor_id, command_id) = (actor.0, uuid::Uuid::nil());
            let body = Body { name: Some(name.to_owned()), handle: Some(name.to_owned()), ..Body::default() };
            workspace.fold(&Event { workspace_id, seq, at, actor_id, command_id, skeleton, body });
        };
        let [member, admin, other] = [Role::Member, Role::Admin, Role::Member].map(|role| {
            let (member_id, account_id) = (MemberId::mint(), AccountId::mint());
            let (invite_id, avatar_id) = (None, None);
            let joined = Skeleton::MemberJoined { member_id, account_id, role, invite_id, avatar_id };
            take(member_id, joined, &member_id.to_string());
            member_id
        });
        for number in 0..OF_MEMBER {
            for (creator, prefix) in [(member, "m"), (admin, "a")] {
                let created = Skeleton::EmojiCreated { emoji_id: EmojiId::mint(), file_id: FileId::mint() };
                take(creator, created, &format!("{prefix}{number}"));
            }
        }
        let room = |id| have_room(&workspace, workspace.member(id).unwrap());
        assert!(matches!(room(member), Err(Error::Conflict(_))));
        assert!(room(admin).is_ok() && room(other).is_ok());
    }
}
