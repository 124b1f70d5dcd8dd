//! Projects the log to the tables of reactions.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::{ActiveModel, Column, Entity};
use super::total_entity as total;
use crate::ground::db::{Transaction, batch_query, statement};
use crate::ground::error::Result;
use crate::ground::id::{MessageId, WorkspaceId};
use crate::model::event::{SharedEvent, Skeleton};

/// Applies a run of events. For each member, message and emoji only the last event counts.
pub async fn project(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut last = BTreeMap::new();
    let mut changes: BTreeMap<(MessageId, &str), i64> = BTreeMap::new();
    for event in events {
        let (message_id, emoji, seq) = match &event.skeleton {
            Skeleton::ReactionAdded { message_id, emoji, .. } => (*message_id, emoji, Some(event.seq)),
            Skeleton::ReactionRemoved { message_id, emoji, .. } => (*message_id, emoji, None),
            _ => continue,
        };
        last.insert((message_id, emoji, event.actor()), seq);
        *changes.entry((message_id, emoji)).or_default() += if seq.is_some() { 1 } else { -1 };
    }
    let Some(workspace_id) = events.first().map(|event| event.workspace_id) else { return Ok(()) };
    let mut added = Vec::new();
    let mut removed = Condition::any();
    for ((message_id, emoji, member_id), seq) in last {
        match seq {
            Some(seq) => added.push(ActiveModel {
                workspace_id: Set(workspace_id),
                message_id: Set(message_id),
                emoji: Set(emoji.clone()),
                member_id: Set(member_id),
                seq: Set(seq),
            }),
            None => {
                let one = Condition::all()
                    .add(Column::MessageId.eq(message_id))
                    .add(Column::Emoji.eq(emoji.clone()))
                    .add(Column::MemberId.eq(member_id));
                removed = removed.add(one);
            }
        }
    }
    if !added.is_empty() {
        let key = [Column::WorkspaceId, Column::MessageId, Column::Emoji, Column::MemberId];
        let upsert = OnConflict::columns(key).update_column(Column::Seq).to_owned();
        Entity::insert_many(added).on_conflict(upsert).exec_without_returning(transaction).await?;
    }
    if !removed.is_empty() {
        Entity::delete_many().filter(Column::WorkspaceId.eq(workspace_id)).filter(removed).exec(transaction).await?;
    }
    update_totals(transaction, workspace_id, &changes).await
}

/// Updates the totals by the net changes, at a cost independent of the totals, and looks up the oldest reaction.
async fn update_totals(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    changes: &BTreeMap<(MessageId, &str), i64>,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let each = changes.iter().map(|((id, emoji), change)| vec![id.0.into(), (*emoji).into(), (*change).into()]);
    let (rows, values) = batch_query::rows(transaction, 2, each.collect());
    let sql = format!(
        "WITH changed (message_id, emoji, change) AS ({rows}) \
         INSERT INTO reaction_total (workspace_id, message_id, emoji, count, first_seq) \
         SELECT DISTINCT $1, c.message_id, c.emoji, c.change, \
         COALESCE((SELECT min(r.seq) FROM reaction r WHERE r.workspace_id = $1 AND r.message_id = c.message_id \
                   AND r.emoji = c.emoji), 0) FROM changed c WHERE true \
         ON CONFLICT (workspace_id, message_id, emoji) DO UPDATE \
         SET count = reaction_total.count + excluded.count, first_seq = excluded.first_seq"
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    transaction.execute_raw(statement(transaction, sql, values)).await?;
    let touched = changes.keys().map(|(id, _)| *id);
    total::Entity::delete_many()
        .filter(total::Column::WorkspaceId.eq(workspace_id))
        .filter(batch_query::among(transaction, total::Column::MessageId, touched))
        .filter(total::Column::Count.eq(0))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Deletes the reactions of deleted messages.
pub async fn delete_for_messages(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    ids: &[MessageId],
) -> Result<()> {
    total::Entity::delete_many()
        .filter(total::Column::WorkspaceId.eq(workspace_id))
        .filter(batch_query::among(connection, total::Column::MessageId, ids.iter().copied()))
        .exec(connection)
        .await?;
    Entity::delete_many()
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(batch_query::among(connection, Column::MessageId, ids.iter().copied()))
        .exec(connection)
        .await?;
    Ok(())
}
