//! Derives the row of a workspace from its log.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::entity::{Column, Entity, Model};
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::model::file::kind::Purpose;
use crate::model::file::projection::set_purpose;

/// Inserts a new workspace.
pub async fn created(transaction: &Transaction, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(())
}

/// Stores the new state of a workspace.
pub async fn updated(transaction: &Transaction, row: Model) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(row.name))
        .col_expr(Column::IconId, Expr::value(row.icon_id))
        .col_expr(Column::ChannelMentions, Expr::value(row.channel_mentions.to_value()))
        .filter(Column::WorkspaceId.eq(row.workspace_id))
        .exec(transaction)
        .await?;
    match row.icon_id {
        Some(icon_id) => set_purpose(transaction, row.workspace_id, icon_id, Purpose::Icon).await,
        None => Ok(()),
    }
}
