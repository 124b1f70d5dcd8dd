//! The stored password hash of an account.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::AccountId;
use crate::model::account::entity::credential;

/// Stores the password hash of an account, replacing the previous one.
///
/// # Errors
/// Fails if a statement fails.
pub async fn store(transaction: &Transaction, account_id: AccountId, password_hash: &str) -> Result<()> {
    let row = credential::ActiveModel { account_id: Set(account_id), password_hash: Set(password_hash.to_owned()) };
    let upsert =
        OnConflict::column(credential::Column::AccountId).update_column(credential::Column::PasswordHash).to_owned();
    credential::Entity::insert(row).on_conflict(upsert).exec_without_returning(transaction).await?;
    Ok(())
}
