//! The durable reader that writes notifications: mentions, replies, direct messages.
//!
//! Who is told is judged by who was in the channel at the message's number. The author is never told;
//! of several reasons the strongest counts. A deleted message takes its notifications with it.

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Value};

use crate::app::App;
use crate::channel::ChannelKind;
use crate::channel::entity::channel;
use crate::db::{places, statement};
use crate::error::Result;
use crate::event::{Event, Mentions, SharedEvent, Skeleton};
use crate::id::{ChannelId, MemberId, MessageId};
use crate::live::signal::Signal;
use crate::log::reader::Handler;
use crate::message;
use crate::notification::{self, Reason, entity};

/// Of one run, at most so many members are told at once; others see it when they look.
const SIGNALS: usize = 500;

/// The reader.
#[derive(Debug, Clone, Copy)]
pub struct Notifications;

impl Handler for Notifications {
    type After = Vec<entity::Model>;
    const NAME: &'static str = "notifications";

    async fn handle(&self, _: &App, transaction: &DatabaseTransaction, events: &[SharedEvent]) -> Result<Self::After> {
        let mut written = Vec::new();
        for event in events {
            match &event.skeleton {
                Skeleton::MessageSent { message_id, channel_id, thread_id, mentions } => {
                    let told = Told { event, message_id: *message_id, channel_id: *channel_id };
                    told.write(transaction, *thread_id, mentions).await?;
                    let rows = entity::Entity::find()
                        .filter(entity::Column::WorkspaceId.eq(event.workspace_id))
                        .filter(entity::Column::MessageId.eq(*message_id));
                    written.extend(rows.all(transaction).await?);
                }
                Skeleton::MessageDeleted { message_id, .. } => {
                    entity::Entity::delete_many()
                        .filter(entity::Column::WorkspaceId.eq(event.workspace_id))
                        .filter(entity::Column::MessageId.eq(*message_id))
                        .exec(transaction)
                        .await?;
                    written.retain(|row: &entity::Model| row.message_id != *message_id);
                }
                _ => {}
            }
        }
        Ok(written)
    }

    async fn after(&self, app: &App, written: Vec<entity::Model>) {
        for row in written.into_iter().take(SIGNALS) {
            let unread = notification::service::unread(app.database.reader(), row.workspace_id, row.member_id).await;
            let Ok(unread) = unread else { continue };
            let signal = Signal::NotificationAdded {
                unread,
                seq: row.seq,
                channel_id: row.channel_id,
                message_id: row.message_id,
                reason: row.reason,
            };
            app.rooms.signal(row.workspace_id, row.member_id, signal);
        }
    }
}

/// One message that people may have to be told of.
struct Told<'a> {
    event: &'a Event,
    message_id: MessageId,
    channel_id: ChannelId,
}

impl Told<'_> {
    /// Writes the rows, strongest reason first: what stands stays.
    async fn write(
        &self,
        transaction: &DatabaseTransaction,
        thread: Option<MessageId>,
        mentions: &Mentions,
    ) -> Result<()> {
        if !mentions.member_ids.is_empty() {
            self.tell(transaction, Reason::Mention, Some(&mentions.member_ids)).await?;
        }
        if let Some(root) = thread {
            let root = message::entity::Entity::find_by_id((self.event.workspace_id, root)).one(transaction).await?;
            if let Some(root) = root {
                self.tell(transaction, Reason::Reply, Some(&[root.author_id])).await?;
            }
        }
        let channel = channel::Entity::find_by_id((self.event.workspace_id, self.channel_id)).one(transaction).await?;
        if channel.is_some_and(|channel| channel.kind == ChannelKind::Direct) {
            self.tell(transaction, Reason::Direct, None).await?;
        }
        if mentions.channel {
            self.tell(transaction, Reason::ChannelMention, None).await?;
        }
        Ok(())
    }

    /// Tells those who were in the channel: all of them, or only those named.
    async fn tell(&self, transaction: &DatabaseTransaction, reason: Reason, only: Option<&[MemberId]>) -> Result<()> {
        let mut values: Vec<Value> = vec![
            self.event.workspace_id.0.into(),
            self.channel_id.0.into(),
            self.event.seq.into(),
            self.event.actor_id.into(),
            sea_orm::ActiveEnum::to_value(&reason).into(),
            self.message_id.0.into(),
            self.event.at.0.into(),
        ];
        let named = only.map(|ids| {
            let list = places(values.len() + 1, ids.len());
            values.extend(ids.iter().map(|id| Value::from(id.0)));
            format!(" AND member_id IN ({list})")
        });
        let sql = format!(
            "INSERT INTO notification (workspace_id, member_id, seq, reason, channel_id, message_id, created_at) \
             SELECT $1, member_id, $3, $5, $2, $6, $7 FROM channel_member \
             WHERE workspace_id = $1 AND channel_id = $2 AND joined_seq <= $3 \
             AND (left_seq IS NULL OR left_seq > $3) AND member_id <> $4{} \
             ON CONFLICT DO NOTHING",
            named.unwrap_or_default()
        );
        transaction.execute_raw(statement(transaction, sql, values)).await?;
        Ok(())
    }
}
