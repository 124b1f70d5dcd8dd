//! Applies accepted events to the facts, so that the next command of the batch sees their effect.

use super::{Facts, InviteFact, MessageFact, SessionFact};
use crate::account;
use crate::event::{Event, Skeleton};
use crate::file::command::FileFact;
use crate::file::kind::Purpose;
use crate::id::{FileId, InviteId, MemberId};
use crate::member::Role;

impl Facts {
    /// Updates the facts to reflect an accepted event.
    pub fn apply(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::AccountRegistered { account_id, .. } => {
                self.any_account = true;
                self.accounts.insert(*account_id);
                if let Some(email) = &event.body.email {
                    self.emails.insert(account::email_key(email), *account_id);
                }
            }
            Skeleton::WorkspaceRegistered { workspace_id, .. } => {
                self.workspaces.insert(*workspace_id);
            }
            Skeleton::EmailChanged { .. }
            | Skeleton::PasswordChanged { .. }
            | Skeleton::SessionCreated { .. }
            | Skeleton::SessionRevoked { .. } => self.apply_account(event),
            Skeleton::MemberJoined { .. }
            | Skeleton::MemberLeft { .. }
            | Skeleton::InviteCreated { .. }
            | Skeleton::InviteRevoked { .. }
            | Skeleton::InviteReserved { .. }
            | Skeleton::InviteReleased { .. } => self.apply_invite(event),
            Skeleton::FileUploaded { .. }
            | Skeleton::FileUpdated { .. }
            | Skeleton::FileRemoved { .. }
            | Skeleton::MemberUpdated { .. }
            | Skeleton::WorkspaceUpdated { .. }
            | Skeleton::EmojiCreated { .. } => self.apply_file(event),
            _ => self.apply_message(event),
        }
    }

    fn apply_account(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::EmailChanged { account_id } => {
                self.emails.retain(|_, known| known != account_id);
                if let Some(email) = &event.body.email {
                    self.emails.insert(account::email_key(email), *account_id);
                }
            }
            // The event does not contain the new hash. A command verified against the old password must not be
            // accepted.
            Skeleton::PasswordChanged { account_id } => drop(self.credentials.remove(account_id)),
            Skeleton::SessionCreated { session_id, account_id } => {
                self.sessions.insert(*session_id, SessionFact { account_id: *account_id, ended: false });
            }
            Skeleton::SessionRevoked { session_id, .. } => {
                if let Some(fact) = self.sessions.get_mut(session_id) {
                    fact.ended = true;
                }
            }
            _ => {}
        }
    }

    fn apply_invite(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::InviteCreated { .. } => *self.open_invites.entry(event.actor()).or_default() += 1,
            Skeleton::MemberJoined { invite_id: Some(invite_id), account_id, .. } => {
                self.update_invite(*invite_id, |fact| fact.uses += i32::from(!fact.reserved.remove(account_id)));
            }
            Skeleton::InviteReserved { invite_id, account_id } => self.update_invite(*invite_id, |fact| {
                fact.uses += i32::from(fact.reserved.insert(*account_id));
            }),
            Skeleton::InviteReleased { invite_id, account_id } => self.update_invite(*invite_id, |fact| {
                fact.uses -= i32::from(fact.reserved.remove(account_id));
            }),
            Skeleton::InviteRevoked { invite_id } => self.update_invite(*invite_id, |fact| fact.revoked = true),
            Skeleton::MemberLeft { member_id } => self.revoke_invites_of(*member_id),
            _ => {}
        }
    }

    fn update_invite(&mut self, id: InviteId, change: impl FnOnce(&mut InviteFact)) {
        if let Some(fact) = self.invites.get_mut(&id) {
            change(fact);
        }
    }

    /// Revokes the invites of a member who may no longer invite.
    fn revoke_invites_of(&mut self, member_id: MemberId) {
        let theirs = self.invites.values_mut().filter(|fact| fact.created_by == member_id);
        theirs.for_each(|fact| fact.revoked = true);
    }

    fn apply_file(&mut self, event: &Event) {
        if let Skeleton::MemberUpdated { member_id, role, .. } = &event.skeleton
            && *role < Role::Admin
        {
            self.revoke_invites_of(*member_id);
        }
        match &event.skeleton {
            Skeleton::FileUploaded { file_id, .. } => {
                let fact = FileFact {
                    uploader_id: event.actor(),
                    description: event.body.files.first().cloned(),
                    purpose: None,
                    message_id: None,
                    channel_id: None,
                };
                self.uploads.remove(file_id);
                self.files.insert(*file_id, fact);
            }
            Skeleton::FileUpdated { file_id, .. } => {
                self.update_file(*file_id, |fact| fact.description = event.body.files.first().cloned());
            }
            Skeleton::FileRemoved { file_id, .. } => self.update_file(*file_id, |fact| fact.description = None),
            Skeleton::MemberUpdated { avatar_id: Some(id), .. } => {
                self.update_file(*id, |fact| fact.purpose = Some(Purpose::Avatar));
            }
            Skeleton::WorkspaceUpdated { icon_id: Some(id), .. } => {
                self.update_file(*id, |fact| fact.purpose = Some(Purpose::Icon));
            }
            Skeleton::EmojiCreated { file_id, .. } => {
                self.update_file(*file_id, |fact| fact.purpose = Some(Purpose::Emoji));
            }
            _ => {}
        }
    }

    fn update_file(&mut self, id: FileId, change: impl FnOnce(&mut FileFact)) {
        if let Some(fact) = self.files.get_mut(&id) {
            change(fact);
        }
    }

    fn apply_message(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::MessageSent { message_id, channel_id, thread_id, file_ids, mentions } => {
                for id in file_ids {
                    self.update_file(*id, |fact| {
                        (fact.message_id, fact.channel_id) = (Some(*message_id), Some(*channel_id));
                    });
                }
                let fact = MessageFact {
                    channel_id: *channel_id,
                    author_id: event.actor(),
                    thread_id: *thread_id,
                    sent_seq: event.seq,
                    deleted: false,
                    edits: 0,
                    files: i32::try_from(file_ids.len()).unwrap_or(i32::MAX),
                    mentions_channel: mentions.channel,
                };
                self.messages.insert(*message_id, fact);
            }
            Skeleton::MessageEdited { message_id, mentions, .. } => {
                if let Some(fact) = self.messages.get_mut(message_id) {
                    fact.edits += 1;
                    fact.mentions_channel = mentions.channel;
                }
            }
            Skeleton::MessageDeleted { message_id, .. } => {
                let files = self.files.values_mut().filter(|fact| fact.message_id == Some(*message_id));
                files.for_each(|fact| fact.description = None);
                if let Some(fact) = self.messages.get_mut(message_id) {
                    fact.deleted = true;
                }
            }
            Skeleton::ReactionAdded { message_id, emoji, .. } => {
                self.reactions.entry(*message_id).or_default().add(emoji, event.actor());
            }
            Skeleton::ReactionRemoved { message_id, emoji, .. } => {
                if let Some(reactions) = self.reactions.get_mut(message_id) {
                    reactions.remove(emoji, event.actor());
                }
            }
            _ => {}
        }
    }
}
