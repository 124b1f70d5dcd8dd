//! What an accepted command on sign-ins stores beside the log: the hash of the token.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::command::Command;
use super::entity::sign_in_token;
use crate::db::{self, Transaction};
use crate::error::Result;

/// Stores it, in the transaction that appends the events.
pub async fn store(transaction: &Transaction, command: &Command) -> Result<()> {
    if let Command::Make { sign_in_id, token_hash, .. } = command {
        let row = sign_in_token::ActiveModel {
            token_hash: Set(token_hash.clone()),
            sign_in_id: Set(*sign_in_id),
            last_seen_at: Set(db::now(transaction).await?),
        };
        sign_in_token::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    Ok(())
}
