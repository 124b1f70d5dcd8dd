//! Batches the logs of a poll into transactions.
//!
//! On SQLite all logs share one writer and every commit syncs the disk, so one transaction handles as many logs as fit.
//! On Postgres a transaction sees one workspace, so each log has its own.

use std::collections::VecDeque;

use super::{Handler, Outcome, advance, guarded, lock_cursor, step};
use crate::db::{Database, Scope};
use crate::error::{Error, Result};
use crate::id::WorkspaceId;
use crate::log::read;
use crate::log::retries::Attempt;

/// Handles the next batch of each log. Where all logs share one writer they share transactions; logs of a failed
/// transaction are then handled individually.
pub(super) async fn handle_page<H: Handler>(
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
            Ok(done) => outcomes.extend(done),
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
    for done in after {
        handler.after(done).await;
    }
    Ok(outcomes)
}
