//! Erasure: blanking the bodies and salts of stored events. The digest chain stays verifiable.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::entity::event;
use crate::ground::db::batch_query;
use crate::ground::error::Result;
use crate::ground::id::WorkspaceId;

/// Erases bodies and salts of all events of messages or files.
pub async fn erase(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, subjects: &[Uuid]) -> Result<()> {
    event::Entity::update_many()
        .col_expr(event::Column::Salt, Expr::value(None::<Vec<u8>>))
        .col_expr(event::Column::Body, Expr::value(None::<String>))
        .filter(event::Column::WorkspaceId.eq(workspace_id))
        .filter(batch_query::among(connection, event::Column::SubjectId, subjects.iter().copied()))
        .exec(connection)
        .await?;
    Ok(())
}
