//! Projects the server's log to the table of sessions.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity::session;
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, SessionId};
use crate::model::event::{Event, Seq};

/// Inserts a new session.
pub async fn created(
    transaction: &Transaction,
    event: &Event,
    session_id: SessionId,
    account_id: AccountId,
) -> Result<()> {
    let row = session::ActiveModel {
        id: Set(session_id),
        account_id: Set(account_id),
        user_agent: Set(event.body.user_agent.clone().unwrap_or_default()),
        created_at: Set(event.at),
        ended_seq: Set(None),
    };
    session::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Marks a session as ended.
pub async fn revoked(transaction: &Transaction, event: &Event, session_id: SessionId) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedSeq, Expr::value(event.seq))
        .filter(session::Column::Id.eq(session_id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Deletes the sessions that ended at or before a `seq`.
pub async fn pruned(transaction: &Transaction, ended_through: Seq) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::EndedSeq.lte(ended_through)).exec(transaction).await?;
    Ok(())
}
