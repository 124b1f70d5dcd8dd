//! Derives the row of a workspace from its log.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::entity;
use crate::db::Transaction;
use crate::error::Result;
use crate::event::Event;

/// Projects its first event.
pub async fn project(transaction: &Transaction, event: &Event) -> Result<()> {
    let row = entity::ActiveModel {
        workspace_id: Set(event.workspace_id),
        name: Set(event.body.name.clone().unwrap_or_default()),
        created_at: Set(event.at),
        created_by: Set(event.actor()),
    };
    entity::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}
