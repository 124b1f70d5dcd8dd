//! Projects the log to the tables of messages and mentions, and erases the texts of deleted messages.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};
use uuid::Uuid;

use super::entity::ActiveModel;
use super::mention_entity as mention;
use crate::clock::Timestamp;
use crate::db::batch_insert::insert_all;
use crate::db::{Transaction, batch_query, statement};
use crate::error::{Error, Result};
use crate::event::{Event, SharedEvent, Skeleton};
use crate::id::{MemberId, MessageId, WorkspaceId};
use crate::log::entity::event as stored;
use crate::planted::{self, Bug};

/// Target id of a mention of a whole channel.
pub const WHOLE_CHANNEL: MemberId = MemberId(Uuid::nil());

/// Applies sent messages.
pub async fn project_sent(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut rows = Vec::new();
    let mut mentions = Vec::new();
    for event in events {
        if !matches!(event.skeleton, Skeleton::MessageSent { .. }) {
            continue;
        }
        rows.push(row(event)?);
        mentions.extend(mention_rows(event));
    }
    insert_all(transaction, rows.into_iter().flatten().collect()).await?;
    insert_all(transaction, mentions).await?;
    add_replies(transaction, events).await
}

/// Adds replies to the counts of their thread roots. Runs after the messages are inserted.
async fn add_replies(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut threads: BTreeMap<MessageId, (i32, Timestamp)> = BTreeMap::new();
    for event in events {
        let Skeleton::MessageSent { thread_id: Some(root), .. } = &event.skeleton else { continue };
        let thread = threads.entry(*root).or_insert((0, event.at));
        *thread = (thread.0 + 1 + i32::from(planted::is(Bug::ProjectTwice)), event.at);
    }
    let rows = threads.into_iter().map(|(root, (count, at))| vec![root.into(), count.into(), at.into()]);
    let set = "replies = message.replies + n.count, last_reply_at = n.at";
    update(transaction, events, set, "id, count, at", rows.collect()).await
}

fn row(event: &Event) -> Result<Option<ActiveModel>> {
    let Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, file_ids } = &event.skeleton else {
        return Ok(None);
    };
    Ok(Some(ActiveModel {
        workspace_id: Set(event.workspace_id),
        id: Set(*message_id),
        seq: Set(event.seq),
        channel_id: Set(*channel_id),
        thread_id: Set(*thread_id),
        author_id: Set(event.actor()),
        text: Set(event.body.text.clone().unwrap_or_default()),
        mentions: Set(serde_json::to_string(mentions).map_err(Error::internal)?),
        created_at: Set(event.at),
        edited_at: Set(None),
        deleted_at: Set(None),
        edits: Set(0),
        replies: Set(0),
        last_reply_at: Set(None),
        files: Set(i32::try_from(file_ids.len()).unwrap_or(i32::MAX)),
    }))
}

/// Returns the mention rows of a message. Authors do not mention themselves.
fn mention_rows(event: &Event) -> Vec<mention::ActiveModel> {
    let (message_id, channel_id, author_id, seq, thread_id, found) = match &event.skeleton {
        Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, .. } => {
            (message_id, channel_id, event.actor(), event.seq, thread_id, mentions)
        }
        Skeleton::MessageEdited { message_id, channel_id, thread_id, author_id, sent_seq, mentions } => {
            (message_id, channel_id, *author_id, *sent_seq, thread_id, mentions)
        }
        _ => return Vec::new(),
    };
    let channel = found.channel.then_some(WHOLE_CHANNEL);
    let others = found.member_ids.iter().copied().filter(|id| *id != author_id);
    others
        .chain(channel)
        .map(|target_id| mention::ActiveModel {
            workspace_id: Set(event.workspace_id),
            channel_id: Set(*channel_id),
            target_id: Set(target_id),
            seq: Set(seq),
            message_id: Set(*message_id),
            author_id: Set(author_id),
            in_thread: Set(thread_id.is_some()),
        })
        .collect()
}

/// Applies edits: stores the last text of each message and counts all of its edits.
pub async fn project_edits(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut last: BTreeMap<MessageId, (i32, &Event)> = BTreeMap::new();
    for event in events {
        let Skeleton::MessageEdited { message_id, .. } = &event.skeleton else { continue };
        let (count, kept) = last.entry(*message_id).or_insert((0, event));
        (*count, *kept) = (*count + 1, event);
    }
    let (mut rows, mut mentions) = (Vec::new(), Vec::new());
    for (message_id, (count, event)) in &last {
        let Skeleton::MessageEdited { mentions: found, .. } = &event.skeleton else { continue };
        let text = event.body.text.clone().unwrap_or_default();
        let found_json = serde_json::to_string(found).map_err(Error::internal)?;
        rows.push(vec![(*message_id).into(), text.into(), found_json.into(), event.at.into(), (*count).into()]);
        mentions.extend(mention_rows(event));
    }
    let set = "text = n.text, mentions = n.mentions, edited_at = n.at, edits = message.edits + n.count";
    update(transaction, events, set, "id, text, mentions, at, count", rows).await?;
    delete_mentions(transaction, events, last.into_keys().collect()).await?;
    Ok(insert_all(transaction, mentions).await?)
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
    let gone: Vec<(MessageId, Timestamp)> = at.iter().map(|(id, at)| (*id, *at)).collect();
    let rows = at.into_iter().map(|(id, at)| vec![id.into(), at.into()]);
    let set = "text = '', mentions = '{}', deleted_at = n.at";
    update(transaction, events, set, "id, at", rows.collect()).await?;
    let rows = threads.into_iter().map(|(root, count)| vec![root.into(), count.into()]);
    update(transaction, events, "replies = message.replies - n.count", "id, count", rows.collect()).await?;
    delete_mentions(transaction, events, ids.clone()).await?;
    let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !ids.is_empty()) else {
        return Ok(());
    };
    crate::reaction::projection::delete_of_messages(transaction, workspace_id, &ids).await?;
    crate::file::projection::remove_of_messages(transaction, workspace_id, &gone).await?;
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

/// Erases bodies and salts of all events of messages or files. The hash chain stays verifiable.
pub async fn erase(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, ids: &[Uuid]) -> Result<()> {
    stored::Entity::update_many()
        .col_expr(stored::Column::Salt, Expr::value(None::<Vec<u8>>))
        .col_expr(stored::Column::Body, Expr::value(None::<String>))
        .filter(stored::Column::WorkspaceId.eq(workspace_id))
        .filter(batch_query::among(connection, stored::Column::SubjectId, ids.iter().copied()))
        .exec(connection)
        .await?;
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
