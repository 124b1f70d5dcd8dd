//! Applies accepted events to the facts, so that the next command of the batch sees their effect.

use super::Facts;
use super::accounts::SessionFact;
use super::files::FileFact;
use super::invites::InviteFact;
use crate::ground::id::{AccountId, FileId, InviteId, MemberId, MessageId};
use crate::ground::text::email_key;
use crate::model::event::{Event, Mentions, Skeleton};
use crate::model::file::entity::file;
use crate::model::file::kind::Purpose;
use crate::model::member::Role;
use crate::model::message::entity::Model as Message;

impl Facts {
    /// Updates the facts to reflect an accepted event.
    pub fn apply(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::AccountRegistered { account_id, .. } => self.apply_registration(event, *account_id),
            Skeleton::EmailChanged { account_id } => self.set_email(event, *account_id),
            // The event does not contain the new hash. A command verified against the old password must not be
            // accepted.
            Skeleton::PasswordChanged { account_id } => drop(self.credentials.remove(account_id)),
            Skeleton::SessionCreated { session_id, account_id } => {
                self.sessions.insert(*session_id, SessionFact { account_id: *account_id, ended: false });
            }
            Skeleton::SessionRevoked { session_id, .. } => {
                self.sessions.entry(*session_id).and_modify(|fact| fact.ended = true);
            }
            Skeleton::WorkspaceRegistered { workspace_id, .. } => drop(self.workspaces.insert(*workspace_id)),
            Skeleton::WorkspaceUpdated { icon_id, .. } => self.set_purpose(*icon_id, Purpose::Icon),
            Skeleton::MemberJoined { invite_id, account_id, .. } => self.record_use(*invite_id, *account_id),
            Skeleton::MemberUpdated { member_id, role, avatar_id, .. } => {
                if *role < Role::Admin {
                    self.revoke_invites_of(*member_id);
                }
                self.set_purpose(*avatar_id, Purpose::Avatar);
            }
            Skeleton::MemberLeft { member_id } => self.revoke_invites_of(*member_id),
            Skeleton::InviteCreated { .. } => *self.open_invites.entry(event.actor()).or_default() += 1,
            Skeleton::InviteRevoked { invite_id } => self.update_invite(*invite_id, |fact| fact.revoked = true),
            Skeleton::InviteReserved { invite_id, account_id } => self.update_invite(*invite_id, |fact| {
                fact.uses += i32::from(fact.reserved.insert(*account_id));
            }),
            Skeleton::InviteReleased { invite_id, account_id } => self.update_invite(*invite_id, |fact| {
                fact.uses -= i32::from(fact.reserved.remove(account_id));
            }),
            Skeleton::MessageSent { file_ids, .. } => self.apply_sent(event, file_ids),
            Skeleton::MessageEdited { message_id, mentions, .. } => self.apply_edit(*message_id, mentions),
            Skeleton::MessageDeleted { message_id, .. } => self.apply_deletion(*message_id),
            Skeleton::ReactionAdded { message_id, emoji, .. } => {
                self.reactions.entry(*message_id).or_default().add(emoji, event.actor());
            }
            Skeleton::ReactionRemoved { message_id, emoji, .. } => {
                self.reactions.entry(*message_id).and_modify(|reactions| reactions.remove(emoji, event.actor()));
            }
            Skeleton::FileUploaded { file_id, file_kind, size } => {
                self.uploads.remove(file_id);
                self.files.insert(*file_id, file::Model::of_event(event, *file_id, *file_kind, *size).into());
            }
            Skeleton::FileUpdated { file_id, .. } => {
                self.update_file(*file_id, |fact| fact.description = event.body.files.first().cloned());
            }
            Skeleton::FileRemoved { file_id, .. } => self.update_file(*file_id, |fact| fact.description = None),
            Skeleton::EmojiCreated { file_id, .. } => self.set_purpose(Some(*file_id), Purpose::Emoji),
            // Their effects are part of the `Workspace`, or no command depends on them.
            Skeleton::SessionsPruned { .. }
            | Skeleton::WorkspaceCreated
            | Skeleton::ChannelCreated { .. }
            | Skeleton::ChannelUpdated { .. }
            | Skeleton::ChannelJoined { .. }
            | Skeleton::ChannelLeft { .. }
            | Skeleton::EmojiDeleted { .. } => {}
        }
    }

    fn apply_registration(&mut self, event: &Event, account_id: AccountId) {
        self.any_account = true;
        self.accounts.insert(account_id);
        self.set_email(event, account_id);
    }

    fn set_email(&mut self, event: &Event, account_id: AccountId) {
        self.emails.retain(|_, owner| *owner != account_id);
        if let Some(email) = &event.body.email {
            self.emails.insert(email_key(email), account_id);
        }
    }

    fn record_use(&mut self, invite_id: Option<InviteId>, account_id: AccountId) {
        if let Some(invite_id) = invite_id {
            self.update_invite(invite_id, |fact| fact.uses += i32::from(!fact.reserved.remove(&account_id)));
        }
    }

    fn update_invite(&mut self, id: InviteId, change: impl FnOnce(&mut InviteFact)) {
        self.invites.entry(id).and_modify(change);
    }

    /// Revokes the invites of a member who may no longer invite.
    fn revoke_invites_of(&mut self, member_id: MemberId) {
        let theirs = self.invites.values_mut().filter(|fact| fact.created_by == member_id);
        theirs.for_each(|fact| fact.revoked = true);
    }

    fn set_purpose(&mut self, file_id: Option<FileId>, purpose: Purpose) {
        if let Some(file_id) = file_id {
            self.update_file(file_id, |fact| fact.purpose = Some(purpose));
        }
    }

    fn update_file(&mut self, id: FileId, change: impl FnOnce(&mut FileFact)) {
        self.files.entry(id).and_modify(change);
    }

    fn apply_sent(&mut self, event: &Event, file_ids: &[FileId]) {
        let Some(row) = Message::from_event(event) else { return };
        for id in file_ids {
            self.update_file(*id, |fact| (fact.message_id, fact.channel_id) = (Some(row.id), Some(row.channel_id)));
        }
        self.messages.insert(row.id, row.into());
    }

    fn apply_edit(&mut self, message_id: MessageId, mentions: &Mentions) {
        if let Some(fact) = self.messages.get_mut(&message_id) {
            fact.edits += 1;
            fact.mentions_channel = mentions.channel;
        }
    }

    fn apply_deletion(&mut self, message_id: MessageId) {
        let files = self.files.values_mut().filter(|fact| fact.message_id == Some(message_id));
        files.for_each(|fact| fact.description = None);
        self.messages.entry(message_id).and_modify(|fact| fact.deleted = true);
    }
}
