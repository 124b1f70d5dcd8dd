//! Updates the state of file contents beside the log, in the transaction that appends the events. No event refers to
//! contents that are being deleted, and contents of removed files are always collected.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::entity::upload::State;
use super::entity::{file, file_text, upload};
use crate::db::batch_query::among;
use crate::db::{Transaction, now};
use crate::error::{Error, Result};
use crate::event::{SharedEvent, Skeleton};
use crate::id::{FileId, MessageId, WorkspaceId};

/// Applies the effects of accepted events to uploads and extracted texts.
///
/// # Errors
/// `NOT_FOUND` if the contents of a new file are being deleted.
pub async fn store(transaction: &Transaction, workspace_id: WorkspaceId, events: &[SharedEvent]) -> Result<()> {
    let (mut removed, mut deleted) = (Vec::new(), Vec::new());
    for event in events {
        match &event.skeleton {
            Skeleton::FileUploaded { file_id, .. } => mark_stored(transaction, workspace_id, *file_id).await?,
            Skeleton::FileRemoved { file_id, .. } => removed.push(*file_id),
            Skeleton::MessageDeleted { message_id, .. } => deleted.push(*message_id),
            _ => {}
        }
    }
    if !deleted.is_empty() {
        removed.extend(files_of_messages(transaction, workspace_id, deleted).await?);
    }
    if removed.is_empty() {
        return Ok(());
    }
    upload::Entity::update_many()
        .col_expr(upload::Column::State, Expr::value(State::Removed))
        .col_expr(upload::Column::ExpiresAt, Expr::value(now(transaction).await?))
        .filter(upload::Column::WorkspaceId.eq(workspace_id))
        .filter(upload::Column::State.eq(State::Stored))
        .filter(among(transaction, upload::Column::Id, removed.clone()))
        .exec(transaction)
        .await?;
    file_text::Entity::delete_many()
        .filter(file_text::Column::WorkspaceId.eq(workspace_id))
        .filter(among(transaction, file_text::Column::FileId, removed))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn mark_stored(transaction: &Transaction, workspace_id: WorkspaceId, file_id: FileId) -> Result<()> {
    let done = upload::Entity::update_many()
        .col_expr(upload::Column::State, Expr::value(State::Stored))
        .filter(upload::Column::WorkspaceId.eq(workspace_id))
        .filter(upload::Column::Id.eq(file_id))
        .filter(upload::Column::State.eq(State::Pending))
        .exec(transaction)
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound("upload")) }
}

async fn files_of_messages(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    messages: Vec<MessageId>,
) -> Result<Vec<FileId>> {
    Ok(file::Entity::find()
        .filter(file::Column::WorkspaceId.eq(workspace_id))
        .filter(among(transaction, file::Column::MessageId, messages))
        .select_only()
        .column(file::Column::Id)
        .into_tuple()
        .all(transaction)
        .await?)
}
