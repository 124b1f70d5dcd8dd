//! All rooms of this process: loads them once however many wait, and lets idle ones go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::OnceCell;

use super::broadcast::Broadcast;
use super::ends::Ends;
use super::heartbeat::Fresh;
use super::refusals::Refusals;
use super::rendering::Execute;
use super::room::Room;
use super::signal::{Addressed, Signal};
use crate::bus::{Bus, Heard, Interest};
use crate::db::Database;
use crate::error::{Error, Result};
use crate::id::{MemberId, WorkspaceId};
use crate::log::Lane;
use crate::workspace::state::Workspace;

/// Loads a workspace from the tables, at the number of its log.
pub type Load = Arc<dyn Fn(WorkspaceId) -> futures_util::future::BoxFuture<'static, Result<Workspace>> + Send + Sync>;

/// The rooms.
pub struct Rooms {
    pub(super) database: Database,
    bus: Bus,
    load: Load,
    execute: Execute,
    rooms: Mutex<HashMap<WorkspaceId, Arc<OnceCell<Arc<Room>>>>>,
    /// SQLite's one lane for all logs.
    shared_lane: Option<Lane>,
    ends: Arc<Ends>,
    refusals: Arc<Refusals>,
    pub(super) fresh: Fresh,
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
            refusals: Arc::default(),
            fresh: Fresh::new(),
        }
    }

    /// Which sign-ins have ended.
    pub fn ends(&self) -> &Arc<Ends> {
        &self.ends
    }

    /// Which workspaces this process refuses.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Whether this process knows that it hears everything.
    pub fn fresh(&self) -> &Fresh {
        &self.fresh
    }

    /// The room of a workspace, loaded if it is not in memory.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such log, `UNAVAILABLE` if this process cannot follow it any more.
    pub async fn get(&self, id: WorkspaceId) -> Result<Arc<Room>> {
        self.refusals.check(id)?;
        let cell = self.cell(id);
        let loaded = cell
            .get_or_try_init(|| async {
                let workspace = (self.load)(id).await?;
                let lane = self.shared_lane.clone().unwrap_or_else(|| Lane::start(self.database.clone()));
                Ok::<_, Error>(Arc::new(Room::new(
                    workspace,
                    self.database.clone(),
                    self.bus.clone(),
                    self.ends.clone(),
                    self.refusals.clone(),
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

    /// Where the room of a workspace is or will be. One that has ended makes room for a new one.
    fn cell(&self, id: WorkspaceId) -> Arc<OnceCell<Arc<Room>>> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = rooms.entry(id).or_default();
        if cell.get().is_some_and(|room| room.ending().is_over()) {
            *cell = Arc::default();
        }
        cell.clone()
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
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has ended is not held any longer than by those who are told so.
        rooms.retain(|_, cell| cell.get().is_none_or(|room| !room.ending().is_over()));
        rooms.values().filter_map(|cell| cell.get().cloned()).collect()
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
