//! Projects the log to the table `emoji`.

use sea_orm::{EntityTrait, IntoActiveModel};

use super::entity::{Entity, Model};
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::EmojiId;
use crate::model::event::Event;
use crate::model::file::kind::Purpose;
use crate::model::file::projection::set_purpose;

/// Inserts a new emoji.
pub async fn created(transaction: &Transaction, row: Model) -> Result<()> {
    let (workspace_id, file_id) = (row.workspace_id, row.file_id);
    Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    set_purpose(transaction, workspace_id, file_id, Purpose::Emoji).await
}

/// Deletes an emoji.
pub async fn deleted(transaction: &Transaction, event: &Event, emoji_id: EmojiId) -> Result<()> {
    Entity::delete_by_id((event.workspace_id, emoji_id)).exec(transaction).await?;
    Ok(())
}
