//! Derives sign-ins from the server's log.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity::sign_in;
use crate::db::Transaction;
use crate::error::Result;
use crate::event::{Event, Skeleton};

/// Projects one event.
pub async fn project(transaction: &Transaction, event: &Event) -> Result<()> {
    match &event.skeleton {
        Skeleton::SignInMade { sign_in_id, account_id } => {
            let row = sign_in::ActiveModel {
                id: Set(*sign_in_id),
                account_id: Set(*account_id),
                user_agent: Set(event.body.user_agent.clone().unwrap_or_default()),
                created_at: Set(event.at),
                ended_seq: Set(None),
            };
            sign_in::Entity::insert(row).exec_without_returning(transaction).await?;
        }
        Skeleton::SignInRevoked { sign_in_id, .. } => {
            sign_in::Entity::update_many()
                .col_expr(sign_in::Column::EndedSeq, Expr::value(event.seq))
                .filter(sign_in::Column::Id.eq(*sign_in_id))
                .exec(transaction)
                .await?;
        }
        Skeleton::SignInsPruned { ended_through } => {
            sign_in::Entity::delete_many()
                .filter(sign_in::Column::EndedSeq.lte(*ended_through))
                .exec(transaction)
                .await?;
        }
        _ => {}
    }
    Ok(())
}
