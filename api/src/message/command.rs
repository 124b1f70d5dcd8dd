//! Commands on messages: send, edit, delete.

use serde::Serialize;

use super::{CONFIRM_ABOVE, EDITS_MAX, mention};
use crate::channel::ChannelKind;
use crate::channel::command::{entered, readable};
use crate::error::{Error, Result};
use crate::event::{Body, Mentions, Skeleton};
use crate::file::command::unused;
use crate::id::{AccountId, ChannelId, FileId, MessageId};
use crate::log::command::acting;
use crate::log::facts::{MessageFact, Wants};
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::text;
use crate::workspace::ChannelMentions;
use crate::workspace::state::{Channel, Member, Workspace};

/// What can be wanted of messages. Texts and what they mention were checked and found before.
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
        /// Whether its author knows that it mentions many. Not a part of what is said: a retry may come with it.
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
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants) {
        match self {
            Self::Send { message_id, thread_id, file_ids, .. } => {
                wants.files.extend(file_ids);
                wants.messages.insert(*message_id);
                wants.messages.extend(*thread_id);
            }
            Self::Edit { message_id, .. } | Self::Delete { message_id } => {
                wants.messages.insert(*message_id);
            }
        }
    }

    /// Bytes against the size of a batch.
    pub fn weight(&self) -> usize {
        match self {
            Self::Send { text, file_ids, .. } => 512 + text.len() + 1024 * file_ids.len(),
            Self::Edit { text, .. } => 512 + text.len(),
            Self::Delete { .. } => 512,
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// `NOT_FOUND` for what the member may not know of, `FORBIDDEN`, `CONFLICT`.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = acting(workspace, account)?;
        match self {
            Self::Send { message_id, channel_id, thread_id, text, mentions, file_ids, is_confirmed } => {
                let channel = entered(workspace, me, *channel_id)?;
                if mentions.channel {
                    mentions_everybody(workspace, me, channel, *is_confirmed)?;
                }
                if facts.messages.contains_key(message_id) {
                    return Err(Error::id_taken());
                }
                if let Some(root) = thread_id {
                    in_thread(facts.messages.get(root), channel.id)?;
                }
                let skeleton = Skeleton::MessageSent {
                    message_id: *message_id,
                    channel_id: channel.id,
                    thread_id: *thread_id,
                    mentions: mention::present(mentions, workspace),
                    file_ids: file_ids.clone(),
                };
                let files = file_ids.iter().map(|id| unused(facts, me, *id).cloned()).collect::<Result<_>>()?;
                Ok(vec![Draft::by(me.id, skeleton, Body { files, ..Body::text(text.clone()) })])
            }
            Self::Edit { message_id, text, mentions, is_confirmed } => {
                let fact = visible(workspace, facts, me, *message_id)?;
                may_edit(workspace, me, fact, text)?;
                if mentions.channel && !fact.mentions_channel {
                    let channel = entered(workspace, me, fact.channel_id)?;
                    mentions_everybody(workspace, me, channel, *is_confirmed)?;
                }
                let skeleton = Skeleton::MessageEdited {
                    message_id: *message_id,
                    channel_id: fact.channel_id,
                    thread_id: fact.thread_id,
                    author_id: fact.author_id,
                    sent_seq: fact.sent_seq,
                    mentions: mention::present(mentions, workspace),
                };
                Ok(vec![Draft::by(me.id, skeleton, Body::text(text.clone()))])
            }
            Self::Delete { message_id } => {
                let fact = visible(workspace, facts, me, *message_id)?;
                if fact.author_id != me.id && me.role < Role::Admin {
                    return Err(Error::Forbidden("Only the author or an admin deletes a message."));
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

/// That a member may give a message this text.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless it is theirs, in a channel that they are in; `BAD_USER_INPUT`, `CONFLICT`.
fn may_edit(workspace: &Workspace, me: &Member, fact: &MessageFact, text: &str) -> Result<()> {
    entered(workspace, me, fact.channel_id)?;
    if fact.author_id != me.id {
        return Err(Error::Forbidden("Only the author edits a message."));
    }
    if fact.files == 0 {
        seen(text)?;
    }
    if fact.edits >= EDITS_MAX {
        return Err(Error::Conflict(format!("A message is edited at most {EDITS_MAX} times.")));
    }
    Ok(())
}

/// That a member may mention everybody in a channel, and knows how many they are.
///
/// # Errors
/// `FORBIDDEN` where only admins may; `BAD_USER_INPUT` unless it is confirmed in a channel of many.
fn mentions_everybody(workspace: &Workspace, me: &Member, channel: &Channel, is_confirmed: bool) -> Result<()> {
    if channel.kind == ChannelKind::Direct {
        return Ok(());
    }
    if workspace.channel_mentions == ChannelMentions::Admins && me.role < Role::Admin {
        return Err(Error::Forbidden("Only owners and admins may mention a whole channel in this workspace."));
    }
    let people = channel.members.len();
    if people > CONFIRM_ABOVE && !is_confirmed {
        let why = format!("This mentions {people} people. Confirm it.");
        return Err(Error::invalid("confirmChannelMention", why));
    }
    Ok(())
}

/// That there is something to see in a text that comes without files.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn seen(text: &str) -> Result<()> {
    text::is_visible(text).then_some(()).ok_or_else(|| Error::invalid("text", "Write something first."))
}

/// A message that is there and that the member may read.
///
/// # Errors
/// `NOT_FOUND` otherwise, also once it is deleted.
pub fn visible<'a>(workspace: &Workspace, facts: &'a Facts, me: &Member, id: MessageId) -> Result<&'a MessageFact> {
    let fact = facts.messages.get(&id).filter(|fact| !fact.deleted).ok_or(Error::NotFound("message"))?;
    readable(workspace, me, fact.channel_id).map_err(|_| Error::NotFound("message"))?;
    Ok(fact)
}

/// Replies hang on a message of the same channel that is itself no reply. A deleted one keeps its thread.
fn in_thread(root: Option<&MessageFact>, channel_id: ChannelId) -> Result<()> {
    match root.filter(|root| root.channel_id == channel_id) {
        None => Err(Error::NotFound("thread")),
        Some(root) if root.thread_id.is_some() => {
            Err(Error::invalid("threadId", "This message is a reply itself. Give the one that begins the thread."))
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::event::Event;
    use crate::id::WorkspaceId;

    /// A workspace of an owner and so many members, all of them in one channel.
    fn workspace(members: u64) -> (Workspace, ChannelId, Vec<AccountId>) {
        let mut workspace = Workspace::empty(WorkspaceId::mint());
        let (channel_id, mut accounts, mut ids) = (ChannelId::mint(), Vec::new(), Vec::new());
        let mut fold = |actor: crate::id::MemberId, skeleton| {
            let (seq, id) = (workspace.seq + 1, workspace.id);
            let (at, body) = (Moment(0), Body::default());
            workspace.fold(&Event {
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
            fold(member_id, Skeleton::MemberJoined { member_id, account_id, role, invite_id: None, avatar_id: None });
            accounts.push(account_id);
            ids.push(member_id);
        }
        let channel_kind = ChannelKind::Private;
        fold(ids[0], Skeleton::ChannelCreated { channel_id, channel_kind, member_ids: ids.clone() });
        (workspace, channel_id, accounts)
    }

    fn send(channel_id: ChannelId, is_confirmed: bool) -> Command {
        let (text, mentions) = ("<!channel>".to_owned(), Mentions { channel: true, ..Mentions::default() });
        let message_id = MessageId::mint();
        Command::Send { message_id, channel_id, thread_id: None, text, mentions, file_ids: Vec::new(), is_confirmed }
    }

    #[test]
    fn a_mention_of_many_is_confirmed() {
        for (others, needs) in [(CONFIRM_ABOVE - 1, false), (CONFIRM_ABOVE, true)] {
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
    fn where_only_admins_may_confirming_does_not_help() {
        let (mut workspace, channel, accounts) = workspace(1);
        workspace.channel_mentions = ChannelMentions::Admins;
        let decide = |account| send(channel, true).decide(&workspace, &Facts::default(), account);
        assert!(decide(accounts[0]).is_ok());
        assert!(matches!(decide(accounts[1]), Err(Error::Forbidden(_))));
    }
}
