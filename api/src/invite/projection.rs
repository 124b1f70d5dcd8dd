//! Derives invites from the log.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::entity::invite::{ActiveModel, Column, Entity};
use crate::db::Transaction;
use crate::error::Result;
use crate::event::{Event, Skeleton};
use crate::id::{InviteId, WorkspaceId};

/// Projects one event.
pub async fn project(transaction: &Transaction, event: &Event) -> Result<()> {
    match &event.skeleton {
        Skeleton::InviteCreated { invite_id, expires_at, max_uses } => {
            let row = ActiveModel {
                workspace_id: Set(event.workspace_id),
                id: Set(*invite_id),
                created_by: Set(event.actor()),
                created_at: Set(event.at),
                expires_at: Set(*expires_at),
                max_uses: Set(*max_uses),
                uses: Set(0),
                revoked: Set(false),
            };
            Entity::insert(row).exec_without_returning(transaction).await?;
        }
        Skeleton::InviteRevoked { invite_id } => {
            Entity::update_many()
                .col_expr(Column::Revoked, Expr::value(true))
                .filter(Column::WorkspaceId.eq(event.workspace_id).and(Column::Id.eq(*invite_id)))
                .exec(transaction)
                .await?;
        }
        _ => {}
    }
    Ok(())
}

/// Somebody came in by it.
pub async fn used(transaction: &Transaction, workspace_id: WorkspaceId, invite_id: InviteId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Uses, Expr::col(Column::Uses).add(1))
        .filter(Column::WorkspaceId.eq(workspace_id).and(Column::Id.eq(invite_id)))
        .exec(transaction)
        .await?;
    Ok(())
}
