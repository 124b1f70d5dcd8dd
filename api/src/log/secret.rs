//! Stores what belongs to an accepted command but must not enter the log: credentials, and references to file contents.

use super::Command;
use super::decisions::Accepted;
use crate::db::Transaction;
use crate::error::Result;
use crate::{account, file, invite, session};

/// Stores it in the transaction that appends the events.
pub async fn store(transaction: &Transaction, accepted: &Accepted<'_>) -> Result<()> {
    let submission = accepted.submission;
    match &submission.command {
        Command::Account(command) => account::secret::store(transaction, command, &accepted.events).await,
        Command::Session(command) => session::secret::store(transaction, command, &accepted.events).await,
        Command::Invite(command) => invite::secret::store(transaction, submission.workspace_id, command).await,
        _ => file::secret::store(transaction, submission.workspace_id, &accepted.events).await,
    }
}
