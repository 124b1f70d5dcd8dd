//! What a batch decides: each command in its turn, on a fork of the state into which those before it are
//! already folded.
//!
//! It reads and writes no database: state and facts come in, events and answers go out.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::chain::{self, SALT};
use super::command::{Draft, Submission};
use super::entity::event;
use super::facts::Facts;
use super::lane::Receipt;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::event::{Event, Seq, SharedEvent};
use crate::id::AccountId;
use crate::workspace::state::Workspace;

/// Tells commands of one log from each other.
pub type Key = (AccountId, Uuid);

/// A command accepted in this batch.
pub struct Accepted<'a> {
    pub submission: &'a Submission,
    pub input_hash: Vec<u8>,
    pub events: Vec<SharedEvent>,
    /// The state after it.
    pub workspace: Workspace,
}

/// The decisions so far.
pub struct Decisions<'a> {
    /// The state after them.
    pub fork: Workspace,
    facts: Facts,
    at: Moment,
    /// The digest of the last event.
    pub digest: Vec<u8>,
    /// The events as they are stored.
    pub rows: Vec<event::Model>,
    pub written: Vec<SharedEvent>,
    pub accepted: Vec<Accepted<'a>>,
    /// Where a command of this batch stands among the accepted.
    known: HashMap<Key, usize>,
    /// The answer to each command, in the order given.
    pub results: Vec<Result<Receipt>>,
}

impl<'a> Decisions<'a> {
    /// Nothing is decided yet; `digest` is that of the last event that is stored.
    pub fn new(fork: Workspace, facts: Facts, at: Moment, digest: Vec<u8>) -> Self {
        let (rows, written, accepted, known, results) = Default::default();
        Self { fork, facts, at, digest, rows, written, accepted, known, results }
    }

    /// Decides one; a command given twice in a batch gets its first answer again.
    ///
    /// # Errors
    /// Only if an event cannot be written down. The command's own answer, good or bad, is the value.
    pub fn decide(&mut self, submission: &'a Submission, input_hash: Vec<u8>) -> Result<Result<Receipt>> {
        let key = submission.key();
        if let Some(earlier) = self.known.get(&key).and_then(|index| self.accepted.get(*index)) {
            let workspace = earlier.workspace.clone();
            return Ok(same(&earlier.input_hash, &input_hash)
                .map(|()| Receipt::repeated(earlier.events.clone(), workspace.seq, workspace)));
        }
        let drafts = match submission.decide(&self.fork, &self.facts) {
            Ok(drafts) => drafts,
            Err(error) => return Ok(Err(error)),
        };
        let events = drafts.into_iter().map(|draft| self.append(draft, submission)).collect::<Result<Vec<_>>>()?;
        self.known.insert(key, self.accepted.len());
        let workspace = self.fork.clone();
        let receipt = Receipt::new(events.clone(), workspace.clone());
        self.accepted.push(Accepted { submission, input_hash, events, workspace });
        Ok(Ok(receipt))
    }

    /// The version of the vocabulary that the events need; none is 0.
    pub fn version(&self) -> i32 {
        self.written.iter().map(|event| event.skeleton.version()).max().unwrap_or(0)
    }

    /// Gives an event its number and its place in the chain, and folds it in.
    fn append(&mut self, draft: Draft, submission: &Submission) -> Result<SharedEvent> {
        let event = number(draft, submission, self.fork.seq + 1, self.at);
        let row = chain::seal(&event, rand::random::<[u8; SALT]>(), &self.digest)?;
        self.digest.clone_from(&row.digest);
        self.fork.fold(&event);
        self.facts.fold(&event);
        self.rows.push(row);
        let event = Arc::new(event);
        self.written.push(event.clone());
        Ok(event)
    }
}

/// A retry says the same as the first time.
///
/// # Errors
/// `CONFLICT` if it does not.
pub fn same(earlier: &[u8], now: &[u8]) -> Result<()> {
    (earlier == now).then_some(()).ok_or_else(Error::id_taken)
}

fn number(draft: Draft, submission: &Submission, seq: Seq, at: Moment) -> Event {
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
