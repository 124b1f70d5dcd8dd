//! Stores what accepted commands on invites keep beside the log: the hash of the link's secret.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::command::Command;
use super::entity::invite_secret;
use crate::db::Transaction;
use crate::error::Result;
use crate::id::WorkspaceId;

/// Stores the hash in the transaction that appends the events.
pub async fn store(transaction: &Transaction, workspace_id: WorkspaceId, command: &Command) -> Result<()> {
    if let Command::Create { invite_id, secret_hash, .. } = command {
        let row = invite_secret::ActiveModel {
            workspace_id: Set(workspace_id),
            invite_id: Set(*invite_id),
            secret_hash: Set(secret_hash.clone()),
        };
        invite_secret::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    Ok(())
}
