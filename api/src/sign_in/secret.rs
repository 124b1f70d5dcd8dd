//! What an accepted command on sign-ins stores beside the log: the hash of the token, for as long as it works.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::command::Command;
use super::entity::sign_in_token;
use crate::db::{self, Transaction};
use crate::error::Result;
use crate::event::{SharedEvent, Skeleton};

/// Stores it, in the transaction that appends the events.
pub async fn store(transaction: &Transaction, command: &Command, events: &[SharedEvent]) -> Result<()> {
    if let Command::Make { sign_in_id, token_hash, .. } = command {
        let row = sign_in_token::ActiveModel {
            token_hash: Set(token_hash.clone()),
            sign_in_id: Set(*sign_in_id),
            last_seen_at: Set(db::now(transaction).await?),
        };
        sign_in_token::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    forget(transaction, events).await
}

/// Forgets the tokens of the sign-ins that end.
pub async fn forget(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let ended = events.iter().filter_map(|event| match &event.skeleton {
        Skeleton::SignInRevoked { sign_in_id, .. } => Some(*sign_in_id),
        _ => None,
    });
    let ended: Vec<_> = ended.collect();
    if ended.is_empty() {
        return Ok(());
    }
    let theirs = sign_in_token::Column::SignInId.is_in(ended);
    sign_in_token::Entity::delete_many().filter(theirs).exec(transaction).await?;
    Ok(())
}
