//! Sending a message. While the database is unavailable, the command waits in the intake (`app/queue.rs`).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::access::{require_channel_mention_allowed, require_visible_text};
use crate::chat::channel::access::require_writable;
use crate::chat::file::usage::require_unused;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, ChannelId, FileId, MessageId, WorkspaceId};
use crate::ground::text;
use crate::log::facts::messages::MessageFact;
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::event::{Body, Mentions, Skeleton};
use crate::model::file::MAX_ATTACHMENTS;
use crate::model::message::{MAX_TEXT_CHARS, mention};
use crate::model::workspace::state::Workspace;

/// Sends a message to a channel that the member is in. Also the format of queued messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    pub message_id: MessageId,
    pub channel_id: ChannelId,
    /// For a reply, the root message of its thread.
    pub thread_id: Option<MessageId>,
    /// At most [`MAX_TEXT_CHARS`] characters. Visible unless there are files.
    pub text: String,
    /// The mentions in the text. Not part of the input: another version of the server may find others in a retry.
    #[serde(skip)]
    pub(super) mentions: Mentions,
    /// Unused files of the sender, in display order, at most [`MAX_ATTACHMENTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file_ids: Vec<FileId>,
    /// Whether the author confirmed mentioning many members. Not part of the input: a retry may add it.
    #[serde(skip)]
    pub is_confirmed: bool,
}

impl SendMessage {
    /// Creates the command for a text, and finds its mentions.
    pub fn new(workspace_id: WorkspaceId, message_id: MessageId, channel_id: ChannelId, text: String) -> Self {
        let mentions = mention::find(workspace_id, &text);
        Self { message_id, channel_id, thread_id: None, text, mentions, file_ids: Vec::new(), is_confirmed: false }
    }

    /// Completes a command that waited in the outage queue, which stores the confirmation beside it.
    pub fn dequeued(self, workspace_id: WorkspaceId, is_confirmed: bool) -> Self {
        Self { mentions: mention::find(workspace_id, &self.text), is_confirmed, ..self }
    }

    /// Requires a valid text and list of files. Checked before the message is queued, and again by the decision, which
    /// also receives queued messages.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`.
    pub fn require_valid(&self) -> Result<()> {
        if self.file_ids.is_empty() {
            require_visible_text(&self.text)?;
        }
        let mut ids = HashSet::new();
        if self.file_ids.len() > MAX_ATTACHMENTS || !self.file_ids.iter().all(|id| ids.insert(*id)) {
            let why = format!("Invalid files: maximum {MAX_ATTACHMENTS} per message, without duplicates.");
            return Err(Error::invalid("attachmentIds", why));
        }
        text::require_max_chars("text", &self.text, MAX_TEXT_CHARS)
    }
}

impl Command for SendMessage {
    fn name(&self) -> &'static str {
        "message.send"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.extend(&self.file_ids);
        reads.messages.insert(self.message_id);
        reads.messages.extend(self.thread_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN` unless the member is in the channel, `CONFLICT`, also if the channel is archived,
    /// `BAD_USER_INPUT`.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        self.require_valid()?;
        let me = require_member(workspace, account_id)?;
        let channel = require_writable(workspace, me, self.channel_id)?;
        if self.mentions.channel {
            require_channel_mention_allowed(workspace, me, channel, self.is_confirmed)?;
        }
        if facts.messages.contains_key(&self.message_id) {
            return Err(Error::id_taken());
        }
        if let Some(root) = self.thread_id {
            require_thread_root(facts.messages.get(&root), channel.id)?;
        }
        let skeleton = Skeleton::MessageSent {
            message_id: self.message_id,
            channel_id: channel.id,
            thread_id: self.thread_id,
            mentions: mention::retain_active(&self.mentions, workspace),
            file_ids: self.file_ids.clone(),
        };
        let files = self.file_ids.iter().map(|id| require_unused(facts, me, *id).cloned()).collect::<Result<_>>()?;
        Ok(vec![Draft::by(me.id, skeleton, Body { files, ..Body::text(self.text.clone()) })])
    }

    fn weight(&self) -> usize {
        512 + self.text.len() + 1024 * self.file_ids.len()
    }
}

/// Requires that the root of a thread is a message of the same channel and not a reply. It may be deleted.
fn require_thread_root(root: Option<&MessageFact>, channel_id: ChannelId) -> Result<()> {
    match root.filter(|root| root.channel_id == channel_id) {
        None => Err(Error::NotFound("thread")),
        Some(root) if root.thread_id.is_some() => {
            Err(Error::invalid("threadId", "The message is a reply. Use the ID of the message that starts the thread."))
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::error::Reason;
    use crate::ground::id::{MemberId, WorkspaceId};
    use crate::log::Submission;
    use crate::model::channel::ChannelKind;
    use crate::model::event::Event;
    use crate::model::member::Role;
    use crate::model::message::CHANNEL_MENTION_CONFIRM_THRESHOLD;
    use crate::model::workspace::ChannelMentions;

    /// A workspace with an owner and the given number of members, all in one channel.
    fn workspace(members: u64) -> (Workspace, ChannelId, Vec<AccountId>) {
        let mut workspace = Workspace::empty(WorkspaceId::mint());
        let (channel_id, mut accounts, mut ids) = (ChannelId::mint(), Vec::new(), Vec::new());
        let mut apply = |actor: MemberId, skeleton| {
            let (seq, id) = (workspace.seq + 1, workspace.id);
            let (at, body) = (Timestamp(0), Body::default());
            workspace.apply(&Event {
                workspace_id: id,
                seq,
                at,
                actor_id: actor.0,
                command_id: actor.0,
                skeleton,
                body,
            });
        };
        for number in 0..=members {
            let (member_id, account_id) = (MemberId::mint(), AccountId::mint());
            let role = if number == 0 { Role::Owner } else { Role::Member };
            apply(member_id, Skeleton::MemberJoined { member_id, account_id, role, invite_id: None, avatar_id: None });
            accounts.push(account_id);
            ids.push(member_id);
        }
        let channel_kind = ChannelKind::Private;
        apply(ids[0], Skeleton::ChannelCreated { channel_id, channel_kind, member_ids: ids.clone() });
        (workspace, channel_id, accounts)
    }

    fn send(channel_id: ChannelId, is_confirmed: bool) -> SendMessage {
        let text = "<!channel>".to_owned();
        SendMessage { is_confirmed, ..SendMessage::new(WorkspaceId::mint(), MessageId::mint(), channel_id, text) }
    }

    #[test]
    fn a_retry_may_add_the_confirmation_and_find_other_mentions() {
        let nil = uuid::Uuid::nil();
        let message = || SendMessage::new(WorkspaceId::SERVER, MessageId(nil), ChannelId(nil), "<!channel>".to_owned());
        let hash = |command: SendMessage| {
            let (workspace_id, account_id, command_id) = (WorkspaceId::SERVER, AccountId(nil), nil);
            let command = std::sync::Arc::new(command);
            Submission { workspace_id, account_id, command_id, command }.input_hash().unwrap()
        };
        assert!(message().mentions.channel);
        assert_eq!(hash(message()), hash(SendMessage { is_confirmed: true, ..message() }));
        assert_eq!(hash(message()), hash(SendMessage { mentions: Mentions::default(), ..message() }));
        assert_ne!(hash(message()), hash(SendMessage { text: "<!here>".to_owned(), ..message() }));
    }

    #[test]
    fn mentions_survive_the_outage_queue() {
        let (workspace_id, channel_id) = (WorkspaceId::mint(), ChannelId::mint());
        let message = SendMessage::new(workspace_id, MessageId::mint(), channel_id, "<!channel>".to_owned());
        let stored: SendMessage = serde_json::from_str(&serde_json::to_string(&message).unwrap()).unwrap();
        assert_eq!(stored.dequeued(workspace_id, false), message);
    }

    #[test]
    fn requires_confirmation_to_mention_many_members() {
        for (others, needs) in
            [(CHANNEL_MENTION_CONFIRM_THRESHOLD - 1, false), (CHANNEL_MENTION_CONFIRM_THRESHOLD, true)]
        {
            let (workspace, channel, accounts) = workspace(others);
            let decide = |is_confirmed| send(channel, is_confirmed).decide(accounts[0], &workspace, &Facts::default());
            let reason = match decide(false) {
                Err(Error::Invalid { reason, .. }) => reason,
                other => other.map(|_| None).unwrap(),
            };
            assert_eq!(reason, needs.then_some(Reason::ChannelMentionUnconfirmed), "{others}");
            assert_eq!(decide(true).unwrap().len(), 1);
        }
    }

    #[test]
    fn rejects_confirmed_channel_mentions_of_plain_members() {
        let (mut workspace, channel, accounts) = workspace(1);
        workspace.channel_mentions = ChannelMentions::Admins;
        let decide = |account| send(channel, true).decide(account, &workspace, &Facts::default());
        assert!(decide(accounts[0]).is_ok());
        assert!(matches!(decide(accounts[1]), Err(Error::Forbidden(Reason::ChannelMentionRestricted, _))));
    }
}
