//! Projects the server's log to the table `account`.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::email_key;
use super::entity::account;
use crate::db::Transaction;
use crate::error::Result;
use crate::event::{Event, Skeleton};

/// Applies one event.
pub async fn project(transaction: &Transaction, event: &Event) -> Result<()> {
    let email = event.body.email.clone().unwrap_or_default();
    if let Skeleton::EmailChanged { account_id } = &event.skeleton {
        account::Entity::update_many()
            .col_expr(account::Column::EmailKey, Expr::value(email_key(&email)))
            .col_expr(account::Column::Email, Expr::value(email))
            .filter(account::Column::Id.eq(*account_id))
            .exec(transaction)
            .await?;
    } else if let Skeleton::AccountRegistered { account_id, is_server_admin } = &event.skeleton {
        let row = account::ActiveModel {
            id: Set(*account_id),
            email_key: Set(email_key(&email)),
            email: Set(email),
            name: Set(event.body.name.clone().unwrap_or_default()),
            is_server_admin: Set(*is_server_admin),
            created_at: Set(event.at),
        };
        account::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    Ok(())
}
