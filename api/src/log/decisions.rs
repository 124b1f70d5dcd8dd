//! Decides the commands of a batch in order, each on a fork of the state that already includes the events of the
//! commands before it.
//!
//! This module does not access the database: state and facts go in, events and results come out.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::chain::{self, SALT_BYTES};
use super::command::Submission;
use super::draft::Draft;
use super::facts::Facts;
use super::receipt::Receipt;
use crate::ground::clock::Timestamp;
use crate::ground::error::{Error, Result};
use crate::ground::id::AccountId;
use crate::model::event::{Event, Seq, SharedEvent};
use crate::model::log::entity::event;
use crate::model::workspace::state::Workspace;

/// Identifies a command within a log.
pub type Key = (AccountId, Uuid);

/// A command that this batch accepted.
pub struct Accepted<'a> {
    pub submission: &'a Submission,
    pub input_hash: Vec<u8>,
    pub events: Vec<SharedEvent>,
    /// The state after this command.
    pub workspace: Workspace,
}

/// The accumulated decisions of a batch.
pub struct Decisions<'a> {
    /// The state after all decisions so far.
    pub fork: Workspace,
    facts: Facts,
    at: Timestamp,
    /// The digest of the last event.
    pub digest: Vec<u8>,
    /// The events as rows to be stored.
    pub rows: Vec<event::Model>,
    pub written: Vec<SharedEvent>,
    pub accepted: Vec<Accepted<'a>>,
    /// Index into `accepted` by command.
    indexes: HashMap<Key, usize>,
    /// One result per command, in submission order.
    pub results: Vec<Result<Receipt>>,
}

impl<'a> Decisions<'a> {
    /// Starts without decisions. `digest` is the digest of the last stored event.
    pub fn new(fork: Workspace, facts: Facts, at: Timestamp, digest: Vec<u8>) -> Self {
        let (rows, written, accepted, indexes, results) = Default::default();
        Self { fork, facts, at, digest, rows, written, accepted, indexes, results }
    }

    /// Decides one command. A command that occurs twice in a batch gets its first receipt again.
    ///
    /// # Errors
    /// Fails only if an event cannot be serialized. The command's own result, success or rejection, is the value.
    pub fn decide(&mut self, submission: &'a Submission, input_hash: Vec<u8>) -> Result<Result<Receipt>> {
        let key = submission.key();
        if let Some(earlier) = self.indexes.get(&key).and_then(|index| self.accepted.get(*index)) {
            let workspace = earlier.workspace.clone();
            return Ok(require_same_input(&earlier.input_hash, &input_hash)
                .map(|()| Receipt::repeated(earlier.events.clone(), workspace.seq, workspace)));
        }
        let drafts = match submission.command.decide(submission.account_id, &self.fork, &self.facts) {
            Ok(drafts) => drafts,
            Err(error) => return Ok(Err(error)),
        };
        let events = drafts.into_iter().map(|draft| self.append(draft, submission)).collect::<Result<Vec<_>>>()?;
        self.indexes.insert(key, self.accepted.len());
        let workspace = self.fork.clone();
        let receipt = Receipt::new(events.clone(), workspace.clone());
        self.accepted.push(Accepted { submission, input_hash, events, workspace });
        Ok(Ok(receipt))
    }

    /// The event format version that the events require; 0 without events.
    pub fn version(&self) -> i32 {
        self.written.iter().map(|event| event.skeleton.version()).max().unwrap_or(0)
    }

    /// Assigns a sequence number and a digest to an event and applies it.
    fn append(&mut self, draft: Draft, submission: &Submission) -> Result<SharedEvent> {
        let event = into_event(draft, submission, self.fork.seq + 1, self.at);
        let row = chain::seal(&event, rand::random::<[u8; SALT_BYTES]>(), &self.digest)?;
        self.digest.clone_from(&row.digest);
        self.fork.apply(&event);
        self.facts.apply(&event);
        self.rows.push(row);
        let event = Arc::new(event);
        self.written.push(event.clone());
        Ok(event)
    }
}

/// Requires a retry to have the same input as the original command.
///
/// # Errors
/// Returns `CONFLICT` if the inputs differ.
pub fn require_same_input(earlier: &[u8], now: &[u8]) -> Result<()> {
    (earlier == now).then_some(()).ok_or_else(Error::id_taken)
}

fn into_event(draft: Draft, submission: &Submission, seq: Seq, at: Timestamp) -> Event {
    Event {
        workspace_id: submission.workspace_id,
        seq,
        at,
        actor_id: draft.actor_id,
        command_id: submission.command_id,
        skeleton: draft.skeleton,
        body: draft.body,
    }
}
