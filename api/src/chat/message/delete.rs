//! Deleting a message and its files.

use serde::Serialize;

use super::access::require_visible;
use crate::chat::channel::access::{require_not_archived, require_readable};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, MessageId};
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::event::{Body, Skeleton};
use crate::model::member::Role;
use crate::model::workspace::state::Workspace;

/// Deletes a message. Its texts are erased, and its position in the history stays. Only for its author and admins.
#[derive(Debug, Serialize)]
pub struct DeleteMessage {
    pub message_id: MessageId,
}

impl Command for DeleteMessage {
    fn name(&self) -> &'static str {
        "message.delete"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.messages.insert(self.message_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if the channel is archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let fact = require_visible(workspace, facts, me, self.message_id)?;
        if fact.author_id != me.id && me.role < Role::Admin {
            return Err(Error::Forbidden(
                Reason::NotCreator,
                "Only its author, owners and admins can delete a message.",
            ));
        }
        require_not_archived(require_readable(workspace, me, fact.channel_id)?)?;
        let skeleton = Skeleton::MessageDeleted {
            message_id: self.message_id,
            channel_id: fact.channel_id,
            thread_id: fact.thread_id,
            author_id: fact.author_id,
            sent_seq: fact.sent_seq,
            sent_at: fact.sent_at,
        };
        Ok(vec![Draft::by(me.id, skeleton, Body::default())])
    }
}
