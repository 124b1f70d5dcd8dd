//! Projects the log to the table `emoji`.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::entity::{ActiveModel, Entity};
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::{EmojiId, FileId};
use crate::model::event::Event;
use crate::model::file::kind::Purpose;
use crate::model::file::projection::set_purpose;

/// Inserts a new emoji.
pub async fn created(transaction: &Transaction, event: &Event, emoji_id: EmojiId, file_id: FileId) -> Result<()> {
    let row = ActiveModel {
        workspace_id: Set(event.workspace_id),
        id: Set(emoji_id),
        name: Set(event.body.name.clone().unwrap_or_default()),
        file_id: Set(file_id),
        creator_id: Set(event.actor()),
    };
    Entity::insert(row).exec_without_returning(transaction).await?;
    set_purpose(transaction, event, file_id, Purpose::Emoji).await
}

/// Deletes an emoji.
pub async fn deleted(transaction: &Transaction, event: &Event, emoji_id: EmojiId) -> Result<()> {
    Entity::delete_by_id((event.workspace_id, emoji_id)).exec(transaction).await?;
    Ok(())
}
