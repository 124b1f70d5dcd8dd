//! The `Notification` type and the mutation that marks notifications as read.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::chat::graphql::connection::NotificationConnection;
use crate::chat::graphql::context::{app, id, viewer};
use crate::chat::graphql::scalar::Position;
use crate::chat::message;
use crate::chat::message::graphql::Message;
use crate::chat::notification::service;
use crate::chat::workspace::view::View;
use crate::ground::clock::Timestamp;
use crate::ground::error::Error;
use crate::ground::id::{MessageId, NotificationId};
use crate::ground::page::{self, Page, Slice};
use crate::model::event::Seq;
use crate::model::notification::Reason;
use crate::model::notification::entity::Model;

/// A notification of the viewer.
#[derive(Clone)]
pub struct Notification {
    row: Model,
    message: Message,
    read: bool,
}

/// A message that notifies the viewer, and the reason.
#[Object]
impl Notification {
    /// The ID of the notification: `ntf_` followed by the same 52 characters as in the ID of its message. A message
    /// causes at most one notification per member.
    pub async fn id(&self) -> ID {
        NotificationId(self.row.message_id.0).in_workspace(self.row.workspace_id).into()
    }

    /// The sequence number of the message.
    async fn seq(&self) -> Position {
        Position(self.row.seq)
    }

    /// The reason for the notification.
    async fn reason(&self) -> Reason {
        self.row.reason
    }

    /// The message.
    async fn message(&self) -> &Message {
        &self.message
    }

    /// When the message was sent.
    async fn created_at(&self) -> Timestamp {
        self.row.created_at
    }

    /// Whether the notification has been marked as read or its message has been read in the channel. Reading a channel
    /// does not mark its thread replies as read.
    async fn read(&self) -> bool {
        self.read
    }
}

/// The notification of the viewer about a message.
///
/// # Errors
/// `NOT_FOUND` if the message does not exist, the viewer cannot read it, or it does not notify them.
pub async fn about(view: &Arc<View>, message_id: MessageId) -> Result<Notification, Error> {
    let unknown = || Error::NotFound("notification");
    let message = message::query::find(view, message_id).await.map_err(|error| match error {
        Error::NotFound(_) => unknown(),
        other => other,
    })?;
    let (row, read) = service::about(view, message.seq).await?.ok_or_else(unknown)?;
    Ok(Notification { row, read, message: Message::viewed(view, message) })
}

/// Resolves a page of notifications.
///
/// # Errors
/// If the database is unavailable.
pub async fn connection(view: &Arc<View>, wanted: &Page<Seq>) -> Result<NotificationConnection, Error> {
    let slice = service::list(view, wanted).await?;
    let ids = slice.items.iter().map(|(row, _)| row.message_id).collect();
    let rows = message::query::find_all(view, ids).await?;
    let messages = Message::viewed_all(view, rows);
    let mut messages: HashMap<_, _> = messages.into_iter().map(|message| (message.key(), message)).collect();
    let mut notification = |(row, read): (Model, bool)| {
        let message = messages.remove(&row.message_id)?;
        Some(Notification { read, message, row })
    };
    let notifications: Slice<Notification> = slice.map(|rows| rows.into_iter().filter_map(&mut notification).collect());
    let notifications = notifications.within_bytes(page::BYTES, wanted.backward, |one| one.message.bytes());
    Ok(NotificationConnection::new(notifications, |one| page::cursor(&one.row.seq), |one| one))
}

/// Input for `markNotificationsRead`.
#[derive(InputObject)]
pub struct MarkNotificationsReadInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Notifications up to this sequence number are marked as read.
    seq: Position,
}

/// Return value of `markNotificationsRead`.
#[derive(SimpleObject)]
pub struct MarkNotificationsReadPayload {
    /// Number of unread notifications of the viewer. Counted up to 1,000, which means 1,000 or more.
    unread_notifications: i32,
    /// The sequence number at which `unreadNotifications` was counted.
    counted_seq: Position,
    /// The revision of the viewer's private state. See `Boot.privateRev`.
    private_rev: Position,
}

#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks notifications up to `seq` as read, on all devices of the viewer.
    ///
    /// Errors: `BAD_USER_INPUT` if `seq` is beyond the end of the log.
    async fn mark_notifications_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let (app, viewer) = (app(context)?, viewer(context)?);
        let workspace_id = id("workspaceId", &input.workspace_id)?;
        let mark = |view: Arc<View>| async move { service::mark_read(&view, input.seq.0).await };
        let (unread, rev) = View::in_memory(app, viewer, workspace_id, mark).await?;
        Ok(MarkNotificationsReadPayload {
            unread_notifications: unread.shown(),
            counted_seq: Position(unread.seq),
            private_rev: Position(rev),
        })
    }
}
