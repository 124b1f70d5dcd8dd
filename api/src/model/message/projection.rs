//! Projects the log to the tables of messages and mentions, and erases the texts of deleted messages.

use std::collections::BTreeMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Value};
use uuid::Uuid;

use super::entity::Model;
use super::mention_entity as mention;
use crate::ground::clock::Timestamp;
use crate::ground::db::batch_insert::insert_all;
use crate::ground::db::{Transaction, batch_query, statement};
use crate::ground::error::Result;
use crate::ground::id::{MemberId, MessageId};
use crate::ground::planted;
use crate::model::event::{Event, Mentions, SharedEvent, Skeleton};
use crate::model::log::erasure::erase;

/// Target id of a mention of a whole channel.
pub const WHOLE_CHANNEL: MemberId = MemberId(Uuid::nil());

/// Applies sent messages.
pub async fn project_sent(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let (mut rows, mut new_mentions) = (Vec::new(), Vec::new());
    for event in events {
        let Skeleton::MessageSent { mentions, .. } = &event.skeleton else { continue };
        let Some(row) = Model::from_event(event) else { continue };
        new_mentions.extend(mention_rows(&row, mentions));
        rows.push(row.into_active_model());
    }
    insert_all(transaction, rows).await?;
    insert_all(transaction, new_mentions).await?;
    add_replies(transaction, events).await
}

/// Adds replies to the counts of their thread roots. Runs after the messages are inserted.
async fn add_replies(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut threads: BTreeMap<MessageId, (i32, Timestamp)> = BTreeMap::new();
    for event in events {
        let Skeleton::MessageSent { thread_id: Some(root), .. } = &event.skeleton else { continue };
        let thread = threads.entry(*root).or_insert((0, event.at));
        *thread = (thread.0 + planted::project_twice(1), event.at);
    }
    let rows = threads.into_iter().map(|(root, (count, at))| vec![root.into(), count.into(), at.into()]);
    let set = "replies = message.replies + n.count, last_reply_at = n.at";
    update(transaction, events, set, "id, count, at", rows.collect()).await
}

/// Returns the mention rows of a message. Authors do not mention themselves.
fn mention_rows(message: &Model, mentions: &Mentions) -> Vec<mention::ActiveModel> {
    let channel = mentions.channel.then_some(WHOLE_CHANNEL);
    let others = mentions.member_ids.iter().copied().filter(|id| *id != message.author_id);
    others
        .chain(channel)
        .map(|target_id| mention::ActiveModel {
            workspace_id: Set(message.workspace_id),
            channel_id: Set(message.channel_id),
            target_id: Set(target_id),
            seq: Set(message.seq),
            message_id: Set(message.id),
            author_id: Set(message.author_id),
            in_thread: Set(message.thread_id.is_some()),
        })
        .collect()
}

/// Applies edits: stores the last text of each message and counts all of its edits.
pub async fn project_edits(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut last: BTreeMap<MessageId, (i32, &Event)> = BTreeMap::new();
    for event in events {
        let Skeleton::MessageEdited { message_id, .. } = &event.skeleton else { continue };
        let (count, latest) = last.entry(*message_id).or_insert((0, event));
        (*count, *latest) = (*count + 1, event);
    }
    let (mut rows, mut new_mentions) = (Vec::new(), Vec::new());
    for (count, event) in last.values() {
        let Skeleton::MessageEdited { mentions, .. } = &event.skeleton else { continue };
        let Some(row) = Model::from_event(event) else { continue };
        new_mentions.extend(mention_rows(&row, mentions));
        rows.push(vec![row.id.into(), row.text.into(), row.mentions.into(), event.at.into(), (*count).into()]);
    }
    let set = "text = n.text, mentions = n.mentions, edited_at = n.at, edits = message.edits + n.count";
    update(transaction, events, set, "id, text, mentions, at, count", rows).await?;
    delete_mentions(transaction, events, last.into_keys().collect()).await?;
    Ok(insert_all(transaction, new_mentions).await?)
}

/// Applies deletions, and erases the texts from the log.
pub async fn project_deletions(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut at: BTreeMap<MessageId, Timestamp> = BTreeMap::new();
    let mut threads: BTreeMap<MessageId, i32> = BTreeMap::new();
    for event in events {
        let Skeleton::MessageDeleted { message_id, thread_id, .. } = &event.skeleton else { continue };
        at.insert(*message_id, event.at);
        if let Some(root) = thread_id {
            *threads.entry(*root).or_default() += 1;
        }
    }
    let ids: Vec<MessageId> = at.keys().copied().collect();
    let deleted: Vec<(MessageId, Timestamp)> = at.iter().map(|(id, at)| (*id, *at)).collect();
    let rows = at.into_iter().map(|(id, at)| vec![id.into(), at.into()]);
    let set = "text = '', mentions = '{}', edited_at = NULL, deleted_at = n.at";
    update(transaction, events, set, "id, at", rows.collect()).await?;
    let rows = threads.into_iter().map(|(root, count)| vec![root.into(), count.into()]);
    update(transaction, events, "replies = message.replies - n.count", "id, count", rows.collect()).await?;
    delete_mentions(transaction, events, ids.clone()).await?;
    let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !ids.is_empty()) else {
        return Ok(());
    };
    crate::model::reaction::projection::delete_for_messages(transaction, workspace_id, &ids).await?;
    crate::model::file::projection::remove_for_messages(transaction, workspace_id, &deleted).await?;
    erase(transaction, workspace_id, &ids.iter().map(|id| id.0).collect::<Vec<_>>()).await
}

/// Updates messages from rows `n` with the given columns. Column `id` identifies the message.
async fn update(
    transaction: &Transaction,
    events: &[SharedEvent],
    set: &str,
    columns: &str,
    rows: Vec<Vec<Value>>,
) -> Result<()> {
    let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !rows.is_empty()) else {
        return Ok(());
    };
    let (rows, values) = batch_query::rows(transaction, 2, rows);
    let sql = format!(
        "WITH n ({columns}) AS ({rows}) UPDATE message SET {set} FROM n \
         WHERE message.workspace_id = $1 AND message.id = n.id"
    );
    let values = [workspace_id.into()].into_iter().chain(values);
    transaction.execute_raw(statement(transaction, sql, values)).await?;
    Ok(())
}

async fn delete_mentions(connection: &impl ConnectionTrait, events: &[SharedEvent], ids: Vec<MessageId>) -> Result<()> {
    let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !ids.is_empty()) else {
        return Ok(());
    };
    mention::Entity::delete_many()
        .filter(mention::Column::WorkspaceId.eq(workspace_id))
        .filter(batch_query::among(connection, mention::Column::MessageId, ids))
        .exec(connection)
        .await?;
    Ok(())
}
