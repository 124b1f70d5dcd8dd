//! What belongs to an accepted command but not into a log: credentials, and the bytes of files.

use super::Command;
use super::decisions::Accepted;
use crate::db::Transaction;
use crate::error::Result;
use crate::{account, file, invite, sign_in};

/// Stores it, in the transaction that appends the events.
pub async fn store(transaction: &Transaction, accepted: &Accepted<'_>) -> Result<()> {
    let submission = accepted.submission;
    match &submission.command {
        Command::Account(command) => account::secret::store(transaction, command, &accepted.events).await,
        Command::SignIn(command) => sign_in::secret::store(transaction, command, &accepted.events).await,
        Command::Invite(command) => invite::secret::store(transaction, submission.workspace_id, command).await,
        _ => file::secret::store(transaction, submission.workspace_id, &accepted.events).await,
    }
}
