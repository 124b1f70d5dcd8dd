//! The lane: the serial command queue of a log.
//!
//! A lane takes all pending commands, without waiting for more, up to [`MAX_BATCH_COMMANDS`] commands and
//! [`MAX_BATCH_BYTES`] bytes, and runs them as one transaction. On Postgres each workspace has its own lane, so
//! workspaces never wait for each other. On SQLite one lane serves all workspaces and commits them together, scheduled
//! fairly (`fair_queue.rs`).
//!
//! Results are returned only after the commit. A batch that fails with a permanent error is split in halves and run
//! again until only the offending command gets the error. If the database is unavailable or busy, or the outcome of the
//! commit is unknown, every command of the batch gets `UNAVAILABLE`, which is safe to retry.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::batch::{self, BatchOutcome, Locking};
use super::command::Submission;
use super::failpoint;
use super::fair_queue::{Receiver, Sender, channel};
use super::open_log::OpenLog;
use super::receipt::Receipt;
use crate::ground::db::{Database, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::{planted, supervise};

/// Maximum number of commands in one transaction.
pub const MAX_BATCH_COMMANDS: usize = 256;
/// Maximum size of the commands in one transaction, in bytes.
pub const MAX_BATCH_BYTES: usize = 512 * 1024;
/// How long low-priority work waits for pending commands.
const YIELD_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(500);
/// Number of batches that take the pessimistic path after another process was seen writing to the log.
const PESSIMISTIC_BATCHES: u32 = 16;

struct PendingCommand {
    submission: Submission,
    memory: Arc<OpenLog>,
    reply: oneshot::Sender<Result<Receipt>>,
}

/// A handle to a lane. Cheap to clone; the lane stops when the last handle is dropped.
#[derive(Clone)]
pub struct Lane {
    queue: Sender<PendingCommand>,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

impl Lane {
    /// Starts a lane.
    pub fn start(database: Database) -> Self {
        let (queue, mut pending) = channel();
        supervise::spawn("lane", async move {
            // Callers of a batch that panicked learn of it by their dropped channels. The lane continues.
            while supervise::guard("lane", run(&database, &mut pending)).await.is_err() {}
        });
        Self { queue }
    }

    /// Waits until no command is pending, for at most [`YIELD_TIMEOUT`]. For work that should yield to commands.
    pub async fn yield_to_commands(&self) {
        let _ = tokio::time::timeout(YIELD_TIMEOUT, self.queue.wait_empty()).await;
    }

    /// Submits a command and waits for its result. Dropping the future does not cancel the command.
    ///
    /// # Errors
    /// Returns the reason for the rejection, or `UNAVAILABLE` if the command may be retried.
    pub async fn submit(&self, memory: Arc<OpenLog>, submission: Submission) -> Result<Receipt> {
        let (reply, result) = oneshot::channel();
        let (log, weight) = (submission.workspace_id, submission.command.weight());
        if !self.queue.try_send(log, PendingCommand { submission, memory, reply }, weight) {
            return Err(Error::Unavailable("Too many commands are pending. Retry later.".into()));
        }
        result.await.map_err(|_| Error::Unavailable("The outcome is unknown. Retry with the same ID.".into()))?
    }
}

async fn run(database: &Database, pending: &mut Receiver<PendingCommand>) {
    let mut policy = LockingPolicy::new(database);
    while let Some(commands) = pending.recv_batch(MAX_BATCH_COMMANDS, MAX_BATCH_BYTES).await {
        failpoint::pass("lane.taken");
        metrics::histogram!("confab_lane_batch").record(f64::from(u32::try_from(commands.len()).unwrap_or(u32::MAX)));
        run_batch(database, commands, &mut policy).await;
    }
}

/// Decides which path a batch takes.
struct LockingPolicy {
    /// SQLite has only the pessimistic path.
    is_always_pessimistic: bool,
    /// Number of batches that still take the pessimistic path because another process writes to the log.
    pessimistic_left: u32,
}

impl LockingPolicy {
    fn new(database: &Database) -> Self {
        Self { is_always_pessimistic: database.is_sqlite(), pessimistic_left: 0 }
    }

    fn next(&mut self) -> Locking {
        if self.is_always_pessimistic || self.pessimistic_left > 0 {
            self.pessimistic_left = self.pessimistic_left.saturating_sub(1);
            return Locking::Pessimistic;
        }
        Locking::Optimistic
    }

    fn observe(&mut self, outcomes: &[BatchOutcome]) {
        if outcomes.iter().any(|batch| batch.is_contended) {
            self.pessimistic_left = PESSIMISTIC_BATCHES;
        }
    }
}

/// The commands of one log within a transaction.
struct LogBatch {
    memory: Arc<OpenLog>,
    submissions: Vec<Submission>,
    replies: Vec<oneshot::Sender<Result<Receipt>>>,
}

fn group_by_log(commands: Vec<PendingCommand>) -> Vec<LogBatch> {
    let mut batches: Vec<LogBatch> = Vec::new();
    let mut index: HashMap<WorkspaceId, usize> = HashMap::new();
    for PendingCommand { submission, memory, reply } in commands {
        let at = *index.entry(submission.workspace_id).or_insert_with(|| {
            batches.push(LogBatch { memory, submissions: Vec::new(), replies: Vec::new() });
            batches.len() - 1
        });
        if let Some(batch) = batches.get_mut(at) {
            batch.submissions.push(submission);
            batch.replies.push(reply);
        }
    }
    batches
}

async fn run_batch(database: &Database, commands: Vec<PendingCommand>, policy: &mut LockingPolicy) {
    let is_single = commands.len() == 1;
    let batches = group_by_log(commands);
    let locking = policy.next();
    let mut outcome = transact(database, &batches, locking).await;
    if locking == Locking::Optimistic && matches!(&outcome, Err(Failure::Statement(error)) if !error.is_transient()) {
        // Another process may have accepted the same command concurrently. The pessimistic path detects that by its
        // lock.
        outcome = transact(database, &batches, Locking::Pessimistic).await;
    }
    match outcome {
        Ok(done) => {
            policy.observe(&done);
            failpoint::pass("lane.committed");
            batches.into_iter().zip(done).for_each(|(batch, done)| complete(batch, done));
        }
        Err(Failure::Commit(error)) => reject(batches, &error),
        Err(Failure::Statement(error)) if is_single || !may_be_isolated(&error, &batches) => reject(batches, &error),
        Err(Failure::Statement(error)) => {
            tracing::warn!(%error, "command batch failed; retrying in halves");
            let mut first = ungroup(batches);
            let second = first.split_off(first.len() / 2);
            Box::pin(run_batch(database, first, policy)).await;
            Box::pin(run_batch(database, second, policy)).await;
        }
    }
}

/// Whether an error may be caused by individual commands, so that splitting the batch can isolate it. An unavailable or
/// busy database affects all commands, and each further attempt would take its full timeout. An unsupported version
/// affects only the commands of its log.
fn may_be_isolated(error: &Error, batches: &[LogBatch]) -> bool {
    match error {
        Error::UnsupportedVersion => batches.len() > 1,
        error => !error.is_transient(),
    }
}

fn ungroup(batches: Vec<LogBatch>) -> Vec<PendingCommand> {
    let unzip = |LogBatch { memory, submissions, replies }| {
        let pairs = submissions.into_iter().zip(replies);
        pairs.map(move |(submission, reply)| PendingCommand { submission, memory: Arc::clone(&memory), reply })
    };
    batches.into_iter().flat_map(unzip).collect()
}

enum Failure {
    /// Nothing was written.
    Statement(Error),
    /// It is unknown whether the batch was written.
    Commit(Error),
}

async fn transact(database: &Database, batches: &[LogBatch], locking: Locking) -> Result<Vec<BatchOutcome>, Failure> {
    let Some(scope) = scope(batches) else { return Ok(Vec::new()) };
    let transaction = database.write(scope).await.map_err(|error| Failure::Statement(error.into()))?;
    let mut done = Vec::with_capacity(batches.len());
    for batch in batches {
        let ran = batch::run(&transaction, batch.memory.fork(), &batch.submissions, locking).await;
        done.push(ran.map_err(|failed| {
            planted::reuse_fork_of_statement(|| batch.memory.clone().accept(failed.decided));
            Failure::Statement(failed.error)
        })?);
    }
    if done.iter().all(|batch| batch.written.is_empty() && batch.results.iter().all(Result::is_err)) {
        let _ = transaction.rollback().await;
        return Ok(done);
    }
    let all = || batches.iter().zip(&done);
    let Some(commit) = planted::acknowledge_before_commit(transaction.commit()) else { return Ok(done) };
    planted::publish_before_commit(|| all().for_each(|(batch, done)| batch.memory.publish(&done.written))).await;
    commit.await.map_err(|error| {
        planted::reuse_fork(|| all().for_each(|(batch, done)| batch.memory.clone().accept(done.written.clone())));
        tracing::warn!(%error, "commit outcome unknown");
        Failure::Commit(Error::Unavailable("The outcome is unknown. Retry with the same ID.".into()))
    })?;
    Ok(done)
}

/// On Postgres a lane serves one workspace, so its transaction sees no other.
fn scope(batches: &[LogBatch]) -> Option<Scope> {
    batches.first().and_then(|batch| batch.submissions.first()).map(|first| Scope::Workspace(first.workspace_id))
}

/// Completes a committed batch. Memory is updated before the results are sent, so that a caller never sees a state
/// older than its own command. Delivery continues in the background.
fn complete(batch: LogBatch, outcome: BatchOutcome) {
    let mut events = outcome.missed;
    events.extend(outcome.written.iter().cloned());
    batch.memory.clone().accept(events);
    batch.memory.publish(&outcome.written);
    for (reply, result) in batch.replies.into_iter().zip(outcome.results) {
        let _ = reply.send(result);
    }
    failpoint::pass("lane.answered");
}

fn reject(batches: Vec<LogBatch>, error: &Error) {
    if let Error::Internal(text) = error {
        tracing::error!(error = %text, "command failed");
    }
    for batch in batches {
        batch.memory.observe_error(error);
        for reply in batch.replies {
            let _ = reply.send(Err(error.clone()));
        }
    }
}
