//! The heartbeat: once per second, asks the database for the heads of all open logs, so that no event goes unnoticed.
//!
//! - It uses its own connections, so request load cannot starve it.
//! - A log that is slow or unreadable delays no other. It closes if it stays behind for [`STALE_AFTER`].
//! - Without a successful heartbeat for [`STALE_AFTER`], this process neither delivers nor answers from memory.
//!
//! A log that is more than the catch-up limit behind is reloaded (`open_log.rs`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::freshness::STALE_AFTER;
use super::logs::Logs;
use super::open_log::OpenLog;
use crate::ground::db::Database;
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::{planted, supervise};
use crate::model::event::Seq;
use crate::model::log::entity::log;

/// Interval between heartbeats.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum number of logs that catch up concurrently.
const MAX_CATCHING_UP: usize = 3;
/// Number of database connections: one per log catching up, and one for the heartbeat query.
pub const CONNECTIONS: u32 = 4;
/// Number of logs per query.
const HEADS_PER_QUERY: usize = 1_000;

impl Logs {
    /// Runs the heartbeat forever, once per second. `own` is a connection pool that nothing else uses, so that request
    /// load cannot starve the heartbeat.
    pub async fn heartbeat(self: Arc<Self>, own: Database) {
        let mut ticks = tokio::time::interval(HEARTBEAT_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let permits = Arc::new(Semaphore::new(MAX_CATCHING_UP));
        loop {
            ticks.tick().await;
            match self.run_once(&own, &permits).await {
                // Slow logs continue in the background.
                Ok(mut catching_up) => catching_up.detach_all(),
                Err(error) => tracing::warn!(%error, "heartbeat failed"),
            }
        }
    }

    /// Runs one heartbeat and waits until all logs have caught up.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn refresh_all(self: &Arc<Self>) -> Result<()> {
        let permits = Arc::new(Semaphore::new(MAX_CATCHING_UP));
        self.run_once(self.database(), &permits).await?.join_all().await;
        Ok(())
    }

    /// Runs one heartbeat. Returns the tasks that catch up the logs that are behind.
    async fn run_once(self: &Arc<Self>, own: &Database, permits: &Arc<Semaphore>) -> Result<JoinSet<()>> {
        let mut catching_up = JoinSet::new();
        if planted::skip_heartbeat() {
            return Ok(catching_up);
        }
        let (queried_at, logs) = (self.fresh().millis(), self.loaded());
        let ids: Vec<WorkspaceId> = logs.iter().map(|log| log.workspace_id()).collect();
        let heads = heads(own, &ids).await?;
        for log in logs {
            let Some(last_seq) = heads.get(&log.workspace_id()).copied() else { continue };
            if log.seq() >= last_seq {
                log.mark_up_to_date();
            } else if log.workspace_id() == WorkspaceId::SERVER {
                // The server's log catches up first: memory is not trusted before session revocations are known.
                record_outcome(&log, log.catch_up_to(own, last_seq).await)?;
            } else if Duration::from_millis(log.mark_behind(queried_at)) > STALE_AFTER {
                log.close(&Error::Unavailable("Cannot catch up with the log. Reconnect.".into()));
            } else if log.try_start_catch_up() {
                let (own, permits) = (own.clone(), permits.clone());
                catching_up.spawn(async move {
                    let _permit = permits.acquire_owned().await;
                    let outcome = supervise::guard("catching up", log.catch_up_to(&own, last_seq)).await;
                    let outcome = outcome.unwrap_or_else(|_| Err(Error::internal("catching up panicked")));
                    log.finish_catch_up();
                    if let Err(error) = record_outcome(&log, outcome) {
                        tracing::warn!(%error, workspace = %log.workspace_id(), "log failed to catch up");
                    }
                });
            }
        }
        self.fresh().confirm(queried_at);
        Ok(catching_up)
    }
}

/// Closes the log on permanent errors. Returns transient ones.
fn record_outcome(log: &OpenLog, outcome: Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => log.mark_up_to_date(),
        Err(error) if error.is_transient() && !matches!(error, Error::UnsupportedVersion) => return Err(error),
        Err(error) => log.close(&error),
    }
    Ok(())
}

/// Returns the heads of any number of logs.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn heads(database: &Database, ids: &[WorkspaceId]) -> Result<HashMap<WorkspaceId, Seq>> {
    let mut heads = HashMap::with_capacity(ids.len());
    for part in ids.chunks(HEADS_PER_QUERY) {
        let rows = log::Entity::find().filter(log::Column::WorkspaceId.is_in(part.iter().copied()));
        let rows = database.global_tables().all(rows).await?;
        heads.extend(rows.into_iter().map(|row| (row.workspace_id, row.last_seq)));
    }
    Ok(heads)
}
