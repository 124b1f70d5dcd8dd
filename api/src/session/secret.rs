//! Stores what accepted commands on sessions keep beside the log: the hash of the token, until the session is revoked.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::command::Command;
use super::entity::session_token;
use crate::db::{self, Transaction};
use crate::error::Result;
use crate::event::{SharedEvent, Skeleton};

/// Stores the hash in the transaction that appends the events.
pub async fn store(transaction: &Transaction, command: &Command, events: &[SharedEvent]) -> Result<()> {
    if let Command::Make { session_id, token_hash, .. } = command {
        let row = session_token::ActiveModel {
            token_hash: Set(token_hash.clone()),
            session_id: Set(*session_id),
            last_seen_at: Set(db::now(transaction).await?),
        };
        session_token::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    forget(transaction, events).await
}

/// Deletes the tokens of revoked sessions.
pub async fn forget(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let ended = events.iter().filter_map(|event| match &event.skeleton {
        Skeleton::SessionRevoked { session_id, .. } => Some(*session_id),
        _ => None,
    });
    let ended: Vec<_> = ended.collect();
    if ended.is_empty() {
        return Ok(());
    }
    let of_revoked = session_token::Column::SessionId.is_in(ended);
    session_token::Entity::delete_many().filter(of_revoked).exec(transaction).await?;
    Ok(())
}
