//! The `ReadState` type and the mutations that mark channels as read and unread.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use tokio::sync::OnceCell;

use super::service;
use crate::chat::graphql::context::{app, id, viewer};
use crate::chat::graphql::scalar::Position;
use crate::chat::workspace::view::View;
use crate::ground::error::Error;
use crate::ground::id::{ChannelId, GlobalId, ReadStateId, WorkspaceId};
use crate::live::read_state::counts::read_states;
use crate::live::signal;

/// The viewer's read state in a channel.
#[derive(Clone, Copy)]
pub struct ReadState {
    pub workspace_id: WorkspaceId,
    pub state: signal::ReadState,
}

/// The viewer's read state in a channel.
#[Object]
impl ReadState {
    /// The ID of the read state: `rst_` followed by the same 52 characters as in the ID of the channel. The viewer
    /// has one read state per channel.
    pub async fn id(&self) -> ID {
        ReadStateId::from(self.state.channel_id).in_workspace(self.workspace_id).into()
    }

    /// The read position: messages up to this sequence number are read.
    async fn last_read_seq(&self) -> Position {
        Position(self.state.last_read_seq)
    }

    /// Incremented by every `markUnread`. Pass it to `markRead`.
    async fn epoch(&self) -> i32 {
        self.state.epoch
    }

    /// Number of unread messages: messages of other members after `lastReadSeq`, excluding thread replies and deleted
    /// messages. Capped at 1,000: that value means 1,000 or more.
    async fn unread_count(&self) -> i32 {
        i32::try_from(self.state.unread_count).unwrap_or(i32::MAX)
    }

    /// Number of messages after `lastReadSeq` that mention the viewer or the whole channel, including thread replies.
    /// Capped at 1,000: that value means 1,000 or more.
    async fn mention_count(&self) -> i32 {
        i32::try_from(self.state.mention_count).unwrap_or(i32::MAX)
    }
}

/// The viewer's read states in channels of a response, loaded by a single query when the first one is resolved.
pub struct ReadStates {
    view: Arc<View>,
    /// The channels; all of the viewer's if `None`.
    channel_ids: Option<Vec<ChannelId>>,
    loaded: OnceCell<HashMap<ChannelId, signal::ReadState>>,
}

impl ReadStates {
    /// Creates the loader for all channels of the viewer.
    pub fn all(view: &Arc<View>) -> Arc<Self> {
        Arc::new(Self { view: view.clone(), channel_ids: None, loaded: OnceCell::new() })
    }

    /// Creates the loader for these channels.
    pub fn among(view: &Arc<View>, channel_ids: impl IntoIterator<Item = ChannelId>) -> Arc<Self> {
        let channel_ids = channel_ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        Arc::new(Self { view: view.clone(), channel_ids: Some(channel_ids), loaded: OnceCell::new() })
    }

    /// The view in which they are loaded.
    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// Returns the read state in one of the channels. `None` unless the viewer is in it.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn of(&self, channel_id: ChannelId) -> Result<Option<ReadState>, Error> {
        let (view, only) = (&self.view, self.channel_ids.as_deref());
        let load = async || read_states(&*view.snapshot().await?, view.id(), view.me().id, only).await;
        let state = self.loaded.get_or_try_init(load).await?.get(&channel_id).copied();
        Ok(state.map(|state| ReadState { workspace_id: view.id(), state }))
    }
}

/// Input for `markRead`.
#[derive(InputObject)]
pub struct MarkReadInput {
    /// The ID of a channel that the viewer is in.
    channel_id: ID,
    /// The new read position. A position before the current one has no effect.
    seq: Position,
    /// The `epoch` of the read state known to the client. The mutation has no effect if `markUnread` has started a
    /// newer epoch.
    epoch: i32,
}

/// Return value of `markRead`.
#[derive(SimpleObject)]
pub struct MarkReadPayload {
    /// The updated read state.
    read_state: ReadState,
    /// The revision of the viewer's private state. See `Boot.privateRev`.
    private_rev: Position,
}

/// Input for `markUnread`.
#[derive(InputObject)]
pub struct MarkUnreadInput {
    /// The ID of the first message to mark as unread.
    message_id: ID,
}

/// Return value of `markUnread`.
#[derive(SimpleObject)]
pub struct MarkUnreadPayload {
    /// The updated read state, with a new epoch.
    read_state: ReadState,
    /// The revision of the viewer's private state. See `Boot.privateRev`.
    private_rev: Position,
}

#[derive(Default)]
pub struct ReadStateMutation;

#[Object]
impl ReadStateMutation {
    /// Marks a channel as read up to `seq`, on all of the viewer's devices.
    ///
    /// Errors: `BAD_USER_INPUT` if `seq` is beyond the end of the log, `NOT_FOUND` if the channel does not exist,
    /// `FORBIDDEN` if the viewer is not in the channel.
    async fn mark_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: MarkReadInput,
    ) -> Result<MarkReadPayload> {
        let (app, viewer) = (app(context)?, viewer(context)?);
        let GlobalId { workspace_id, id: channel_id } = id("channelId", &input.channel_id)?;
        let (seq, epoch) = (input.seq.0, input.epoch);
        let mark = |view: Arc<View>| async move { service::mark_read(&view, channel_id, seq, epoch).await };
        let (state, rev) = View::in_memory(app, viewer, workspace_id, mark).await?;
        Ok(MarkReadPayload { read_state: ReadState { workspace_id, state }, private_rev: Position(rev) })
    }

    /// Marks a message and all later messages of its channel as unread, and starts a new epoch.
    ///
    /// Errors: `NOT_FOUND` if the message does not exist, `FORBIDDEN` if the viewer is not in the channel.
    async fn mark_unread(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: MarkUnreadInput,
    ) -> Result<MarkUnreadPayload> {
        let (app, viewer) = (app(context)?, viewer(context)?);
        let GlobalId { workspace_id, id: message_id } = id("messageId", &input.message_id)?;
        let mark = |view: Arc<View>| async move { service::mark_unread(&view, message_id).await };
        let (state, rev) = View::in_memory(app, viewer, workspace_id, mark).await?;
        Ok(MarkUnreadPayload { read_state: ReadState { workspace_id, state }, private_rev: Position(rev) })
    }
}
