//! Commands on messages: send, edit, delete.

use serde::Serialize;

use super::{EDITS_MAX, mention};
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
use crate::workspace::state::{Member, Workspace};

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
    },
    Edit {
        message_id: MessageId,
        text: String,
        mentions: Mentions,
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
            Self::Send { message_id, channel_id, thread_id, text, mentions, file_ids } => {
                let channel = entered(workspace, me, *channel_id)?;
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
            Self::Edit { message_id, text, mentions } => {
                let fact = visible(workspace, facts, me, *message_id)?;
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
