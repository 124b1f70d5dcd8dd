//! `Reading`, and marking as read and unread.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::service;
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, viewer};
use crate::live::signal;
use crate::workspace::view::View;

/// How far the viewer has read in a channel.
#[derive(Clone, Copy)]
pub struct Reading(pub signal::Reading);

/// How far the viewer has read in a channel, and what they have not.
#[Object]
impl Reading {
    /// Everything up to here is read.
    async fn last_read_seq(&self) -> Position {
        Position(self.0.last_read_seq)
    }

    /// Raised by every `markUnread`; `markRead` names the one it saw.
    async fn epoch(&self) -> i32 {
        self.0.epoch
    }

    /// Messages of others after it, outside of threads and not deleted; counted up to 1,000.
    async fn unread_count(&self) -> i32 {
        i32::try_from(self.0.unread_count).unwrap_or(i32::MAX)
    }

    /// Messages after it that mention the viewer or the whole channel, also in threads; up to 1,000.
    async fn mention_count(&self) -> i32 {
        i32::try_from(self.0.mention_count).unwrap_or(i32::MAX)
    }
}

/// How far a channel is read.
#[derive(InputObject)]
pub struct MarkReadInput {
    /// The workspace.
    workspace_id: ID,
    /// A channel that the viewer is in.
    channel_id: ID,
    /// Everything up to here is read. Never moves the cursor back.
    seq: Position,
    /// The epoch of the reading that the client saw; if `markUnread` has begun a newer one elsewhere, this
    /// does nothing.
    epoch: i32,
}

/// The reading after it.
#[derive(SimpleObject)]
pub struct MarkReadPayload {
    /// How far the channel is read now.
    reading: Reading,
    /// The revision of what is private to the viewer.
    private_rev: Position,
}

/// From which message on a channel is unread.
#[derive(InputObject)]
pub struct MarkUnreadInput {
    /// The workspace.
    workspace_id: ID,
    /// The first message that is to be unread.
    message_id: ID,
}

/// The reading after it.
#[derive(SimpleObject)]
pub struct MarkUnreadPayload {
    /// How far the channel is read now, in its new epoch.
    reading: Reading,
    /// The revision of what is private to the viewer.
    private_rev: Position,
}

#[derive(Default)]
pub struct ReadingMutation;

#[Object]
impl ReadingMutation {
    /// Moves the viewer's read cursor in a channel forward to `seq`, on all their devices.
    async fn mark_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: MarkReadInput,
    ) -> Result<MarkReadPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let channel = id("channelId", &input.channel_id)?;
        let (seq, epoch) = (input.seq.0, input.epoch);
        let mark = |view: Arc<View>| async move { service::mark_read(&view, channel, seq, epoch).await };
        let (reading, rev) = View::in_memory(app, caller, id("workspaceId", &input.workspace_id)?, mark).await?;
        Ok(MarkReadPayload { reading: Reading(reading), private_rev: Position(rev) })
    }

    /// Puts the viewer's read cursor just before a message and begins a new epoch.
    async fn mark_unread(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: MarkUnreadInput,
    ) -> Result<MarkUnreadPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let message = id("messageId", &input.message_id)?;
        let mark = |view: Arc<View>| async move { service::mark_unread(&view, message).await };
        let (reading, rev) = View::in_memory(app, caller, id("workspaceId", &input.workspace_id)?, mark).await?;
        Ok(MarkUnreadPayload { reading: Reading(reading), private_rev: Position(rev) })
    }
}
