//! Durable readers: consumers that follow the log at their own pace.
//!
//! A reader has a name and, per log, a cursor in the database. For each log that has grown, it locks the cursor (other
//! processes skip the log), handles a batch of events in order and advances the cursor in the same transaction. What a
//! handler writes in that transaction happens exactly once; its other effects happen at least once.
//!
//! A failed batch is retried event by event with increasing delays, during which other logs continue. An event that
//! fails [`MAX_ATTEMPTS`](super::retries::MAX_ATTEMPTS) times on its own is recorded as a failure and skipped.
//! Transient errors (`UNAVAILABLE`) are retried forever.
//!
//! On SQLite all logs share one writer and every commit syncs the disk, so one transaction handles as many logs as fit.
//! On Postgres a transaction sees one workspace, so each log has its own.

use std::collections::VecDeque;
use std::time::Duration;

use sea_orm::{EntityTrait, ModelTrait, QueryOrder};

use super::cursors::{FailedEvent, advance, lock_cursor};
use super::grown::{Outcome, for_each_grown, guarded};
use super::read;
use super::retries::{Attempt, BATCH_SIZE, Retries};
use super::wake::{LogSet, ReaderNotifier, Remaining};
use crate::ground::db::{Database, Scope, Transaction};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::model::event::{Seq, SharedEvent};
use crate::model::log::entity::reader_failure;

/// How long to wait after a wake-up, so that one poll covers several appends.
const BATCH_DELAY: Duration = Duration::from_millis(20);

/// The event handler of a durable reader.
pub trait Handler: Send + Sync + 'static {
    /// Work to do after the commit.
    type After: Send;
    /// The name of the cursor. Must never change.
    const NAME: &'static str;
    /// Number of events handled in one transaction, to bound the rows written.
    const BATCH_SIZE: u64 = BATCH_SIZE;

    /// Handles consecutive events of one log. Effects outside of the transaction must be idempotent.
    fn handle(
        &self,
        transaction: &Transaction,
        events: &[SharedEvent],
    ) -> impl Future<Output = Result<Self::After>> + Send;

    /// Called after the commit. May be skipped if the process ends in between.
    fn after(&self, follow_up: Self::After) -> impl Future<Output = ()> + Send;
}

/// Runs a reader forever.
pub async fn run<H: Handler>(database: Database, wake: ReaderNotifier, handler: H) {
    let mut retries = Retries::default();
    let mut schedule = wake.subscribe();
    loop {
        match poll(&database, &handler, &mut retries, &schedule.take()).await {
            Ok(remaining) => schedule.wait(remaining, BATCH_DELAY, retries.next_due()).await,
            Err(error) => {
                tracing::warn!(%error, reader = H::NAME, "log reader failed to poll");
                schedule.wait_after_failure(BATCH_DELAY).await;
            }
        }
    }
}

/// Handles the logs in `logs` that have grown, once.
///
/// # Errors
/// Returns an error if the database does not respond or a dependency of all logs is unavailable.
pub async fn poll<H: Handler>(
    database: &Database,
    handler: &H,
    retries: &mut Retries,
    logs: &LogSet,
) -> Result<Remaining> {
    for_each_grown(database, H::NAME, retries, logs, |logs| handle_page(database, handler, logs)).await
}

/// Handles the next batch of each log. Where all logs share one writer they share transactions; logs of a failed
/// transaction are then handled individually.
async fn handle_page<H: Handler>(
    database: &Database,
    handler: &H,
    logs: Vec<(WorkspaceId, Attempt)>,
) -> Result<Vec<Outcome>> {
    let (mut outcomes, mut separate, mut together) = (Vec::new(), Vec::new(), VecDeque::new());
    for (id, attempt) in logs {
        if database.is_sqlite() && attempt.limit > 1 {
            together.push_back(id);
        } else {
            separate.push((id, attempt));
        }
    }
    while !together.is_empty() {
        let batch = together.clone();
        match handle_together(database, handler, &mut together).await {
            Ok(handled) => outcomes.extend(handled),
            Err(error) => {
                tracing::debug!(%error, reader = H::NAME, "shared batch failed; handling each log separately");
                together.clear();
                separate.extend(batch.into_iter().map(|id| (id, Attempt::FULL)));
            }
        }
    }
    for (id, attempt) in separate {
        let outcome = step(database, handler, id, attempt).await;
        let is_unavailable = matches!(outcome, Err(Error::DependencyUnavailable(_)));
        outcomes.push((id, outcome));
        if is_unavailable {
            break;
        }
    }
    Ok(outcomes)
}

/// Handles the next batches of the first of these logs in one transaction, bounded by the batch size of a single log.
async fn handle_together<H: Handler>(
    database: &Database,
    handler: &H,
    logs: &mut VecDeque<WorkspaceId>,
) -> Result<Vec<Outcome>> {
    let transaction = database.write(Scope::Server).await?;
    let (mut budget, mut outcomes, mut after) = (H::BATCH_SIZE, Vec::new(), Vec::new());
    while budget > 0
        && let Some(id) = logs.pop_front()
    {
        let Some(cursor) = lock_cursor(&transaction, id, H::NAME).await? else { continue };
        let events = read::after(&transaction, id, cursor, budget).await?;
        let last = events.last().map_or(cursor, |event| event.seq);
        if last > cursor {
            budget = budget.saturating_sub(events.len() as u64);
            after.push(guarded(handler.handle(&transaction, &events)).await?);
            advance(&transaction, id, H::NAME, (cursor, last)).await?;
        }
        outcomes.push((id, Ok(Some(last))));
    }
    if after.is_empty() {
        transaction.rollback().await?;
        return Ok(outcomes);
    }
    transaction.commit().await?;
    for follow_up in after {
        handler.after(follow_up).await;
    }
    Ok(outcomes)
}

/// Handles the next batch of one log. Returns `None` if another process is working on it.
async fn step<H: Handler>(
    database: &Database,
    handler: &H,
    workspace_id: WorkspaceId,
    attempt: Attempt,
) -> Result<Option<Seq>> {
    let transaction = database.write(Scope::Workspace(workspace_id)).await?;
    let Some(cursor) = lock_cursor(&transaction, workspace_id, H::NAME).await? else { return Ok(None) };
    let events = read::after(&transaction, workspace_id, cursor, attempt.limit.min(H::BATCH_SIZE)).await?;
    let Some(last) = events.last().map(|event| event.seq) else { return Ok(Some(cursor)) };
    let follow_up = match guarded(handler.handle(&transaction, &events)).await {
        Ok(follow_up) => follow_up,
        // Transient errors are retried. Only an event that cannot be handled is skipped.
        Err(error) if attempt.is_last() && !error.is_transient() => {
            transaction.rollback().await?;
            let failed = FailedEvent { workspace_id, name: H::NAME, cursor, seq: last, attempts: attempt.failures + 1 };
            return failed.record(database, &error).await.map(Some);
        }
        Err(error) => return Err(error),
    };
    advance(&transaction, workspace_id, H::NAME, (cursor, last)).await?;
    transaction.commit().await?;
    handler.after(follow_up).await;
    Ok(Some(last))
}

/// Returns the events that readers gave up on, oldest first.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn failures(database: &Database) -> Result<Vec<reader_failure::Model>> {
    let snapshot = database.snapshot(Scope::Server).await?;
    Ok(reader_failure::Entity::find().order_by_asc(reader_failure::Column::At).all(&snapshot).await?)
}

/// Retries an event that a reader gave up on, and removes it from the failures.
///
/// # Errors
/// Returns the reason if it fails again. The failure is kept then.
pub async fn retry<H: Handler>(database: &Database, handler: &H, failure: reader_failure::Model) -> Result<()> {
    let transaction = database.write(Scope::Workspace(failure.workspace_id)).await?;
    let events = read::after(&transaction, failure.workspace_id, failure.seq - 1, 1).await?;
    let follow_up = handler.handle(&transaction, &events).await?;
    failure.delete(&transaction).await?;
    transaction.commit().await?;
    handler.after(follow_up).await;
    Ok(())
}
