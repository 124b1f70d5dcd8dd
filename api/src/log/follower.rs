//! Followers: durable readers that work outside the database, such as on a search index.
//!
//! Their work may take longer than any transaction should, so no transaction is open meanwhile. A follower leases the
//! logs that have grown ([`leases`]), reads a batch of events of each log in one snapshot, works on it, and then
//! advances the cursors of the logs it still holds. Every batch is processed at least once, and by one process at a
//! time unless a process hangs for longer than its lease. A poll without work writes nothing. A poll with work writes
//! twice for all logs together, unless the work outlasts the shared hold.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::time::Duration;

use sea_orm::{ConnectionTrait, QueryResult};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::cursors::FailedEvent;
use super::grown::{Outcome, for_each_grown, guarded};
use super::leases::{self, Lease, LeaseHolder, Release};
use super::read;
use super::retries::{Attempt, Retries};
use super::wake::{LogSet, Remaining};
use crate::ground::db::{Database, Scope, Transaction, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::model::event::{Seq, SharedEvent};

/// How long the logs of a page are held together. Afterwards the pending ones are released, so that other processes can
/// take them while this one finishes a slow log.
const SHARED_HOLD: Duration = Duration::from_secs(1);

/// A durable reader that works outside the database.
pub trait Follower: Send + Sync {
    /// The work that a batch of events requires.
    type Work: Send;

    /// The name of its cursors.
    fn name(&self) -> &str;

    /// How many of these events form one batch. At least one.
    fn batch_len(&self, events: &[SharedEvent]) -> usize {
        events.len()
    }

    /// Reads the work required by these events, in one snapshot.
    fn read(&self, snapshot: &Transaction, events: &[SharedEvent]) -> impl Future<Output = Result<Self::Work>> + Send;

    /// Does the work. Must be idempotent.
    fn work(&self, work: Self::Work) -> impl Future<Output = Result<()>> + Send;
}

/// Processes the logs in `logs` that have grown, once.
///
/// # Errors
/// Returns an error if the database does not respond or a dependency of all logs is unavailable.
pub async fn poll<F: Follower>(
    database: &Database,
    follower: &F,
    process: Uuid,
    retries: &mut Retries,
    logs: &LogSet,
) -> Result<Remaining> {
    for_each_grown(database, follower.name(), retries, logs, |logs| step(database, follower, process, logs)).await
}

async fn step<F: Follower>(
    database: &Database,
    follower: &F,
    process: Uuid,
    logs: Vec<(WorkspaceId, Attempt)>,
) -> Result<Vec<Outcome>> {
    Ok(LeasedPage::acquire(database, follower, process, logs).await?.work().await)
}

/// A page of logs that are leased and released together.
struct LeasedPage<'a, F> {
    database: &'a Database,
    follower: &'a F,
    holder: LeaseHolder<'a>,
    /// When the shared hold ends.
    hold_until: Instant,
    /// Processed logs with their outcome.
    done: Vec<(Release, Result<()>)>,
    /// Logs still to be processed, with their cursors.
    pending: VecDeque<(WorkspaceId, Seq, Attempt)>,
    outcomes: Vec<Outcome>,
}

impl<'a, F: Follower> LeasedPage<'a, F> {
    async fn acquire(
        database: &'a Database,
        follower: &'a F,
        process: Uuid,
        logs: Vec<(WorkspaceId, Attempt)>,
    ) -> Result<Self> {
        let holder = LeaseHolder { name: follower.name(), process };
        let cursors = holder.acquire(database, logs.iter().map(|(id, _)| *id)).await?;
        let pending =
            logs.into_iter().filter_map(|(id, attempt)| cursors.get(&id).map(|cursor| (id, *cursor, attempt)));
        let (done, outcomes, hold_until) = (Vec::new(), Vec::new(), Instant::now() + SHARED_HOLD);
        Ok(Self { database, follower, holder, hold_until, done, pending: pending.collect(), outcomes })
    }

    /// Processes the next batch of each log until the shared hold ends; remaining logs wait for the next poll. The logs
    /// are always released.
    async fn work(mut self) -> Vec<Outcome> {
        while let Some((id, cursor, attempt)) = self.pending.pop_front() {
            let (to, outcome) = match self.run(id, cursor, attempt).await {
                Ok((last, Ok(()))) => (last, Ok(())),
                Ok((seq, Err(error))) if attempt.is_last() && !error.is_transient() => {
                    let (name, attempts) = (self.holder.name, attempt.failures + 1);
                    let failed = FailedEvent { workspace_id: id, name, cursor, seq, attempts };
                    match failed.record(self.database, &error).await {
                        Ok(to) => {
                            self.outcomes.push((id, Ok(Some(to))));
                            continue;
                        }
                        Err(error) => (cursor, Err(error)),
                    }
                }
                Ok((_, Err(error))) | Err(error) => (cursor, Err(error)),
            };
            let is_unavailable = matches!(outcome, Err(Error::DependencyUnavailable(_)));
            self.done.push((Release { id, from: cursor, to }, outcome));
            if is_unavailable || self.hold_until <= Instant::now() {
                break;
            }
        }
        self.release().await;
        self.outcomes
    }

    /// Processes the next batch of a log. Returns the sequence number of its last event, and the outcome.
    async fn run(&mut self, id: WorkspaceId, cursor: Seq, attempt: Attempt) -> Result<(Seq, Result<()>)> {
        let (database, follower) = (self.database, self.follower);
        let snapshot = database.snapshot(Scope::Workspace(id)).await?;
        let mut events = read::after(&snapshot, id, cursor, attempt.limit).await?;
        events.truncate(follower.batch_len(&events).max(1));
        let Some(last) = events.last().map(|event| event.seq) else { return Ok((cursor, Ok(()))) };
        let work = guarded(follower.read(&snapshot, &events)).await;
        drop(snapshot);
        let work = match work {
            Ok(work) => guarded(follower.work(work)),
            Err(error) => return Ok((last, Err(error))),
        };
        Ok((last, self.finish(id, cursor, pin!(work)).await))
    }

    /// Waits for the work on one log. If it outlasts the shared hold, releases the other logs and keeps renewing the
    /// lease of this one.
    async fn finish(
        &mut self,
        id: WorkspaceId,
        cursor: Seq,
        mut work: Pin<&mut impl Future<Output = Result<()>>>,
    ) -> Result<()> {
        tokio::select! {
            result = &mut work => return result,
            () = sleep_until(self.hold_until) => self.release().await,
        }
        let lease = Lease::new(self.holder, id, cursor);
        tokio::select! {
            result = work => result,
            error = lease.keep_renewed(self.database) => Err(error),
        }
    }

    /// Releases all leases of the page. If that fails they expire by themselves.
    async fn release(&mut self) {
        let pending = self.pending.drain(..).map(|(id, cursor, _)| (Release { id, from: cursor, to: cursor }, Ok(())));
        let all: Vec<_> = self.done.drain(..).chain(pending).collect();
        let releases: Vec<Release> = all.iter().map(|(release, _)| *release).collect();
        let released = self.holder.release(self.database, &releases).await;
        for (Release { id, to, .. }, outcome) in all {
            let outcome = match &released {
                Ok(released) if released.contains(&id) => outcome.map(|()| Some(to)),
                Ok(_) => outcome.and(Err(leases::lost_lease())),
                Err(error) => outcome.and(Err(error.clone())),
            };
            self.outcomes.push((id, outcome));
        }
    }
}

/// The progress of a follower across all logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Number of events processed.
    pub done: i64,
    /// Number of events in all logs.
    pub all: i64,
}

impl Progress {
    /// Number of events not yet processed.
    pub fn behind(self) -> i64 {
        (self.all - self.done).max(0)
    }
}

/// Returns the progress of a follower across all logs.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn progress(database: &Database, name: &str) -> Result<Progress> {
    let sql = "SELECT CAST(COALESCE(SUM(l.last_seq), 0) AS BIGINT) AS total, \
               CAST(COALESCE(SUM(r.cursor), 0) AS BIGINT) AS done FROM log l \
               LEFT JOIN reader r ON r.workspace_id = l.workspace_id AND r.name = $1 WHERE l.workspace_id <> $2";
    let snapshot = database.snapshot(Scope::Server).await?;
    let row = snapshot.query_one_raw(statement(&snapshot, sql, [name.into(), WorkspaceId::SERVER.0.into()])).await?;
    let read = |row: QueryResult| Ok(Progress { all: row.try_get("", "total")?, done: row.try_get("", "done")? });
    row.map_or(Ok(Progress { done: 0, all: 0 }), read)
}

/// Returns the cursor of a follower in one log.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn cursor(snapshot: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<Seq> {
    let sql = "SELECT cursor FROM reader WHERE workspace_id = $1 AND name = $2";
    let values = [workspace_id.0.into(), name.into()];
    let row = snapshot.query_one_raw(statement(snapshot, sql, values)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "cursor")?))
}

/// Deletes the cursors and failures of a follower that no longer exists.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn forget(transaction: &Transaction, name: &str) -> Result<()> {
    for table in ["reader", "reader_failure"] {
        let sql = format!("DELETE FROM {table} WHERE name = $1");
        transaction.execute_raw(statement(transaction, sql, [name.into()])).await?;
    }
    Ok(())
}
