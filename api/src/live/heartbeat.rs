//! The heartbeat: once a second this process asks how far its logs are, so that nothing stays unheard.
//!
//! Promises: it has connections of its own, so a crowd of requests does not make this process deaf; a room that is
//! slow or cannot be read delays no other, and ends when it stays behind; without an answer this process knows that
//! it may be behind, and says nothing. Who is behind by too much to read it all begins anew (`room.rs`).

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

/// How often the database is asked for the numbers of the logs.
pub const HEARTBEAT: Duration = Duration::from_secs(1);
/// Without an answer for so long nothing is delivered or answered from memory.
pub const STALE_AFTER: Duration = Duration::from_secs(5);

/// Rooms that catch up at the same time.
const CATCHING_UP: usize = 3;
/// Connections of the heartbeat: one for each room that catches up, and one to ask.
pub const CONNECTIONS: u32 = 4;
/// Logs in one question.
const HEADS: usize = 1_000;

/// Whether this process knows that it hears everything.
#[derive(Debug, Clone)]
pub struct Fresh(Arc<FreshInner>);

#[derive(Debug)]
struct FreshInner {
    start: Instant,
    /// Milliseconds after `start` at which the last answered question was asked.
    asked: AtomicU64,
    answered: Notify,
}

impl Fresh {
    pub(super) fn new() -> Self {
        Self(Arc::new(FreshInner { start: Instant::now(), asked: AtomicU64::new(0), answered: Notify::new() }))
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.0.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn confirm(&self, asked: u64) {
        self.0.asked.fetch_max(asked, Ordering::SeqCst);
        self.0.answered.notify_waiters();
    }

    /// How long ago the question was asked that was last answered.
    pub fn age(&self) -> Duration {
        Duration::from_millis(self.millis().saturating_sub(self.0.asked.load(Ordering::SeqCst)))
    }

    /// Whether memory may be trusted now.
    pub fn is_fresh(&self) -> bool {
        self.age() < STALE_AFTER
    }

    /// Waits until it may.
    pub async fn wait(&self) {
        loop {
            let answered = self.0.answered.notified();
            if self.is_fresh() {
                return;
            }
            answered.await;
        }
    }
}

impl Rooms {
    /// Asks for ever, once a second: which logs have grown without this process hearing of it. `own` are connections
    /// that nobody else takes, so that a crowd of requests does not make this process deaf.
    pub async fn heartbeat(self: Arc<Self>, own: Database) {
        let mut ticks = tokio::time::interval(HEARTBEAT);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let turns = Arc::new(Semaphore::new(CATCHING_UP));
        loop {
            ticks.tick().await;
            match self.beat(&own, &turns).await {
                // The slow ones go on beside the next beats.
                Ok(mut catching_up) => catching_up.detach_all(),
                Err(error) => tracing::warn!(%error, "the heartbeat was not answered"),
            }
        }
    }

    /// One question for all rooms; waits until what they missed is here.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ask(self: &Arc<Self>) -> Result<()> {
        let turns = Arc::new(Semaphore::new(CATCHING_UP));
        self.beat(&self.database, &turns).await?.join_all().await;
        Ok(())
    }

    /// One question for all rooms. Answers the tasks in which those that are behind catch up, each by itself.
    async fn beat(self: &Arc<Self>, own: &Database, turns: &Arc<Semaphore>) -> Result<JoinSet<()>> {
        let mut catching_up = JoinSet::new();
        if planted::is(Bug::SkipHeartbeat) {
            return Ok(catching_up);
        }
        let (asked, rooms) = (self.fresh.millis(), self.loaded());
        let ids: Vec<WorkspaceId> = rooms.iter().map(|room| room.workspace_id()).collect();
        let heads = heads(own, &ids).await?;
        for room in rooms {
            let Some(last_seq) = heads.get(&room.workspace_id()).copied() else { continue };
            if room.seq() >= last_seq {
                room.is_up_to_date();
            } else if room.workspace_id() == WorkspaceId::SERVER {
                // Nothing is trusted before it is known whose sign-ins have ended.
                settle(&room, room.catch_up_to(own, last_seq).await)?;
            } else if Duration::from_millis(room.is_behind(asked)) > STALE_AFTER {
                room.end(&Error::Unavailable("It cannot catch up.".into()));
            } else if room.begin_to_catch_up() {
                let (own, turns) = (own.clone(), turns.clone());
                catching_up.spawn(async move {
                    let _turn = turns.acquire_owned().await;
                    let outcome = supervise::guard("catching up", room.catch_up_to(&own, last_seq)).await;
                    let outcome = outcome.unwrap_or_else(|_| Err(Error::internal("catching up panicked")));
                    room.has_caught_up();
                    if let Err(error) = settle(&room, outcome) {
                        tracing::warn!(%error, workspace = %room.workspace_id(), "a room could not catch up");
                    }
                });
            }
        }
        self.fresh.confirm(asked);
        Ok(catching_up)
    }
}

/// What is transient passes; a room that meets anything else ends.
fn settle(room: &Room, outcome: Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => room.is_up_to_date(),
        Err(error) if error.is_passing() && !matches!(error, Error::Newer) => return Err(error),
        Err(error) => room.end(&error),
    }
    Ok(())
}

/// Where logs stand, however many.
///
/// # Errors
/// When the database does not answer.
pub async fn heads(database: &Database, ids: &[WorkspaceId]) -> Result<HashMap<WorkspaceId, Seq>> {
    let mut heads = HashMap::with_capacity(ids.len());
    for part in ids.chunks(HEADS) {
        let rows = log::Entity::find().filter(log::Column::WorkspaceId.is_in(part.iter().copied()));
        let rows = database.outside().all(rows).await?;
        heads.extend(rows.into_iter().map(|row| (row.workspace_id, row.last_seq)));
    }
    Ok(heads)
}
