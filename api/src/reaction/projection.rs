//! Derives reactions from the log.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::{ActiveModel, Column, Entity};
use crate::db::{Transaction, many};
use crate::error::Result;
use crate::event::{SharedEvent, Skeleton};
use crate::id::{MessageId, WorkspaceId};

/// Projects a run of events: of every member, message and emoji the last word counts.
pub async fn project(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let mut last = BTreeMap::new();
    for event in events {
        match &event.skeleton {
            Skeleton::ReactionAdded { message_id, emoji, .. } => {
                last.insert((*message_id, emoji, event.actor()), Some(event.seq));
            }
            Skeleton::ReactionRemoved { message_id, emoji, .. } => {
                last.insert((*message_id, emoji, event.actor()), None);
            }
            _ => {}
        }
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
        let again = OnConflict::columns(key).update_column(Column::Seq).to_owned();
        Entity::insert_many(added).on_conflict(again).exec_without_returning(transaction).await?;
    }
    if !removed.is_empty() {
        Entity::delete_many().filter(Column::WorkspaceId.eq(workspace_id)).filter(removed).exec(transaction).await?;
    }
    Ok(())
}

/// Removes the reactions of deleted messages.
pub async fn forget(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, ids: &[MessageId]) -> Result<()> {
    Entity::delete_many()
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(many::among(connection, Column::MessageId, ids.iter().copied()))
        .exec(connection)
        .await?;
    Ok(())
}
