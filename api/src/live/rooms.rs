//! All rooms of this process: loads them once however many wait, asks once a second what they missed,
//! and lets idle ones go.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::{Notify, OnceCell};

use super::broadcast::Broadcast;
use super::ends::Ends;
use super::rendering::Execute;
use super::room::Room;
use super::signal::{Addressed, Signal};
use crate::bus::{Bus, Heard, Interest};
use crate::db::Database;
use crate::error::{Error, Result};
use crate::id::{MemberId, WorkspaceId};
use crate::log::Lane;
use crate::log::entity::log;
use crate::planted::{self, Bug};
use crate::workspace::state::Workspace;

/// How often the database is asked for the numbers of the logs.
pub const HEARTBEAT: Duration = Duration::from_secs(1);
/// Without an answer for so long nothing is delivered or answered from memory.
pub const STALE_AFTER: Duration = Duration::from_secs(5);

/// Loads a workspace from the tables, at the number of its log.
pub type Load = Arc<dyn Fn(WorkspaceId) -> futures_util::future::BoxFuture<'static, Result<Workspace>> + Send + Sync>;

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
    fn new() -> Self {
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

/// The rooms.
pub struct Rooms {
    database: Database,
    bus: Bus,
    load: Load,
    execute: Execute,
    rooms: Mutex<HashMap<WorkspaceId, Arc<OnceCell<Arc<Room>>>>>,
    /// SQLite's one lane for all logs.
    shared_lane: Option<Lane>,
    ends: Arc<Ends>,
    fresh: Fresh,
    /// The room of the server's own log is always listened to.
    server: OnceLock<Arc<Interest>>,
}

impl std::fmt::Debug for Rooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rooms").finish_non_exhaustive()
    }
}

impl Rooms {
    /// No rooms yet.
    pub fn new(database: Database, bus: Bus, load: Load, execute: Execute) -> Self {
        let shared_lane = database.is_sqlite().then(|| Lane::start(database.clone()));
        Self {
            database,
            bus,
            load,
            execute,
            rooms: Mutex::default(),
            server: OnceLock::new(),
            shared_lane,
            ends: Arc::default(),
            fresh: Fresh::new(),
        }
    }

    /// Which sign-ins have ended.
    pub fn ends(&self) -> &Arc<Ends> {
        &self.ends
    }

    /// Whether this process knows that it hears everything.
    pub fn fresh(&self) -> &Fresh {
        &self.fresh
    }

    /// The room of a workspace, loaded if it is not in memory.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such log.
    pub async fn get(&self, id: WorkspaceId) -> Result<Arc<Room>> {
        let cell = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone();
        let loaded = cell
            .get_or_try_init(|| async {
                let workspace = (self.load)(id).await?;
                let lane = self.shared_lane.clone().unwrap_or_else(|| Lane::start(self.database.clone()));
                Ok::<_, Error>(Arc::new(Room::new(
                    workspace,
                    self.database.clone(),
                    self.bus.clone(),
                    self.ends.clone(),
                    lane,
                )))
            })
            .await;
        match loaded {
            Ok(room) => {
                room.note_asked_for();
                Ok(room.clone())
            }
            Err(error) => {
                self.forget(id);
                Err(error)
            }
        }
    }

    /// The room of a workspace, if it is in memory.
    pub fn peek(&self, id: WorkspaceId) -> Option<Arc<Room>> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(&id).and_then(|cell| cell.get().cloned())
    }

    /// Drops an entry that holds no room, unless somebody is loading it now.
    fn forget(&self, id: WorkspaceId) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.get(&id).is_some_and(|cell| cell.get().is_none() && Arc::strong_count(cell) <= 2) {
            rooms.remove(&id);
        }
    }

    /// The broadcast of a room, started when the first subscription comes.
    pub fn broadcast<'a>(&self, room: &'a Arc<Room>) -> &'a Broadcast {
        room.broadcast.get_or_init(|| Broadcast::start(room, self.execute.clone(), self.fresh.clone()))
    }

    /// What executes selections.
    pub fn execute(&self) -> &Execute {
        &self.execute
    }

    /// Loads the server's own log, and listens to it from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> Result<()> {
        let room = self.get(WorkspaceId::SERVER).await?;
        let _ = self.server.set(self.interest(&room));
        Ok(())
    }

    /// Listens to what other processes say of a workspace, for as long as anybody holds the answer.
    pub fn interest(&self, room: &Arc<Room>) -> Arc<Interest> {
        let mut held = room.interest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interest) = held.upgrade() {
            return interest;
        }
        let weak = Arc::downgrade(room);
        let hear = move |heard| {
            let Some(room) = weak.upgrade() else { return };
            match heard {
                Heard::Events(events) => room.accept(events),
                Heard::Signal(bytes) => room.hear(&bytes),
            }
        };
        let interest = Arc::new(self.bus.listen(room.workspace_id(), Arc::new(hear)));
        *held = Arc::downgrade(&interest);
        interest
    }

    /// Sends a signal to the connections of a member, here and in other processes.
    pub fn signal(&self, workspace_id: WorkspaceId, member_id: MemberId, signal: Signal) {
        let addressed = Addressed { member_id, signal };
        self.bus.signal(workspace_id, || serde_json::to_vec(&addressed).unwrap_or_default());
        let signal = addressed.signal;
        let room = {
            let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            rooms.get(&workspace_id).and_then(|cell| cell.get().cloned())
        };
        if let Some(broadcast) = room.as_ref().and_then(|room| room.broadcast.get()) {
            broadcast.signal(member_id, signal);
        }
    }

    /// The rooms in memory.
    pub fn loaded(&self) -> Vec<Arc<Room>> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.values().filter_map(|cell| cell.get().cloned()).collect()
    }

    /// Asks for ever, once a second: which logs have grown without this process hearing of it.
    pub async fn heartbeat(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(HEARTBEAT);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let asked = self.fresh.millis();
            match self.ask().await {
                Ok(()) => self.fresh.confirm(asked),
                Err(error) => tracing::warn!(%error, "the heartbeat was not answered"),
            }
        }
    }

    /// One question for all rooms; what they missed is read at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ask(&self) -> Result<()> {
        if planted::is(Bug::SkipHeartbeat) {
            return Ok(());
        }
        let rooms = self.loaded();
        let ids: Vec<WorkspaceId> = rooms.iter().map(|room| room.workspace_id()).collect();
        let heads = log::Entity::find().filter(log::Column::WorkspaceId.is_in(ids));
        let heads = self.database.outside().all(heads).await?;
        let heads: HashMap<WorkspaceId, i64> = heads.into_iter().map(|row| (row.workspace_id, row.last_seq)).collect();
        for room in rooms {
            let Some(last_seq) = heads.get(&room.workspace_id()) else { continue };
            match room.catch_up_to(*last_seq).await {
                Ok(()) => continue,
                // What is away or busy comes back, and somebody may be subscribed to this very room.
                Err(error) if error.is_passing() && !matches!(error, Error::Newer) => return Err(error),
                Err(error) => {
                    tracing::error!(%error, workspace = %room.workspace_id(), "a room cannot go on and is let go");
                    self.rooms.lock().unwrap_or_else(PoisonError::into_inner).remove(&room.workspace_id());
                }
            }
        }
        Ok(())
    }

    /// Lets rooms go that nobody holds and nobody has asked for since the last sweep. The server's own
    /// stays.
    pub fn sweep(&self) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|id, cell| {
            let idle = cell.get().is_some_and(|room| Arc::strong_count(room) == 1 && !room.take_asked_for());
            *id == WorkspaceId::SERVER || !idle
        });
    }
}
