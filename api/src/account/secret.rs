//! Stores what accepted commands on accounts keep beside the log: the password hash.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::command::Command;
use super::entity::credential;
use crate::db::Transaction;
use crate::error::Result;
use crate::event::SharedEvent;
use crate::session;

/// Stores the password hash in the transaction that appends the events, and deletes the tokens of revoked sessions.
pub async fn store(transaction: &Transaction, command: &Command, events: &[SharedEvent]) -> Result<()> {
    let (Command::Register { account_id, password_hash, .. } | Command::SetPassword { account_id, password_hash, .. }) =
        command
    else {
        return Ok(());
    };
    session::secret::forget(transaction, events).await?;
    let (account_id, password_hash) = (*account_id, password_hash.clone());
    let row = credential::ActiveModel { account_id: Set(account_id), password_hash: Set(password_hash) };
    let upsert =
        OnConflict::column(credential::Column::AccountId).update_column(credential::Column::PasswordHash).to_owned();
    credential::Entity::insert(row).on_conflict(upsert).exec_without_returning(transaction).await?;
    Ok(())
}
