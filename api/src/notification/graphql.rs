//! `Notification`, and marking them as read.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::entity::Model;
use super::{Reason, service};
use crate::clock::Moment;
use crate::error::Error;
use crate::event::Seq;
use crate::graphql::connection::NotificationConnection;
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, viewer};
use crate::message;
use crate::message::graphql::Message;
use crate::page::{self, Page, Slice};
use crate::workspace::view::View;

/// Something that concerns the viewer.
#[derive(Clone)]
pub struct Notification {
    row: Model,
    message: Message,
    read: bool,
}

/// A message that concerns the viewer, and why.
#[Object]
impl Notification {
    /// The id of the message: a message notifies somebody once.
    async fn id(&self) -> ID {
        self.row.message_id.to_string().into()
    }

    /// The number of the message.
    async fn seq(&self) -> Position {
        Position(self.row.seq)
    }

    /// Why.
    async fn reason(&self) -> Reason {
        self.row.reason
    }

    /// The message.
    async fn message(&self) -> &Message {
        &self.message
    }

    /// When it was sent.
    async fn created_at(&self) -> Moment {
        self.row.created_at
    }

    /// Whether the viewer has marked it as read, or has read its message in the channel. Reading a channel does
    /// not read its threads.
    async fn read(&self) -> bool {
        self.read
    }
}

/// A page of notifications as the schema has it.
///
/// # Errors
/// When the database does not answer.
pub async fn connection(view: &Arc<View>, wanted: &Page<Seq>) -> Result<NotificationConnection, Error> {
    let slice = service::list(view, wanted).await?;
    let ids = slice.items.iter().map(|(row, _)| row.message_id).collect();
    let rows = message::service::find_all(view, ids).await?;
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

/// Up to where notifications are read.
#[derive(InputObject)]
pub struct MarkNotificationsReadInput {
    /// The workspace.
    workspace_id: ID,
    /// All up to here are read.
    seq: Position,
}

/// What is left.
#[derive(SimpleObject)]
pub struct MarkNotificationsReadPayload {
    /// Notifications that the viewer has not read, counted up to 1,000.
    unread_notifications: i32,
    /// The number of the log that `unreadNotifications` is counted at.
    counted_seq: Position,
    /// The revision of what is private to the viewer.
    private_rev: Position,
}

#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks the viewer's notifications up to `seq` as read, on all their devices.
    async fn mark_notifications_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let seq = input.seq.0;
        let mark = |view: Arc<View>| async move { service::mark_read(&view, seq).await };
        let (unread, rev) = View::in_memory(app, caller, id("workspaceId", &input.workspace_id)?, mark).await?;
        Ok(MarkNotificationsReadPayload {
            unread_notifications: unread.shown(),
            counted_seq: Position(unread.seq),
            private_rev: Position(rev),
        })
    }
}
