//! Folding: what an accepted event changes in the facts, so that the next command of the batch sees it.

use super::{Facts, InviteFact, MessageFact, SignInFact};
use crate::account;
use crate::event::{Event, Skeleton};
use crate::file::command::FileFact;
use crate::file::kind::Purpose;
use crate::id::{FileId, InviteId, MemberId};
use crate::member::Role;

impl Facts {
    /// Keeps the facts true after an accepted event.
    pub fn fold(&mut self, event: &Event) {
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
            | Skeleton::SignInMade { .. }
            | Skeleton::SignInRevoked { .. } => self.fold_account(event),
            Skeleton::MemberJoined { .. }
            | Skeleton::MemberLeft { .. }
            | Skeleton::InviteCreated { .. }
            | Skeleton::InviteRevoked { .. }
            | Skeleton::InviteReserved { .. }
            | Skeleton::InviteReleased { .. } => self.fold_invite(event),
            Skeleton::FileUploaded { .. }
            | Skeleton::FileUpdated { .. }
            | Skeleton::FileRemoved { .. }
            | Skeleton::MemberUpdated { .. }
            | Skeleton::WorkspaceUpdated { .. }
            | Skeleton::EmojiCreated { .. } => self.fold_file(event),
            _ => self.fold_message(event),
        }
    }

    fn fold_account(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::EmailChanged { account_id } => {
                self.emails.retain(|_, known| known != account_id);
                if let Some(email) = &event.body.email {
                    self.emails.insert(account::email_key(email), *account_id);
                }
            }
            // The new hash is not in the event: what was verified against the old one is not taken.
            Skeleton::PasswordChanged { account_id } => drop(self.credentials.remove(account_id)),
            Skeleton::SignInMade { sign_in_id, account_id } => {
                self.sign_ins.insert(*sign_in_id, SignInFact { account_id: *account_id, ended: false });
            }
            Skeleton::SignInRevoked { sign_in_id, .. } => {
                if let Some(fact) = self.sign_ins.get_mut(sign_in_id) {
                    fact.ended = true;
                }
            }
            _ => {}
        }
    }

    fn fold_invite(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::InviteCreated { .. } => *self.open_invites.entry(event.actor()).or_default() += 1,
            Skeleton::MemberJoined { invite_id: Some(invite_id), account_id, .. } => {
                self.change_invite(*invite_id, |fact| fact.uses += i32::from(!fact.reserved.remove(account_id)));
            }
            Skeleton::InviteReserved { invite_id, account_id } => self.change_invite(*invite_id, |fact| {
                fact.uses += i32::from(fact.reserved.insert(*account_id));
            }),
            Skeleton::InviteReleased { invite_id, account_id } => self.change_invite(*invite_id, |fact| {
                fact.uses -= i32::from(fact.reserved.remove(account_id));
            }),
            Skeleton::InviteRevoked { invite_id } => self.change_invite(*invite_id, |fact| fact.revoked = true),
            Skeleton::MemberLeft { member_id } => self.end_invites(*member_id),
            _ => {}
        }
    }

    fn change_invite(&mut self, id: InviteId, change: impl FnOnce(&mut InviteFact)) {
        if let Some(fact) = self.invites.get_mut(&id) {
            change(fact);
        }
    }

    /// Those of a member who may no longer invite.
    fn end_invites(&mut self, member_id: MemberId) {
        let theirs = self.invites.values_mut().filter(|fact| fact.created_by == member_id);
        theirs.for_each(|fact| fact.revoked = true);
    }

    fn fold_file(&mut self, event: &Event) {
        if let Skeleton::MemberUpdated { member_id, role, .. } = &event.skeleton
            && *role < Role::Admin
        {
            self.end_invites(*member_id);
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
                self.change_file(*file_id, |fact| fact.description = event.body.files.first().cloned());
            }
            Skeleton::FileRemoved { file_id, .. } => self.change_file(*file_id, |fact| fact.description = None),
            Skeleton::MemberUpdated { avatar_id: Some(id), .. } => {
                self.change_file(*id, |fact| fact.purpose = Some(Purpose::Avatar));
            }
            Skeleton::WorkspaceUpdated { icon_id: Some(id), .. } => {
                self.change_file(*id, |fact| fact.purpose = Some(Purpose::Icon));
            }
            Skeleton::EmojiCreated { file_id, .. } => {
                self.change_file(*file_id, |fact| fact.purpose = Some(Purpose::Emoji));
            }
            _ => {}
        }
    }

    fn change_file(&mut self, id: FileId, change: impl FnOnce(&mut FileFact)) {
        if let Some(fact) = self.files.get_mut(&id) {
            change(fact);
        }
    }

    fn fold_message(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::MessageSent { message_id, channel_id, thread_id, file_ids, mentions } => {
                for id in file_ids {
                    self.change_file(*id, |fact| {
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
                self.reactions.entry(*message_id).or_default().added(emoji, event.actor());
            }
            Skeleton::ReactionRemoved { message_id, emoji, .. } => {
                if let Some(reactions) = self.reactions.get_mut(message_id) {
                    reactions.removed(emoji, event.actor());
                }
            }
            _ => {}
        }
    }
}
