//! Projects the server's log to the table of sessions.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity::session;
use crate::db::Transaction;
use crate::error::Result;
use crate::event::{Event, Skeleton};

/// Applies one event.
pub async fn project(transaction: &Transaction, event: &Event) -> Result<()> {
    match &event.skeleton {
        Skeleton::SessionCreated { session_id, account_id } => {
            let row = session::ActiveModel {
                id: Set(*session_id),
                account_id: Set(*account_id),
                user_agent: Set(event.body.user_agent.clone().unwrap_or_default()),
                created_at: Set(event.at),
                ended_seq: Set(None),
            };
            session::Entity::insert(row).exec_without_returning(transaction).await?;
        }
        Skeleton::SessionRevoked { session_id, .. } => {
            session::Entity::update_many()
                .col_expr(session::Column::EndedSeq, Expr::value(event.seq))
                .filter(session::Column::Id.eq(*session_id))
                .exec(transaction)
                .await?;
        }
        Skeleton::SessionsPruned { ended_through } => {
            session::Entity::delete_many()
                .filter(session::Column::EndedSeq.lte(*ended_through))
                .exec(transaction)
                .await?;
        }
        _ => {}
    }
    Ok(())
}
