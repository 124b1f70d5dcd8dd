//! The lane: where the commands of a log wait their turn and are answered.
//!
//! It takes what waits (never waiting for company), at most [`BATCH`] commands and [`BATCH_BYTES`]
//! bytes, and runs it as one transaction. Postgres has one lane per workspace, so two workspaces never
//! wait for each other; SQLite has one for all, which commits several workspaces together, each in its turn
//! (`waiting.rs`). An answer
//! is given only after the commit. A batch that fails for good is run again in halves, so that only the
//! offender gets its error; where the database is away or busy all of it is answered `UNAVAILABLE` at once, and
//! so is a commit whose outcome is unknown: safe to retry.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::batch::{self, Done, Way};
use super::command::Submission;
use super::failpoint;
use super::waiting::{Entrance, Exit, queues};
use crate::db::{Database, Scope};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::WorkspaceId;
use crate::planted::{self, Bug};
use crate::supervise;
use crate::workspace::state::Workspace;

/// The most commands of one transaction.
pub const BATCH: usize = 256;
/// The most bytes of commands of one transaction.
pub const BATCH_BYTES: usize = 512 * 1024;
/// Widens the window of planted bugs around the commit.
const PLANTED_DELAY: std::time::Duration = std::time::Duration::from_millis(20);
/// For how long what is less urgent lets commands go first.
const YIELD: std::time::Duration = std::time::Duration::from_millis(500);
/// After another process was seen to write in the same log, so many batches lock it first.
const SURE_FOR: u32 = 16;

/// The answer to an accepted command.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its events; none if there was nothing to do.
    pub events: Vec<SharedEvent>,
    /// The workspace right after it (for a repeated command: now).
    pub workspace: Workspace,
    /// Whether it had been accepted before and this is the first answer again.
    pub repeated: bool,
    seq: Seq,
}

impl Receipt {
    pub(super) fn new(events: Vec<SharedEvent>, workspace: Workspace) -> Self {
        Self { seq: workspace.seq, events, workspace, repeated: false }
    }

    /// The first answer, which was at `seq`, again.
    pub(super) fn repeated(events: Vec<SharedEvent>, seq: Seq, workspace: Workspace) -> Self {
        Self { seq, events, workspace, repeated: true }
    }

    /// The number of its last event, or where the log stood when there was nothing to do.
    pub fn seq(&self) -> Seq {
        self.seq
    }
}

/// The state of a log in this process's memory: what commands are decided on, and where committed events
/// go. The live room is one.
pub trait Memory: Send + Sync {
    /// The state now. Cheap.
    fn fork(&self) -> Workspace;
    /// Takes committed events, of this process and of others.
    fn accept(self: Arc<Self>, events: Vec<SharedEvent>);
    /// Tells other processes what this one has just committed. Never waits.
    fn announce(&self, written: &[SharedEvent]);
    /// Takes note of an error that was met while the log was read.
    fn note(&self, error: &Error);
}

struct Waiting {
    submission: Submission,
    memory: Arc<dyn Memory>,
    answer: oneshot::Sender<Result<Receipt>>,
}

/// The way into a lane. Cheap to clone; the lane ends when the last one is dropped.
#[derive(Clone)]
pub struct Lane {
    queue: Entrance<Waiting>,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

impl Lane {
    /// Starts a lane.
    pub fn start(database: Database) -> Self {
        let (queue, mut waiting) = queues();
        supervise::spawn("lane", async move {
            // Who was in the batch that panicked is told so by their dropped answers; the others go on.
            while supervise::guard("lane", run(&database, &mut waiting)).await.is_err() {}
        });
        Self { queue }
    }

    /// Waits until no command waits, for a moment at most: for what should go after them.
    pub async fn commands_first(&self) {
        let _ = tokio::time::timeout(YIELD, self.queue.emptied()).await;
    }

    /// Gives a command to the lane and waits for its answer. Dropping the future does not take the
    /// command back.
    ///
    /// # Errors
    /// Why it was refused; `UNAVAILABLE` when it may be sent again.
    pub async fn submit(&self, memory: Arc<dyn Memory>, submission: Submission) -> Result<Receipt> {
        let (answer, answered) = oneshot::channel();
        let (log, weight) = (submission.workspace_id, submission.weight());
        if !self.queue.put(log, Waiting { submission, memory, answer }, weight) {
            return Err(Error::Unavailable("Too many commands are waiting. Send it again.".into()));
        }
        answered.await.map_err(|_| {
            Error::Unavailable("Whether this happened is unknown. Send it again with the same id.".into())
        })?
    }
}

async fn run(database: &Database, waiting: &mut Exit<Waiting>) {
    let mut ways = Ways::of(database);
    while let Some(taken) = waiting.take(BATCH, BATCH_BYTES).await {
        failpoint::pass("lane.taken");
        metrics::histogram!("confab_lane_batch").record(f64::from(u32::try_from(taken.len()).unwrap_or(u32::MAX)));
        run_batch(database, taken, &mut ways).await;
    }
}

/// Which way batches go.
struct Ways {
    /// There is only one: SQLite.
    always_sure: bool,
    /// So many batches still go the sure way, because another process writes in the same log.
    sure_for: u32,
}

impl Ways {
    fn of(database: &Database) -> Self {
        Self { always_sure: database.is_sqlite(), sure_for: 0 }
    }

    fn next(&mut self) -> Way {
        if self.always_sure || self.sure_for > 0 {
            self.sure_for = self.sure_for.saturating_sub(1);
            return Way::Sure;
        }
        Way::Short
    }

    fn learn(&mut self, done: &[Done]) {
        if done.iter().any(|part| part.is_contended) {
            self.sure_for = SURE_FOR;
        }
    }
}

/// One log's part of a transaction.
struct Part {
    memory: Arc<dyn Memory>,
    submissions: Vec<Submission>,
    answers: Vec<oneshot::Sender<Result<Receipt>>>,
}

fn parts(taken: Vec<Waiting>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut index: HashMap<WorkspaceId, usize> = HashMap::new();
    for Waiting { submission, memory, answer } in taken {
        let at = *index.entry(submission.workspace_id).or_insert_with(|| {
            parts.push(Part { memory, submissions: Vec::new(), answers: Vec::new() });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(at) {
            part.submissions.push(submission);
            part.answers.push(answer);
        }
    }
    parts
}

async fn run_batch(database: &Database, taken: Vec<Waiting>, ways: &mut Ways) {
    let alone = taken.len() == 1;
    let parts = parts(taken);
    let way = ways.next();
    let mut outcome = transact(database, &parts, way).await;
    if way == Way::Short && matches!(&outcome, Err(Failure::Statement(error)) if !error.is_passing()) {
        // The same command at another process at the same time, which the lock would have told.
        outcome = transact(database, &parts, Way::Sure).await;
    }
    match outcome {
        Ok(done) => {
            ways.learn(&done);
            failpoint::pass("lane.committed");
            parts.into_iter().zip(done).for_each(|(part, done)| settle(part, done));
        }
        Err(Failure::Commit(error)) => refuse(parts, &error),
        Err(Failure::Statement(error)) if alone || !is_of_some(&error, &parts) => refuse(parts, &error),
        Err(Failure::Statement(error)) => {
            tracing::warn!(%error, "a batch failed; running its halves");
            let mut first = commands(parts);
            let second = first.split_off(first.len() / 2);
            Box::pin(run_batch(database, first, ways)).await;
            Box::pin(run_batch(database, second, ways)).await;
        }
    }
}

/// Whether an error may be that of some commands of a batch, and not of all. What is away or busy is so for all, and
/// each attempt would take its whole deadline; a log of a newer version keeps only its own commands back.
fn is_of_some(error: &Error, parts: &[Part]) -> bool {
    match error {
        Error::Newer => parts.len() > 1,
        error => !error.is_passing(),
    }
}

fn commands(parts: Vec<Part>) -> Vec<Waiting> {
    let each = |Part { memory, submissions, answers }| {
        let given = submissions.into_iter().zip(answers);
        given.map(move |(submission, answer)| Waiting { submission, memory: Arc::clone(&memory), answer })
    };
    parts.into_iter().flat_map(each).collect()
}

enum Failure {
    /// Nothing was written.
    Statement(Error),
    /// Whether it was written is unknown.
    Commit(Error),
}

async fn transact(database: &Database, parts: &[Part], way: Way) -> Result<Vec<Done>, Failure> {
    let Some(scope) = scope(parts) else { return Ok(Vec::new()) };
    let transaction = database.write(scope).await.map_err(|error| Failure::Statement(error.into()))?;
    let mut done = Vec::with_capacity(parts.len());
    for part in parts {
        let ran = batch::run(&transaction, part.memory.fork(), &part.submissions, way).await;
        done.push(ran.map_err(|failed| {
            if planted::is(Bug::ReuseForkOfStatement) {
                part.memory.clone().accept(failed.decided);
            }
            Failure::Statement(failed.error)
        })?);
    }
    if done.iter().all(|part| part.written.is_empty() && part.results.iter().all(Result::is_err)) {
        let _ = transaction.rollback().await;
        return Ok(done);
    }
    if planted::is(Bug::AcknowledgeBeforeCommit) {
        supervise::spawn("planted", async {
            drop((tokio::time::sleep(PLANTED_DELAY).await, transaction.commit().await));
        });
        return Ok(done);
    }
    if planted::is(Bug::PublishBeforeCommit) {
        parts.iter().zip(&done).for_each(|(part, done)| part.memory.announce(&done.written));
        tokio::time::sleep(PLANTED_DELAY).await;
    }
    transaction.commit().await.map_err(|error| {
        if planted::is(Bug::ReuseFork) {
            parts.iter().zip(&done).for_each(|(part, done)| part.memory.clone().accept(done.written.clone()));
        }
        tracing::warn!(%error, "the outcome of a commit is unknown");
        Failure::Commit(Error::Unavailable("Whether this happened is unknown. Send it again with the same id.".into()))
    })?;
    Ok(done)
}

/// On Postgres a lane has one workspace, so its transaction sees no other.
fn scope(parts: &[Part]) -> Option<Scope> {
    parts.first().and_then(|part| part.submissions.first()).map(|first| Scope::Workspace(first.workspace_id))
}

/// After the commit: memory first (it takes microseconds), so that nobody who was answered finds it
/// behind; then the answers. Delivery goes on by itself.
fn settle(part: Part, done: Done) {
    let mut events = done.missed;
    events.extend(done.written.iter().cloned());
    part.memory.clone().accept(events);
    part.memory.announce(&done.written);
    for (answer, result) in part.answers.into_iter().zip(done.results) {
        let _ = answer.send(result);
    }
    failpoint::pass("lane.answered");
}

fn refuse(parts: Vec<Part>, error: &Error) {
    if let Error::Internal(text) = error {
        tracing::error!(%text, "a command failed");
    }
    for part in parts {
        part.memory.note(error);
        for answer in part.answers {
            let _ = answer.send(Err(error.clone()));
        }
    }
}
