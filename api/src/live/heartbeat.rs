//! The heartbeat: once per second, asks the database for the heads of all loaded logs, so that no event goes unnoticed.
//!
//! - It uses its own connections, so request load cannot starve it.
//! - A room that is slow or unreadable delays no other. It closes if it stays behind for [`STALE_AFTER`].
//! - Without a successful heartbeat for [`STALE_AFTER`], this process neither delivers nor answers from memory.
//!
//! A room that is more than the catch-up limit behind is reloaded (`room.rs`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::room::Room;
use super::rooms::Rooms;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::WorkspaceId;
use crate::log::entity::log;
use crate::planted::{self, Bug};
use crate::supervise;

/// Interval between heartbeats.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum age of the last successful heartbeat at which memory is still trusted.
pub const STALE_AFTER: Duration = Duration::from_secs(5);

/// Maximum number of rooms that catch up concurrently.
const MAX_CATCHING_UP: usize = 3;
/// Number of database connections: one per room catching up, and one for the heartbeat query.
pub const CONNECTIONS: u32 = 4;
/// Number of logs per query.
const HEADS_PER_QUERY: usize = 1_000;

/// Whether in-memory state is known to be current.
#[derive(Debug, Clone)]
pub struct Freshness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: Instant,
    /// When the last successful query was issued, in milliseconds after `start`.
    asked_at: AtomicU64,
    confirmed: Notify,
}

impl Freshness {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { start: Instant::now(), asked_at: AtomicU64::new(0), confirmed: Notify::new() }))
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.0.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn confirm(&self, asked_at: u64) {
        self.0.asked_at.fetch_max(asked_at, Ordering::SeqCst);
        self.0.confirmed.notify_waiters();
    }

    /// Returns the time since the last successful query was issued.
    pub fn age(&self) -> Duration {
        Duration::from_millis(self.millis().saturating_sub(self.0.asked_at.load(Ordering::SeqCst)))
    }

    /// Whether memory may be trusted now.
    pub fn is_fresh(&self) -> bool {
        self.age() < STALE_AFTER
    }

    /// Waits until memory may be trusted.
    pub async fn wait(&self) {
        loop {
            let confirmed = self.0.confirmed.notified();
            if self.is_fresh() {
                return;
            }
            confirmed.await;
        }
    }
}

impl Rooms {
    /// Runs the heartbeat forever, once per second. `own` is a connection pool that nothing else uses, so that request
    /// load cannot starve the heartbeat.
    pub async fn heartbeat(self: Arc<Self>, own: Database) {
        let mut ticks = tokio::time::interval(HEARTBEAT_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let permits = Arc::new(Semaphore::new(MAX_CATCHING_UP));
        loop {
            ticks.tick().await;
            match self.run_once(&own, &permits).await {
                // Slow rooms continue in the background.
                Ok(mut catching_up) => catching_up.detach_all(),
                Err(error) => tracing::warn!(%error, "heartbeat failed"),
            }
        }
    }

    /// Runs one heartbeat and waits until all rooms have caught up.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn refresh_all(self: &Arc<Self>) -> Result<()> {
        let permits = Arc::new(Semaphore::new(MAX_CATCHING_UP));
        self.run_once(&self.database, &permits).await?.join_all().await;
        Ok(())
    }

    /// Runs one heartbeat. Returns the tasks that catch up the rooms that are behind.
    async fn run_once(self: &Arc<Self>, own: &Database, permits: &Arc<Semaphore>) -> Result<JoinSet<()>> {
        let mut catching_up = JoinSet::new();
        if planted::is(Bug::SkipHeartbeat) {
            return Ok(catching_up);
        }
        let (asked_at, rooms) = (self.fresh.millis(), self.loaded());
        let ids: Vec<WorkspaceId> = rooms.iter().map(|room| room.workspace_id()).collect();
        let heads = heads(own, &ids).await?;
        for room in rooms {
            let Some(last_seq) = heads.get(&room.workspace_id()).copied() else { continue };
            if room.seq() >= last_seq {
                room.mark_up_to_date();
            } else if room.workspace_id() == WorkspaceId::SERVER {
                // The server's room catches up first: memory is not trusted before session revocations are known.
                record_outcome(&room, room.catch_up_to(own, last_seq).await)?;
            } else if Duration::from_millis(room.mark_behind(asked_at)) > STALE_AFTER {
                room.close(&Error::Unavailable("Cannot catch up with the log. Reconnect.".into()));
            } else if room.try_start_catch_up() {
                let (own, permits) = (own.clone(), permits.clone());
                catching_up.spawn(async move {
                    let _permit = permits.acquire_owned().await;
                    let outcome = supervise::guard("catching up", room.catch_up_to(&own, last_seq)).await;
                    let outcome = outcome.unwrap_or_else(|_| Err(Error::internal("catching up panicked")));
                    room.finish_catch_up();
                    if let Err(error) = record_outcome(&room, outcome) {
                        tracing::warn!(%error, workspace = %room.workspace_id(), "room failed to catch up");
                    }
                });
            }
        }
        self.fresh.confirm(asked_at);
        Ok(catching_up)
    }
}

/// Closes the room on permanent errors. Returns transient ones.
fn record_outcome(room: &Room, outcome: Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => room.mark_up_to_date(),
        Err(error) if error.is_transient() && !matches!(error, Error::UnsupportedVersion) => return Err(error),
        Err(error) => room.close(&error),
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
