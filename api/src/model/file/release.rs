//! Releases the contents of removed files, so that the collector deletes them.
//!
//! Not a projection: uploads are not in the log, and a replay releases nothing.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::entity::upload::State;
use super::entity::{file, file_text, upload};
use crate::ground::db::batch_query::among;
use crate::ground::db::{Transaction, now};
use crate::ground::error::Result;
use crate::ground::id::{FileId, MessageId, WorkspaceId};
use crate::model::event::{Erasure, SharedEvent};

/// Releases the contents and deletes the extracted texts of files that these events remove, themselves or with their
/// messages. The collector deletes the contents later.
///
/// # Errors
/// Fails if a statement fails.
pub async fn release_contents(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    events: &[SharedEvent],
) -> Result<()> {
    let (mut removed, mut deleted) = (Vec::new(), Vec::new());
    for event in events {
        match event.skeleton.erases() {
            Some(Erasure::File(id)) => removed.push(id),
            Some(Erasure::Message(id)) => deleted.push(id),
            None => {}
        }
    }
    if !deleted.is_empty() {
        removed.extend(files_for_messages(transaction, workspace_id, deleted).await?);
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

async fn files_for_messages(
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
