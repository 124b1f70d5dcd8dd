//! Projects the log to the table `file`.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, UpdateMany};
use uuid::Uuid;

use super::entity::file::{Column, Entity, Model, description_of};
use super::kind::Purpose;
use crate::ground::clock::Timestamp;
use crate::ground::db::{Transaction, batch_query};
use crate::ground::error::Result;
use crate::ground::id::{FileId, MessageId, WorkspaceId};
use crate::model::event::{Event, SharedEvent, Skeleton};
use crate::model::log::erasure::erase;

/// Inserts a new file.
pub async fn uploaded(transaction: &Transaction, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(())
}

/// Stores a new description.
pub async fn updated(transaction: &Transaction, event: &Event, file_id: FileId) -> Result<()> {
    let description = description_of(event);
    row(event.workspace_id, file_id).col_expr(Column::Description, Expr::value(description)).exec(transaction).await?;
    Ok(())
}

/// Marks a file as removed, and erases its descriptions from the log.
pub async fn removed(transaction: &Transaction, event: &Event, file_id: FileId) -> Result<()> {
    mark_removed(row(event.workspace_id, file_id), event.at).exec(transaction).await?;
    erase(transaction, event.workspace_id, &[file_id.0]).await
}

/// Sets the purpose of a file that is used outside of messages.
pub async fn set_purpose(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    file_id: FileId,
    purpose: Purpose,
) -> Result<()> {
    row(workspace_id, file_id).col_expr(Column::Purpose, Expr::value(purpose)).exec(transaction).await?;
    Ok(())
}

/// Assigns the files of sent messages to their messages and channels.
pub async fn project_attachments(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    for event in events {
        let Skeleton::MessageSent { message_id, channel_id, file_ids, .. } = &event.skeleton else { continue };
        for (place, file_id) in (0..).zip(file_ids) {
            row(event.workspace_id, *file_id)
                .col_expr(Column::MessageId, Expr::value(*message_id))
                .col_expr(Column::ChannelId, Expr::value(*channel_id))
                .col_expr(Column::Place, Expr::value(place))
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

/// Removes the files of deleted messages, and erases their descriptions from the log.
pub async fn remove_for_messages(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    messages: &[(MessageId, Timestamp)],
) -> Result<()> {
    let ids = messages.iter().map(|(id, _)| *id);
    let files: Vec<(FileId, MessageId)> = Entity::find()
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(batch_query::among(transaction, Column::MessageId, ids))
        .filter(Column::RemovedAt.is_null())
        .select_only()
        .columns([Column::Id, Column::MessageId])
        .into_tuple()
        .all(transaction)
        .await?;
    for (id, message_id) in &files {
        let Some((_, at)) = messages.iter().find(|(deleted, _)| deleted == message_id) else { continue };
        mark_removed(row(workspace_id, *id), *at).exec(transaction).await?;
    }
    let ids: Vec<Uuid> = files.into_iter().map(|(id, _)| id.0).collect();
    if ids.is_empty() { Ok(()) } else { erase(transaction, workspace_id, &ids).await }
}

fn row(workspace_id: WorkspaceId, id: FileId) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::WorkspaceId.eq(workspace_id)).filter(Column::Id.eq(id))
}

fn mark_removed(rows: UpdateMany<Entity>, at: Timestamp) -> UpdateMany<Entity> {
    rows.col_expr(Column::Description, Expr::value("")).col_expr(Column::RemovedAt, Expr::value(at))
}
