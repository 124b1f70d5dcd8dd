//! What an accepted command on accounts stores beside the log: the hash of the password.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::command::Command;
use super::entity::credential;
use crate::db::Transaction;
use crate::error::Result;

/// Stores it, in the transaction that appends the events.
pub async fn store(transaction: &Transaction, command: &Command) -> Result<()> {
    let (account_id, password_hash) = match command {
        Command::Register { account_id, password_hash, .. } | Command::SetPassword { account_id, password_hash } => {
            (*account_id, password_hash.clone())
        }
        Command::RegisterWorkspace { .. } => return Ok(()),
    };
    let row = credential::ActiveModel { account_id: Set(account_id), password_hash: Set(password_hash) };
    let again =
        OnConflict::column(credential::Column::AccountId).update_column(credential::Column::PasswordHash).to_owned();
    credential::Entity::insert(row).on_conflict(again).exec_without_returning(transaction).await?;
    Ok(())
}
