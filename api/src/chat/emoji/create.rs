//! Creating a custom emoji.

use serde::Serialize;

use crate::chat::file::usage::require_unused_picture;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, EmojiId, FileId};
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::emoji::{MAX_PER_MEMBER, MAX_PER_WORKSPACE, MAX_PICTURE_BYTES, require_valid_name};
use crate::model::event::{Body, Skeleton};
use crate::model::member::Role;
use crate::model::workspace::state::{Member, Workspace};

/// Creates a custom emoji from an unused picture of the member.
#[derive(Debug, Serialize)]
pub struct CreateEmoji {
    emoji_id: EmojiId,
    /// Valid by [`require_valid_name`]. Unique in the workspace.
    name: String,
    /// At most [`MAX_PICTURE_BYTES`].
    file_id: FileId,
}

impl CreateEmoji {
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid name.
    pub fn new(emoji_id: EmojiId, name: &str, file_id: FileId) -> Result<Self> {
        Ok(Self { emoji_id, name: require_valid_name(name)?, file_id })
    }
}

impl Command for CreateEmoji {
    fn name(&self) -> &'static str {
        "emoji.create"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.insert(self.file_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` if the name is taken or a limit is reached, `BAD_USER_INPUT` if the file is not a
    /// picture or too large.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let picture = require_unused_picture(facts, me, "fileId", self.file_id)?;
        if picture.size > MAX_PICTURE_BYTES {
            let why = format!("Image too large: maximum {} KiB for an emoji.", MAX_PICTURE_BYTES / 1024);
            return Err(Error::invalid("fileId", why));
        }
        if workspace.emoji_named(&self.name).is_some() {
            return Err(Error::Conflict(Reason::EmojiNameTaken, "An emoji with this name already exists.".into()));
        }
        require_below_limit(workspace, me)?;
        if workspace.emoji_by_id(self.emoji_id).is_some() {
            return Err(Error::id_taken());
        }
        let body = Body { name: Some(self.name.clone()), ..Body::default() };
        let skeleton = Skeleton::EmojiCreated { emoji_id: self.emoji_id, file_id: self.file_id };
        Ok(vec![Draft::by(me.id, skeleton, body)])
    }
}

/// Requires that the limits allow the member one more emoji.
fn require_below_limit(workspace: &Workspace, me: &Member) -> Result<()> {
    if workspace.emoji().count() >= MAX_PER_WORKSPACE {
        return Err(Error::Conflict(
            Reason::EmojiLimit,
            format!("Emoji limit reached: {MAX_PER_WORKSPACE} per workspace. Delete one first."),
        ));
    }
    let theirs = workspace.emoji().filter(|emoji| emoji.creator_id == me.id).count();
    if me.role < Role::Admin && theirs >= MAX_PER_MEMBER {
        let why = format!("Emoji limit reached: {MAX_PER_MEMBER} per member and workspace. Delete one first.");
        return Err(Error::Conflict(Reason::EmojiLimit, why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{MemberId, WorkspaceId};
    use crate::model::event::Event;

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
            apply(member_id, joined, &member_id.0.to_string());
            member_id
        });
        for number in 0..MAX_PER_MEMBER {
            for (creator, prefix) in [(member, "m"), (admin, "a")] {
                let created = Skeleton::EmojiCreated { emoji_id: EmojiId::mint(), file_id: FileId::mint() };
                apply(creator, created, &format!("{prefix}{number}"));
            }
        }
        let outcome = |id| require_below_limit(&workspace, workspace.member(id).unwrap());
        assert!(matches!(outcome(member), Err(Error::Conflict(Reason::EmojiLimit, _))));
        assert!(outcome(admin).is_ok() && outcome(other).is_ok());
    }
}
