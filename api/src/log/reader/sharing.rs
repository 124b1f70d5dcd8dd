//! How the logs of a round share transactions. On SQLite all logs have one writer, and each commit is a sync of the disk:
//! there as many logs as fit are handled in one. On Postgres a transaction sees one workspace, so each log has its own.

use std::collections::VecDeque;

use super::{Handler, Outcome, advance, guarded, lease, step};
use crate::db::{Database, Scope};
use crate::error::{Error, Result};
use crate::id::WorkspaceId;
use crate::log::read;
use crate::log::troubles::Turn;

/// Handles the next run of each log. Where all logs have one writer they share transactions, so that there are not as
/// many commits as logs; what fails is then handled by itself.
pub(super) async fn page<H: Handler>(
    database: &Database,
    handler: &H,
    logs: Vec<(WorkspaceId, Turn)>,
) -> Result<Vec<Outcome>> {
    let (mut outcomes, mut alone, mut together) = (Vec::new(), Vec::new(), VecDeque::new());
    for (id, turn) in logs {
        if database.is_sqlite() && turn.limit > 1 {
            together.push_back(id);
        } else {
            alone.push((id, turn));
        }
    }
    while !together.is_empty() {
        let these = together.clone();
        match shared(database, handler, &mut together).await {
            Ok(done) => outcomes.extend(done),
            Err(error) => {
                tracing::debug!(%error, reader = H::NAME, "a run of several logs failed; handling each by itself");
                together.clear();
                alone.extend(these.into_iter().map(|id| (id, Turn::WHOLE)));
            }
        }
    }
    for (id, turn) in alone {
        let outcome = step(database, handler, id, turn).await;
        let is_away = matches!(outcome, Err(Error::Away(_)));
        outcomes.push((id, outcome));
        if is_away {
            break;
        }
    }
    Ok(outcomes)
}

/// Handles the next runs of the first of these logs in one transaction, which is as long as that of one log may be.
async fn shared<H: Handler>(
    database: &Database,
    handler: &H,
    logs: &mut VecDeque<WorkspaceId>,
) -> Result<Vec<Outcome>> {
    let transaction = database.write(Scope::Server).await?;
    let (mut room, mut outcomes, mut after) = (H::RUN, Vec::new(), Vec::new());
    while room > 0
        && let Some(id) = logs.pop_front()
    {
        let Some(cursor) = lease(&transaction, id, H::NAME).await? else { continue };
        let events = read::after(&transaction, id, cursor, room).await?;
        let last = events.last().map_or(cursor, |event| event.seq);
        if last > cursor {
            room = room.saturating_sub(events.len() as u64);
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
