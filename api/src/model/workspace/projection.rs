//! Derives the row of a workspace from its log.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{ChannelMentions, entity};
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::FileId;
use crate::model::event::Event;
use crate::model::file::kind::Purpose;
use crate::model::file::projection::set_purpose;

/// Inserts a new workspace.
pub async fn created(transaction: &Transaction, event: &Event) -> Result<()> {
    let row = entity::ActiveModel {
        workspace_id: Set(event.workspace_id),
        name: Set(event.body.name.clone().unwrap_or_default()),
        created_at: Set(event.at),
        created_by: Set(event.actor()),
        icon_id: Set(None),
        channel_mentions: Set(ChannelMentions::default()),
    };
    entity::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Stores the new state of a workspace.
pub async fn updated(
    transaction: &Transaction,
    event: &Event,
    icon_id: Option<FileId>,
    channel_mentions: ChannelMentions,
) -> Result<()> {
    entity::Entity::update_many()
        .col_expr(entity::Column::Name, Expr::value(event.body.name.clone().unwrap_or_default()))
        .col_expr(entity::Column::IconId, Expr::value(icon_id))
        .col_expr(entity::Column::ChannelMentions, Expr::value(channel_mentions.to_value()))
        .filter(entity::Column::WorkspaceId.eq(event.workspace_id))
        .exec(transaction)
        .await?;
    match icon_id {
        Some(icon_id) => set_purpose(transaction, event, icon_id, Purpose::Icon).await,
        None => Ok(()),
    }
}
