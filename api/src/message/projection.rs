//! Derives messages and mentions from the log, and blanks the texts of what was deleted.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};
use uuid::Uuid;

use super::entity::ActiveModel;
use super::mention_entity as mention;
use crate::clock::Moment;
use crate::db::inserts::insert_all;
use crate::db::{Transaction, many, statement};
use crate::error::{Error, Result};
use crate::event::{Event, SharedEvent, Skeleton};
use crate::id::{MemberId, MessageId, WorkspaceId};
use crate::log::entity::event as stored;
use crate::planted::{self, Bug};

/// Whom a mention of a whole channel is written for.
pub const WHOLE_CHANNEL: MemberId = MemberId(Uuid::nil());

/// Projects what was sent.
pub async fn sent(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
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
    replied(transaction, events).await
}

/// Counts replies at the messages that they answer, after these are there.
async fn replied(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut threads: BTreeMap<MessageId, (i32, Moment)> = BTreeMap::new();
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

/// The rows of those whom a message mentions, without its author: nobody is told of what they wrote themselves.
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

/// Projects what was edited: of every message the last text counts, and every edit.
pub async fn edited(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
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
    forget_mentions(transaction, events, last.into_keys().collect()).await?;
    Ok(insert_all(transaction, mentions).await?)
}

/// Projects what was deleted, and blanks its texts in the log.
pub async fn deleted(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut at: BTreeMap<MessageId, Moment> = BTreeMap::new();
    let mut threads: BTreeMap<MessageId, i32> = BTreeMap::new();
    for event in events {
        let Skeleton::MessageDeleted { message_id, thread_id, .. } = &event.skeleton else { continue };
        at.insert(*message_id, event.at);
        if let Some(root) = thread_id {
            *threads.entry(*root).or_default() += 1;
        }
    }
    let ids: Vec<MessageId> = at.keys().copied().collect();
    let gone: Vec<(MessageId, Moment)> = at.iter().map(|(id, at)| (*id, *at)).collect();
    let rows = at.into_iter().map(|(id, at)| vec![id.into(), at.into()]);
    let set = "text = '', mentions = '{}', deleted_at = n.at";
    update(transaction, events, set, "id, at", rows.collect()).await?;
    let rows = threads.into_iter().map(|(root, count)| vec![root.into(), count.into()]);
    update(transaction, events, "replies = message.replies - n.count", "id, count", rows.collect()).await?;
    forget_mentions(transaction, events, ids.clone()).await?;
    let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !ids.is_empty()) else {
        return Ok(());
    };
    crate::reaction::projection::forget(transaction, workspace_id, &ids).await?;
    crate::file::projection::deleted(transaction, workspace_id, &gone).await?;
    erase(transaction, workspace_id, &ids.iter().map(|id| id.0).collect::<Vec<_>>()).await
}

/// Changes messages, each by its own row of `n` with the named columns, of which `id` says which message.
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
    let (rows, values) = many::rows(transaction, 2, rows);
    let sql = format!(
        "WITH n ({columns}) AS ({rows}) UPDATE message SET {set} FROM n \
         WHERE message.workspace_id = $1 AND message.id = n.id"
    );
    let values = [workspace_id.into()].into_iter().chain(values);
    transaction.execute_raw(statement(transaction, sql, values)).await?;
    Ok(())
}

/// Blanks bodies and salts of all events of messages or files; the chain still proves.
pub async fn erase(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, ids: &[Uuid]) -> Result<()> {
    stored::Entity::update_many()
        .col_expr(stored::Column::Salt, Expr::value(None::<Vec<u8>>))
        .col_expr(stored::Column::Body, Expr::value(None::<String>))
        .filter(stored::Column::WorkspaceId.eq(workspace_id))
        .filter(many::among(connection, stored::Column::SubjectId, ids.iter().copied()))
        .exec(connection)
        .await?;
    Ok(())
}

async fn forget_mentions(connection: &impl ConnectionTrait, events: &[SharedEvent], ids: Vec<MessageId>) -> Result<()> {
    let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !ids.is_empty()) else {
        return Ok(());
    };
    mention::Entity::delete_many()
        .filter(mention::Column::WorkspaceId.eq(workspace_id))
        .filter(many::among(connection, mention::Column::MessageId, ids))
        .exec(connection)
        .await?;
    Ok(())
}
