//! What the index should hold: documents made of the tables, which are the truth.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::document::{Audience, Document, EVERYBODY, Has, has_link};
use crate::channel::ChannelKind;
use crate::channel::entity::channel;
use crate::db::Transaction;
use crate::db::many::among;
use crate::error::Result;
use crate::event::{Mentions, Seq, SharedEvent, Skeleton};
use crate::id::{ChannelId, MessageId, WorkspaceId};
use crate::{message, reaction};

/// The messages that these events may have changed in an index.
pub fn touched(events: &[SharedEvent]) -> BTreeSet<MessageId> {
    let ids = events.iter().flat_map(|event| match &event.skeleton {
        // A first reply makes a thread of the message that it answers.
        Skeleton::MessageSent { message_id, thread_id, .. }
        | Skeleton::MessageDeleted { message_id, thread_id, .. } => [Some(*message_id), *thread_id],
        skeleton => [skeleton.message_id(), None],
    });
    ids.flatten().collect()
}

/// These messages as they stand; those that are deleted, or were never sent, are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn of(transaction: &Transaction, workspace_id: WorkspaceId, ids: Vec<MessageId>) -> Result<Vec<Document>> {
    let mut documents = Vec::with_capacity(ids.len());
    for part in ids.chunks(PART) {
        let which = among(transaction, message::entity::Column::Id, part.to_vec());
        documents.extend(select(transaction, workspace_id, Condition::all().add(which), None).await?);
    }
    Ok(documents)
}

/// Messages looked up by one statement.
const PART: usize = 500;

/// The messages of a workspace with `after < seq`, the first `limit` of them in their order. Deleted ones are left
/// out; the number is that of the last one looked at.
///
/// # Errors
/// When the database does not answer.
pub async fn after(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    after: Seq,
    limit: u64,
) -> Result<(Vec<Document>, Option<Seq>)> {
    let behind = Condition::all().add(message::entity::Column::Seq.gt(after));
    let last = message::entity::Entity::find()
        .filter(message::entity::Column::WorkspaceId.eq(workspace_id))
        .filter(behind.clone())
        .order_by_asc(message::entity::Column::Seq)
        .select_only()
        .column(message::entity::Column::Seq)
        .limit(limit)
        .into_tuple::<Seq>()
        .all(transaction)
        .await?;
    let Some(last) = last.last().copied() else { return Ok((Vec::new(), None)) };
    let here = behind.add(message::entity::Column::Seq.lte(last));
    Ok((select(transaction, workspace_id, here, Some(limit)).await?, Some(last)))
}

async fn select(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    which: Condition,
    limit: Option<u64>,
) -> Result<Vec<Document>> {
    let rows = message::entity::Entity::find()
        .filter(message::entity::Column::WorkspaceId.eq(workspace_id))
        .filter(message::entity::Column::DeletedAt.is_null())
        .filter(which)
        .limit(limit)
        .all(transaction)
        .await?;
    let audiences = audiences(transaction, workspace_id, rows.iter().map(|row| row.channel_id).collect()).await?;
    let reacted = reacted(transaction, workspace_id, rows.iter().map(|row| row.id).collect()).await?;
    Ok(rows.into_iter().filter_map(|row| document(row, &audiences, &reacted)).collect())
}

fn document(
    row: message::entity::Model,
    audiences: &HashMap<ChannelId, Audience>,
    reacted: &HashSet<MessageId>,
) -> Option<Document> {
    let mentions: Mentions = serde_json::from_str(&row.mentions).unwrap_or_default();
    let has = [(Has::Link, has_link(&row.text)), (Has::Reaction, reacted.contains(&row.id))];
    Some(Document {
        id: row.id,
        workspace_id: row.workspace_id,
        seq: row.seq,
        channel_id: row.channel_id,
        audience: *audiences.get(&row.channel_id)?,
        author_id: row.author_id,
        thread_id: row.thread_id,
        threaded: row.thread_id.is_some() || row.replies > 0,
        at: row.created_at,
        text: row.text,
        has: has.into_iter().filter_map(|(what, is)| is.then_some(what)).collect(),
        mentions,
    })
}

/// Who may read what stands in these channels.
async fn audiences(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: BTreeSet<ChannelId>,
) -> Result<HashMap<ChannelId, Audience>> {
    let mut audiences = HashMap::new();
    for part in ids.into_iter().collect::<Vec<_>>().chunks(PART) {
        let found = channel::Entity::find()
            .filter(channel::Column::WorkspaceId.eq(workspace_id))
            .filter(among(transaction, channel::Column::Id, part.to_vec()))
            .select_only()
            .columns([channel::Column::Id, channel::Column::Kind, channel::Column::CreatedSeq])
            .into_tuple::<(ChannelId, ChannelKind, Seq)>()
            .all(transaction)
            .await?;
        audiences.extend(found.into_iter().map(|(id, kind, created_seq)| match kind {
            ChannelKind::Public => (id, EVERYBODY),
            ChannelKind::Private | ChannelKind::Direct => (id, created_seq),
        }));
    }
    Ok(audiences)
}

async fn reacted(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: Vec<MessageId>,
) -> Result<HashSet<MessageId>> {
    let mut reacted = HashSet::new();
    for part in ids.chunks(PART) {
        let found = reaction::entity::Entity::find()
            .filter(reaction::entity::Column::WorkspaceId.eq(workspace_id))
            .filter(among(transaction, reaction::entity::Column::MessageId, part.to_vec()))
            .select_only()
            .column(reaction::entity::Column::MessageId)
            .distinct()
            .into_tuple::<MessageId>()
            .all(transaction)
            .await?;
        reacted.extend(found);
    }
    Ok(reacted)
}
