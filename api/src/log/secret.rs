//! What belongs to an accepted command but not into a log: credentials.

use super::{Command, Submission};
use crate::db::Transaction;
use crate::error::Result;
use crate::{account, invite, sign_in};

/// Stores it, in the transaction that appends the events.
pub async fn store(transaction: &Transaction, submission: &Submission) -> Result<()> {
    match &submission.command {
        Command::Account(command) => account::secret::store(transaction, command).await,
        Command::SignIn(command) => sign_in::secret::store(transaction, command).await,
        Command::Invite(command) => invite::secret::store(transaction, submission.workspace_id, command).await,
        _ => Ok(()),
    }
}
