//! Projects the server's log to the table `account`.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity::account;
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::AccountId;
use crate::ground::text::email_key;
use crate::model::event::Event;

/// Inserts a registered account.
pub async fn registered(
    transaction: &Transaction,
    event: &Event,
    account_id: AccountId,
    is_server_admin: bool,
) -> Result<()> {
    let email = event.body.email.clone().unwrap_or_default();
    let row = account::ActiveModel {
        id: Set(account_id),
        email_key: Set(email_key(&email)),
        email: Set(email),
        name: Set(event.body.name.clone().unwrap_or_default()),
        is_server_admin: Set(is_server_admin),
        created_at: Set(event.at),
    };
    account::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Stores a changed email.
pub async fn email_changed(transaction: &Transaction, event: &Event, account_id: AccountId) -> Result<()> {
    let email = event.body.email.clone().unwrap_or_default();
    account::Entity::update_many()
        .col_expr(account::Column::EmailKey, Expr::value(email_key(&email)))
        .col_expr(account::Column::Email, Expr::value(email))
        .filter(account::Column::Id.eq(account_id))
        .exec(transaction)
        .await?;
    Ok(())
}
