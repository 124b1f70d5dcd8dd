//! Derives messages and mentions from the log, and blanks the texts of what was deleted.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity};
use super::mention_entity as mention;
use crate::clock::Moment;
use crate::db::Transaction;
use crate::db::many::insert_all;
use crate::error::{Error, Result};
use crate::event::{Event, Mentions, Seq, SharedEvent, Skeleton};
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::log::entity::event as stored;
use crate::planted::{self, Bug};

/// Whom a mention of a whole channel is written for.
pub const WHOLE_CHANNEL: MemberId = MemberId(Uuid::nil());

/// Projects what was sent.
pub async fn sent(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut rows = Vec::new();
    let mut mentions = Vec::new();
    let mut threads: BTreeMap<MessageId, (i32, Moment)> = BTreeMap::new();
    for event in events {
        let Skeleton::MessageSent { message_id, channel_id, thread_id, mentions: found } = &event.skeleton else {
            continue;
        };
        rows.push(row(event, *message_id, *channel_id, *thread_id, found)?);
        mentions.extend(mention_rows(event, event.seq, *message_id, *channel_id, event.actor(), found));
        if let Some(root) = thread_id {
            let thread = threads.entry(*root).or_insert((0, event.at));
            *thread = (thread.0 + 1, event.at);
        }
    }
    let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !rows.is_empty()) else {
        return Ok(());
    };
    insert_all(transaction, rows).await?;
    insert_all(transaction, mentions).await?;
    for (root, (count, at)) in threads {
        let count = if planted::is(Bug::ProjectTwice) { count * 2 } else { count };
        Entity::update_many()
            .col_expr(Column::Replies, Expr::col(Column::Replies).add(count))
            .col_expr(Column::LastReplyAt, Expr::value(at))
            .filter(one(workspace_id, root))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

fn row(
    event: &Event,
    message_id: MessageId,
    channel_id: ChannelId,
    thread_id: Option<MessageId>,
    mentions: &Mentions,
) -> Result<ActiveModel> {
    Ok(ActiveModel {
        workspace_id: Set(event.workspace_id),
        id: Set(message_id),
        seq: Set(event.seq),
        channel_id: Set(channel_id),
        thread_id: Set(thread_id),
        author_id: Set(event.actor()),
        text: Set(event.body.text.clone().unwrap_or_default()),
        mentions: Set(serde_json::to_string(mentions).map_err(Error::internal)?),
        created_at: Set(event.at),
        edited_at: Set(None),
        deleted_at: Set(None),
        edits: Set(0),
        replies: Set(0),
        last_reply_at: Set(None),
    })
}

fn mention_rows(
    event: &Event,
    seq: Seq,
    message_id: MessageId,
    channel_id: ChannelId,
    author_id: MemberId,
    found: &Mentions,
) -> Vec<mention::ActiveModel> {
    let channel = found.channel.then_some(WHOLE_CHANNEL);
    let targets = found.member_ids.iter().copied().chain(channel);
    targets
        .map(|target_id| mention::ActiveModel {
            workspace_id: Set(event.workspace_id),
            channel_id: Set(channel_id),
            target_id: Set(target_id),
            seq: Set(seq),
            message_id: Set(message_id),
            author_id: Set(author_id),
        })
        .collect()
}

/// Projects what was edited.
pub async fn edited(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    for event in events {
        let Skeleton::MessageEdited { message_id, channel_id, author_id, sent_seq, mentions, .. } = &event.skeleton
        else {
            continue;
        };
        let found = serde_json::to_string(mentions).map_err(Error::internal)?;
        Entity::update_many()
            .col_expr(Column::Text, Expr::value(event.body.text.clone().unwrap_or_default()))
            .col_expr(Column::Mentions, Expr::value(found))
            .col_expr(Column::EditedAt, Expr::value(event.at))
            .col_expr(Column::Edits, Expr::col(Column::Edits).add(1))
            .filter(one(event.workspace_id, *message_id))
            .exec(transaction)
            .await?;
        forget_mentions(transaction, event.workspace_id, *message_id).await?;
        let rows = mention_rows(event, *sent_seq, *message_id, *channel_id, *author_id, mentions);
        insert_all(transaction, rows).await?;
    }
    Ok(())
}

/// Projects what was deleted, and blanks its texts in the log.
pub async fn deleted(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    for event in events {
        let Skeleton::MessageDeleted { message_id, thread_id, .. } = &event.skeleton else { continue };
        Entity::update_many()
            .col_expr(Column::Text, Expr::value(""))
            .col_expr(Column::Mentions, Expr::value("{}"))
            .col_expr(Column::DeletedAt, Expr::value(event.at))
            .filter(one(event.workspace_id, *message_id))
            .exec(transaction)
            .await?;
        if let Some(root) = thread_id {
            Entity::update_many()
                .col_expr(Column::Replies, Expr::col(Column::Replies).sub(1))
                .filter(one(event.workspace_id, *root))
                .exec(transaction)
                .await?;
        }
        forget_mentions(transaction, event.workspace_id, *message_id).await?;
        crate::reaction::projection::forget(transaction, event.workspace_id, *message_id).await?;
        erase(transaction, event.workspace_id, *message_id).await?;
    }
    Ok(())
}

/// Blanks bodies and salts of all events of a message; the chain still proves.
async fn erase(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, message_id: MessageId) -> Result<()> {
    stored::Entity::update_many()
        .col_expr(stored::Column::Salt, Expr::value(None::<Vec<u8>>))
        .col_expr(stored::Column::Body, Expr::value(None::<String>))
        .filter(stored::Column::WorkspaceId.eq(workspace_id))
        .filter(stored::Column::MessageId.eq(message_id))
        .exec(connection)
        .await?;
    Ok(())
}

async fn forget_mentions(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    message_id: MessageId,
) -> Result<()> {
    mention::Entity::delete_many()
        .filter(mention::Column::WorkspaceId.eq(workspace_id))
        .filter(mention::Column::MessageId.eq(message_id))
        .exec(connection)
        .await?;
    Ok(())
}

fn one(workspace_id: WorkspaceId, id: MessageId) -> Condition {
    Condition::all().add(Column::WorkspaceId.eq(workspace_id)).add(Column::Id.eq(id))
}
