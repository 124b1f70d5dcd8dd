//! Commands: requested changes to a log.
//!
//! Each command is a struct in the folder of its noun, in a file named by its verb, and implements [`Command`]. The log
//! knows commands only by this trait. Deciding is pure: it maps workspace state, facts and the command to event drafts
//! or an error. Time and ids are inputs, from the command and the facts.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::draft::Draft;
use super::facts::{Facts, ReadSet};
use crate::ground::db::Transaction;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, WorkspaceId};
use crate::model::event::SharedEvent;
use crate::model::workspace::state::{Member, Workspace};

/// A requested change to a log.
///
/// The serialized fields are the input of the command: a retry must repeat them. Skipped fields may
/// differ between attempts: those that the server computes for each attempt, such as hashes and new ids, and
/// confirmations.
#[async_trait]
pub trait Command: Debug + Send + Sync + erased_serde::Serialize {
    /// The noun and the verb, such as `message.send`. Part of the input, so it must not change once released.
    fn name(&self) -> &'static str;

    /// Adds the rows that [`Self::decide`] needs to the read set.
    fn add_reads(&self, _account_id: AccountId, _reads: &mut ReadSet) {}

    /// Decides the command: returns the events to append, or the reason for its rejection. A command whose effect is
    /// already in place yields no events.
    ///
    /// # Errors
    /// Returns the error of the rule that the command violates.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>>;

    /// Writes the private rows that belong to the accepted command but must not enter the log, such as credentials, in
    /// the transaction that appends its events to `log`. A replay does not repeat it.
    ///
    /// # Errors
    /// Fails if a statement fails. The command is then rejected.
    async fn write_private(
        &self,
        _transaction: &Transaction,
        _log: WorkspaceId,
        _events: &[SharedEvent],
    ) -> Result<()> {
        Ok(())
    }

    /// Estimated size in bytes, counted against the size of a batch.
    fn weight(&self) -> usize {
        512
    }
}

erased_serde::serialize_trait_object!(Command);

/// A command submitted to the lane of a log.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The log to append to.
    pub workspace_id: WorkspaceId,
    /// The account that issued the command.
    pub account_id: AccountId,
    /// Idempotency key: retries with the same id take effect once.
    pub command_id: Uuid,
    /// The requested change.
    pub command: Arc<dyn Command>,
}

impl Submission {
    /// Identifies the command within its log.
    pub fn key(&self) -> (AccountId, Uuid) {
        (self.account_id, self.command_id)
    }

    /// Returns a hash that distinguishes a retry from a different command under the same id.
    ///
    /// # Errors
    /// Returns `INTERNAL` if the command cannot be serialized.
    pub fn input_hash(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec(&(self.command.name(), &*self.command)).map_err(Error::internal)?;
        Ok(Sha256::digest(json).to_vec())
    }
}

/// Returns the active member that belongs to `account`.
///
/// # Errors
/// Returns `NOT_FOUND` for all other accounts, which must not learn that the workspace exists.
pub fn require_member(workspace: &Workspace, account: AccountId) -> Result<&Member> {
    workspace.active_member_of(account).map(AsRef::as_ref).ok_or(Error::NotFound("workspace"))
}
