//! The `Notification` type and the mutation that marks notifications as read.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::chat::graphql::connection::connections;
use crate::chat::graphql::context::{app, id, viewer};
use crate::chat::graphql::scalar::Position;
use crate::chat::message;
use crate::chat::message::graphql::Message;
use crate::chat::notification::service;
use crate::chat::workspace::view::View;
use crate::ground::clock::Timestamp;
use crate::ground::error::Error;
use crate::ground::id::{MessageId, NotificationId};
use crate::ground::page::{self, Page};
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

    /// Whether the notification has been marked as read, its message has been read in the channel, or the channel is
    /// archived. Reading a channel does not mark its thread replies as read.
    async fn read(&self) -> bool {
        self.read
    }
}

impl Notification {
    /// The ID of the message.
    pub fn message_id(&self) -> MessageId {
        self.row.message_id
    }
}

connections! {
    /// A page of notifications.
    NotificationConnection of
    /// A notification with its cursor.
    NotificationEdge of Notification;
}

/// The notifications of the viewer about messages. Leaves out messages that do not notify them.
///
/// # Errors
/// If the database is unavailable.
pub async fn about(view: &View, messages: &[Message]) -> Result<Vec<Notification>, Error> {
    let seqs: Vec<Seq> = messages.iter().map(Message::sent_seq).collect();
    Ok(with_messages(service::about(view, &seqs).await?, messages))
}

fn with_messages(found: Vec<(Model, bool)>, messages: &[Message]) -> Vec<Notification> {
    let messages: HashMap<MessageId, &Message> = messages.iter().map(|message| (message.key(), message)).collect();
    let notification = |(row, read): (Model, bool)| {
        let message = (*messages.get(&row.message_id)?).clone();
        Some(Notification { read, message, row })
    };
    found.into_iter().filter_map(notification).collect()
}

/// Resolves a page of notifications.
///
/// # Errors
/// If the database is unavailable.
pub async fn connection(view: &Arc<View>, wanted: &Page<Seq>) -> Result<NotificationConnection, Error> {
    let slice = service::list(view, wanted).await?;
    let ids = slice.items.iter().map(|(row, _)| row.message_id).collect();
    let messages = Message::viewed_all(view, message::query::find_all(view, ids).await?);
    let notifications = slice.map(|found| with_messages(found, &messages));
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
    /// Number of the viewer's unread notifications. Capped at 1,000: that value means 1,000 or more.
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
    /// Marks notifications up to `seq` as read, on all of the viewer's devices.
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
