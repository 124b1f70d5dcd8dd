//! Derives the row of a workspace from its log.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity;
use crate::db::Transaction;
use crate::error::Result;
use crate::event::{Event, Skeleton};
use crate::file::kind::Purpose;
use crate::file::projection::used;
use crate::id::FileId;

/// Projects one event.
pub async fn project(transaction: &Transaction, event: &Event) -> Result<()> {
    if let Skeleton::WorkspaceUpdated { icon_id } = event.skeleton {
        return updated(transaction, event, icon_id).await;
    }
    let row = entity::ActiveModel {
        workspace_id: Set(event.workspace_id),
        name: Set(event.body.name.clone().unwrap_or_default()),
        created_at: Set(event.at),
        created_by: Set(event.actor()),
        icon_id: Set(None),
    };
    entity::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

async fn updated(transaction: &Transaction, event: &Event, icon_id: Option<FileId>) -> Result<()> {
    entity::Entity::update_many()
        .col_expr(entity::Column::Name, Expr::value(event.body.name.clone().unwrap_or_default()))
        .col_expr(entity::Column::IconId, Expr::value(icon_id))
        .filter(entity::Column::WorkspaceId.eq(event.workspace_id))
        .exec(transaction)
        .await?;
    match icon_id {
        Some(icon_id) => used(transaction, event, icon_id, Purpose::Icon).await,
        None => Ok(()),
    }
}
