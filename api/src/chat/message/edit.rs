//! Editing the text of a message.

use serde::Serialize;

use super::access::{require_channel_mention_allowed, require_visible, require_visible_text};
use crate::chat::channel::access::require_writable;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, MessageId, WorkspaceId};
use crate::ground::text;
use crate::log::facts::messages::MessageFact;
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::event::{Body, Mentions, Skeleton};
use crate::model::message::{MAX_EDITS, MAX_TEXT_CHARS, mention};
use crate::model::workspace::state::{Member, Workspace};

/// Replaces the text of a message. Only for its author.
#[derive(Debug, Serialize)]
pub struct EditMessage {
    message_id: MessageId,
    /// At most [`MAX_TEXT_CHARS`] characters. Visible unless the message has files.
    text: String,
    /// The mentions in the text. Not part of the input: another version of the server may find others in a retry.
    #[serde(skip)]
    mentions: Mentions,
    /// Whether the author confirmed mentioning many members. Not part of the input: a retry may add it.
    #[serde(skip)]
    is_confirmed: bool,
}

impl EditMessage {
    /// Creates the command for a text, and finds its mentions.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a text that is too long.
    pub fn new(workspace_id: WorkspaceId, message_id: MessageId, text: String, is_confirmed: bool) -> Result<Self> {
        text::require_max_chars("text", &text, MAX_TEXT_CHARS)?;
        Ok(Self { message_id, mentions: mention::find(workspace_id, &text), text, is_confirmed })
    }
}

impl Command for EditMessage {
    fn name(&self) -> &'static str {
        "message.edit"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.messages.insert(self.message_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `BAD_USER_INPUT`, `CONFLICT` after too many edits or if the channel is archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let fact = require_visible(workspace, facts, me, self.message_id)?;
        require_editable(workspace, me, fact, &self.text)?;
        if self.mentions.channel && !fact.mentions_channel {
            let channel = require_writable(workspace, me, fact.channel_id)?;
            require_channel_mention_allowed(workspace, me, channel, self.is_confirmed)?;
        }
        let skeleton = Skeleton::MessageEdited {
            message_id: self.message_id,
            channel_id: fact.channel_id,
            thread_id: fact.thread_id,
            author_id: fact.author_id,
            sent_seq: fact.sent_seq,
            sent_at: fact.sent_at,
            mentions: mention::retain_active(&self.mentions, workspace),
        };
        Ok(vec![Draft::by(me.id, skeleton, Body::text(self.text.clone()))])
    }

    fn weight(&self) -> usize {
        512 + self.text.len()
    }
}

/// Requires that a member may change a message to this text.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless they are its author and in its channel, `BAD_USER_INPUT`, `CONFLICT`.
fn require_editable(workspace: &Workspace, me: &Member, fact: &MessageFact, text: &str) -> Result<()> {
    require_writable(workspace, me, fact.channel_id)?;
    if fact.author_id != me.id {
        return Err(Error::Forbidden(Reason::NotCreator, "Only its author can edit a message."));
    }
    if fact.files == 0 {
        require_visible_text(text)?;
    }
    if fact.edits >= MAX_EDITS {
        return Err(Error::Conflict(
            Reason::EditLimit,
            format!("Edit limit reached: {MAX_EDITS} edits per message. Send a new message."),
        ));
    }
    Ok(())
}
