//! Projects the log to the table `emoji`.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::entity::{ActiveModel, Entity};
use crate::db::Transaction;
use crate::error::Result;
use crate::event::{Event, Skeleton};
use crate::file::kind::Purpose;
use crate::file::projection::set_purpose;

/// Applies one event.
pub async fn project(transaction: &Transaction, event: &Event) -> Result<()> {
    match &event.skeleton {
        Skeleton::EmojiCreated { emoji_id, file_id } => {
            let row = ActiveModel {
                workspace_id: Set(event.workspace_id),
                id: Set(*emoji_id),
                name: Set(event.body.name.clone().unwrap_or_default()),
                file_id: Set(*file_id),
                creator_id: Set(event.actor()),
            };
            Entity::insert(row).exec_without_returning(transaction).await?;
            set_purpose(transaction, event, *file_id, Purpose::Emoji).await?;
        }
        Skeleton::EmojiDeleted { emoji_id } => {
            Entity::delete_by_id((event.workspace_id, *emoji_id)).exec(transaction).await?;
        }
        _ => {}
    }
    Ok(())
}
