//! Commands on messages: send, edit, delete.

use serde::Serialize;

use super::{CHANNEL_MENTION_CONFIRM_THRESHOLD, EDITS_MAX, mention};
use crate::channel::ChannelKind;
use crate::channel::command::{require_joined, require_readable};
use crate::error::{Error, Result};
use crate::event::{Body, Mentions, Skeleton};
use crate::file::command::require_unused;
use crate::id::{AccountId, ChannelId, FileId, MessageId};
use crate::log::command::require_member;
use crate::log::facts::{MessageFact, ReadSet};
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::text;
use crate::workspace::ChannelMentions;
use crate::workspace::state::{Channel, Member, Workspace};

/// A command on messages. Texts are already validated and mentions extracted.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Send {
        message_id: MessageId,
        channel_id: ChannelId,
        thread_id: Option<MessageId>,
        text: String,
        mentions: Mentions,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        file_ids: Vec<FileId>,
        /// Whether the author confirmed mentioning many members. Not serialized, so that a retry may add it.
        #[serde(skip)]
        is_confirmed: bool,
    },
    Edit {
        message_id: MessageId,
        text: String,
        mentions: Mentions,
        #[serde(skip)]
        is_confirmed: bool,
    },
    Delete {
        message_id: MessageId,
    },
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet) {
        match self {
            Self::Send { message_id, thread_id, file_ids, .. } => {
                reads.files.extend(file_ids);
                reads.messages.insert(*message_id);
                reads.messages.extend(*thread_id);
            }
            Self::Edit { message_id, .. } | Self::Delete { message_id } => {
                reads.messages.insert(*message_id);
            }
        }
    }

    /// Estimated size in bytes, counted against the batch limit.
    pub fn weight(&self) -> usize {
        match self {
            Self::Send { text, file_ids, .. } => 512 + text.len() + 1024 * file_ids.len(),
            Self::Edit { text, .. } => 512 + text.len(),
            Self::Delete { .. } => 512,
        }
    }

    /// Decides the command against the facts.
    ///
    /// # Errors
    /// `NOT_FOUND` for messages and channels that are not visible to the member, `FORBIDDEN`, `CONFLICT`.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account)?;
        match self {
            Self::Send { message_id, channel_id, thread_id, text, mentions, file_ids, is_confirmed } => {
                let channel = require_joined(workspace, me, *channel_id)?;
                if mentions.channel {
                    require_channel_mention_allowed(workspace, me, channel, *is_confirmed)?;
                }
                if facts.messages.contains_key(message_id) {
                    return Err(Error::id_taken());
                }
                if let Some(root) = thread_id {
                    require_thread_root(facts.messages.get(root), channel.id)?;
                }
                let skeleton = Skeleton::MessageSent {
                    message_id: *message_id,
                    channel_id: channel.id,
                    thread_id: *thread_id,
                    mentions: mention::retain_active(mentions, workspace),
                    file_ids: file_ids.clone(),
                };
                let files = file_ids.iter().map(|id| require_unused(facts, me, *id).cloned()).collect::<Result<_>>()?;
                Ok(vec![Draft::by(me.id, skeleton, Body { files, ..Body::text(text.clone()) })])
            }
            Self::Edit { message_id, text, mentions, is_confirmed } => {
                let fact = require_visible(workspace, facts, me, *message_id)?;
                require_editable(workspace, me, fact, text)?;
                if mentions.channel && !fact.mentions_channel {
                    let channel = require_joined(workspace, me, fact.channel_id)?;
                    require_channel_mention_allowed(workspace, me, channel, *is_confirmed)?;
                }
                let skeleton = Skeleton::MessageEdited {
                    message_id: *message_id,
                    channel_id: fact.channel_id,
                    thread_id: fact.thread_id,
                    author_id: fact.author_id,
                    sent_seq: fact.sent_seq,
                    mentions: mention::retain_active(mentions, workspace),
                };
                Ok(vec![Draft::by(me.id, skeleton, Body::text(text.clone()))])
            }
            Self::Delete { message_id } => {
                let fact = require_visible(workspace, facts, me, *message_id)?;
                if fact.author_id != me.id && me.role < Role::Admin {
                    return Err(Error::Forbidden("Only its author, owners and admins can delete a message."));
                }
                let skeleton = Skeleton::MessageDeleted {
                    message_id: *message_id,
                    channel_id: fact.channel_id,
                    thread_id: fact.thread_id,
                    author_id: fact.author_id,
                    sent_seq: fact.sent_seq,
                };
                Ok(vec![Draft::by(me.id, skeleton, Body::default())])
            }
        }
    }
}

/// Requires that a member may change a message to this text.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless they are its author and in its channel, `BAD_USER_INPUT`, `CONFLICT`.
fn require_editable(workspace: &Workspace, me: &Member, fact: &MessageFact, text: &str) -> Result<()> {
    require_joined(workspace, me, fact.channel_id)?;
    if fact.author_id != me.id {
        return Err(Error::Forbidden("Only its author can edit a message."));
    }
    if fact.files == 0 {
        require_visible_text(text)?;
    }
    if fact.edits >= EDITS_MAX {
        return Err(Error::Conflict(format!("Edit limit reached: {EDITS_MAX} edits per message. Send a new message.")));
    }
    Ok(())
}

/// Requires that a member may mention a whole channel, and has confirmed it for a large one.
///
/// # Errors
/// `FORBIDDEN` if only admins may, `BAD_USER_INPUT` without confirmation in a large channel.
fn require_channel_mention_allowed(
    workspace: &Workspace,
    me: &Member,
    channel: &Channel,
    is_confirmed: bool,
) -> Result<()> {
    if channel.kind == ChannelKind::Direct {
        return Ok(());
    }
    if workspace.channel_mentions == ChannelMentions::Admins && me.role < Role::Admin {
        return Err(Error::Forbidden("Only owners and admins can mention a whole channel in this workspace."));
    }
    let people = channel.members.len();
    if people > CHANNEL_MENTION_CONFIRM_THRESHOLD && !is_confirmed {
        let why = format!("The message mentions {people} members. Confirm with confirmChannelMention.");
        return Err(Error::invalid("confirmChannelMention", why));
    }
    Ok(())
}

/// Requires that the text of a message without files has visible characters.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn require_visible_text(text: &str) -> Result<()> {
    let empty = "The message is empty. Enter a text or attach a file.";
    text::is_visible(text).then_some(()).ok_or_else(|| Error::invalid("text", empty))
}

/// Returns a message that is not deleted and that the member may read.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn require_visible<'a>(
    workspace: &Workspace,
    facts: &'a Facts,
    me: &Member,
    id: MessageId,
) -> Result<&'a MessageFact> {
    let fact = facts.messages.get(&id).filter(|fact| !fact.deleted).ok_or(Error::NotFound("message"))?;
    require_readable(workspace, me, fact.channel_id).map_err(|_| Error::NotFound("message"))?;
    Ok(fact)
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
    use crate::clock::Timestamp;
    use crate::event::Event;
    use crate::id::WorkspaceId;

    /// A workspace with an owner and the given number of members, all in one channel.
    fn workspace(members: u64) -> (Workspace, ChannelId, Vec<AccountId>) {
        let mut workspace = Workspace::empty(WorkspaceId::mint());
        let (channel_id, mut accounts, mut ids) = (ChannelId::mint(), Vec::new(), Vec::new());
        let mut apply = |actor: crate::id::MemberId, skeleton| {
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
            let (member_id, account_id) = (crate::id::MemberId::mint(), AccountId::mint());
            let role = if number == 0 { Role::Owner } else { Role::Member };
            apply(member_id, Skeleton::MemberJoined { member_id, account_id, role, invite_id: None, avatar_id: None });
            accounts.push(account_id);
            ids.push(member_id);
        }
        let channel_kind = ChannelKind::Private;
        apply(ids[0], Skeleton::ChannelCreated { channel_id, channel_kind, member_ids: ids.clone() });
        (workspace, channel_id, accounts)
    }

    fn send(channel_id: ChannelId, is_confirmed: bool) -> Command {
        let (text, mentions) = ("<!channel>".to_owned(), Mentions { channel: true, ..Mentions::default() });
        let message_id = MessageId::mint();
        Command::Send { message_id, channel_id, thread_id: None, text, mentions, file_ids: Vec::new(), is_confirmed }
    }

    #[test]
    fn requires_confirmation_to_mention_many_members() {
        for (others, needs) in
            [(CHANNEL_MENTION_CONFIRM_THRESHOLD - 1, false), (CHANNEL_MENTION_CONFIRM_THRESHOLD, true)]
        {
            let (workspace, channel, accounts) = workspace(others);
            let decide = |is_confirmed| send(channel, is_confirmed).decide(&workspace, &Facts::default(), accounts[0]);
            let field = match decide(false) {
                Err(Error::Invalid { field, .. }) => Some(field),
                other => other.map(|_| None).unwrap(),
            };
            assert_eq!(field, needs.then_some("confirmChannelMention"), "{others}");
            assert_eq!(decide(true).unwrap().len(), 1);
        }
    }

    #[test]
    fn rejects_confirmed_channel_mentions_of_plain_members() {
        let (mut workspace, channel, accounts) = workspace(1);
        workspace.channel_mentions = ChannelMentions::Admins;
        let decide = |account| send(channel, true).decide(&workspace, &Facts::default(), account);
        assert!(decide(accounts[0]).is_ok());
        assert!(matches!(decide(accounts[1]), Err(Error::Forbidden(_))));
    }
}
