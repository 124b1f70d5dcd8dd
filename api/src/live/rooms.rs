//! The rooms of this process. Loads each room once, however many callers wait for it, and unloads idle ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tokio::sync::OnceCell;

use super::broadcast::Broadcast;
use super::execution::Executor;
use super::heartbeat::Freshness;
use super::memory_budget::{CacheOwner, MemoryBudget};
use super::refused_logs::RefusedLogs;
use super::room::{Room, Shared};
use super::session_revocations::SessionRevocations;
use super::signal::{AddressedSignal, Signal};
use crate::budget::Owner;
use crate::bus::{Bus, BusSubscription, Incoming};
use crate::db::Database;
use crate::error::{Error, Result};
use crate::fair_semaphore::FairSemaphore;
use crate::id::{MemberId, WorkspaceId};
use crate::log::Lane;
use crate::workspace::state::Workspace;

/// Loads a workspace from the tables, at the current head of its log.
pub type Load = Arc<dyn Fn(WorkspaceId) -> futures_util::future::BoxFuture<'static, Result<Workspace>> + Send + Sync>;

/// A room that may still be loading.
type Cell = Arc<OnceCell<Arc<Room>>>;
type Cells = HashMap<WorkspaceId, Cell>;

/// The result of looking up a room.
enum Found {
    Room(Arc<Room>),
    Cell(Cell),
}

/// A caller waiting for a room to load. If loading fails or is cancelled, the last waiting caller removes the empty
/// cell.
struct PendingRoom<'a> {
    rooms: &'a Rooms,
    id: WorkspaceId,
    cell: Cell,
}

impl Drop for PendingRoom<'_> {
    fn drop(&mut self) {
        let mut rooms = self.rooms.rooms();
        let is_empty = |current: &Cell| Arc::ptr_eq(current, &self.cell) && current.get().is_none();
        // Held by the map and by this value.
        if rooms.get(&self.id).is_some_and(is_empty) && Arc::strong_count(&self.cell) <= 2 {
            rooms.remove(&self.id);
        }
    }
}

/// The rooms of this process.
pub struct Rooms {
    pub(super) database: Database,
    bus: Bus,
    load: Load,
    executor: Executor,
    catch_ups: FairSemaphore<Owner>,
    memory_budget: Arc<MemoryBudget>,
    rooms: Mutex<Cells>,
    /// The single lane for all logs on SQLite.
    shared_lane: Option<Lane>,
    revocations: Arc<SessionRevocations>,
    refused_logs: Arc<RefusedLogs>,
    pub(super) fresh: Freshness,
    /// Keeps the bus subscription for the server's log alive.
    server: OnceLock<Arc<BusSubscription>>,
}

impl std::fmt::Debug for Rooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rooms").finish_non_exhaustive()
    }
}

impl Rooms {
    /// Creates an empty set of rooms. `catch_ups` limits concurrent catch-ups from the database; `memory_budget` limits
    /// what all rooms cache.
    pub fn new(
        database: Database,
        bus: Bus,
        load: Load,
        executor: Executor,
        catch_ups: FairSemaphore<Owner>,
        memory_budget: Arc<MemoryBudget>,
    ) -> Self {
        let shared_lane = database.is_sqlite().then(|| Lane::start(database.clone()));
        Self {
            database,
            bus,
            load,
            executor,
            catch_ups,
            memory_budget,
            rooms: Mutex::default(),
            server: OnceLock::new(),
            shared_lane,
            revocations: Arc::default(),
            refused_logs: Arc::default(),
            fresh: Freshness::new(),
        }
    }

    /// The revoked sessions.
    pub fn revocations(&self) -> &Arc<SessionRevocations> {
        &self.revocations
    }

    /// The workspaces that this process refuses to serve.
    pub fn refused_logs(&self) -> &RefusedLogs {
        &self.refused_logs
    }

    /// The memory budget of all rooms.
    pub fn memory_budget(&self) -> &MemoryBudget {
        &self.memory_budget
    }

    /// Whether in-memory state is known to be current.
    pub fn fresh(&self) -> &Freshness {
        &self.fresh
    }

    /// Returns the room of a workspace. Loads it if necessary.
    ///
    /// # Errors
    /// Returns `NOT_FOUND` if the log does not exist, `UNAVAILABLE` if this process cannot follow it.
    pub async fn get(&self, id: WorkspaceId) -> Result<Arc<Room>> {
        self.refused_logs.require_supported(id)?;
        let cell = match self.find(id) {
            Found::Room(room) => return Ok(room),
            Found::Cell(cell) => PendingRoom { rooms: self, id, cell },
        };
        let room = cell.cell.get_or_try_init(|| async {
            let workspace = (self.load)(id).await.inspect_err(|error| self.observe_error(id, error))?;
            // The previous room may have met an unsupported version while this one was loading.
            self.refused_logs.require_supported(id)?;
            let lane = self.shared_lane.clone().unwrap_or_else(|| Lane::start(self.database.clone()));
            let room = Arc::new(Room::new(workspace, lane, self.shared()));
            let owner: Weak<dyn CacheOwner> = Arc::<Room>::downgrade(&room);
            self.memory_budget.register(owner);
            Ok::<_, Error>(room)
        });
        Ok(room.await?.clone())
    }

    fn shared(&self) -> Shared {
        let (database, bus, catch_ups) = (self.database.clone(), self.bus.clone(), self.catch_ups.clone());
        let revocations = self.revocations.clone();
        let (refused_logs, memory_budget) = (self.refused_logs.clone(), self.memory_budget.clone());
        Shared { database, bus, revocations, refused_logs, catch_ups, memory_budget }
    }

    /// Reacts to a failed load. A workspace with an unsupported version is refused from now on.
    fn observe_error(&self, id: WorkspaceId, error: &Error) {
        if matches!(error, Error::UnsupportedVersion) {
            self.refused_logs.refuse(id);
        }
    }

    /// Returns the room of a workspace, or the cell it is loaded into. The room is marked as used under the lock;
    /// otherwise a concurrent sweep could unload it and two rooms of one workspace would exist. A closed room is
    /// replaced by an empty cell.
    fn find(&self, id: WorkspaceId) -> Found {
        let mut rooms = self.rooms();
        let cell = rooms.entry(id).or_default();
        if cell.get().is_some_and(|room| room.closure().is_closed()) {
            *cell = Arc::default();
        }
        match cell.get() {
            Some(room) => {
                room.mark_used();
                Found::Room(room.clone())
            }
            None => Found::Cell(cell.clone()),
        }
    }

    fn rooms(&self) -> MutexGuard<'_, Cells> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the room of a workspace if it is in memory.
    pub fn peek(&self, id: WorkspaceId) -> Option<Arc<Room>> {
        self.rooms().get(&id).and_then(|cell| cell.get().cloned())
    }

    /// On SQLite, waits for pending commands, because all writes share one writer. Does nothing on Postgres.
    pub async fn yield_to_commands(&self) {
        if let Some(lane) = &self.shared_lane {
            lane.yield_to_commands().await;
        }
    }

    /// Returns the broadcast of a room. Created for the first subscription.
    pub fn broadcast<'a>(&self, room: &'a Arc<Room>) -> &'a Broadcast {
        room.broadcast.get_or_init(|| Broadcast::new(self.executor.clone(), self.fresh.clone()))
    }

    /// The executor of selections.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Loads the room of the server's log and subscribes to it permanently.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn start(&self) -> Result<()> {
        let room = self.get(WorkspaceId::SERVER).await?;
        let _ = self.server.set(self.interest(&room));
        Ok(())
    }

    /// Subscribes to the events and signals of other processes for a workspace, while the returned value is held.
    pub fn interest(&self, room: &Arc<Room>) -> Arc<BusSubscription> {
        let mut held = room.interest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interest) = held.upgrade() {
            return interest;
        }
        let weak = Arc::downgrade(room);
        let receive = move |heard| {
            let Some(room) = weak.upgrade() else { return };
            match heard {
                Incoming::Events(events) => room.accept(events),
                Incoming::Signal(bytes) => room.receive_signal(&bytes),
            }
        };
        let interest = Arc::new(self.bus.subscribe(room.workspace_id(), Arc::new(receive)));
        *held = Arc::downgrade(&interest);
        interest
    }

    /// Sends a signal to the connections of a member in all processes.
    pub fn signal(&self, workspace_id: WorkspaceId, member_id: MemberId, signal: Signal) {
        let addressed = AddressedSignal { member_id, signal };
        self.bus.signal(workspace_id, || serde_json::to_vec(&addressed).unwrap_or_default());
        let signal = addressed.signal;
        let room = {
            let rooms = self.rooms();
            rooms.get(&workspace_id).and_then(|cell| cell.get().cloned())
        };
        if let Some((room, broadcast)) = room.as_ref().and_then(|room| Some((room, room.broadcast.get()?))) {
            broadcast.signal(room, member_id, &signal);
        }
    }

    /// Returns the loaded rooms.
    pub fn loaded(&self) -> Vec<Arc<Room>> {
        let mut rooms = self.rooms();
        // Closed rooms are dropped as soon as their last user is gone.
        rooms.retain(|_, cell| cell.get().is_none_or(|room| !room.closure().is_closed()));
        rooms.values().filter_map(|cell| cell.get().cloned()).collect()
    }

    /// The number of rooms that are loaded or being loaded.
    pub fn room_count(&self) -> usize {
        self.rooms().len()
    }

    /// Unloads rooms that are not in use and were not used since the last sweep. The room of the server's log stays
    /// loaded.
    pub fn sweep(&self) {
        self.rooms().retain(|id, cell| {
            let is_idle = |room: &Arc<Room>| Arc::strong_count(room) == 1 && !room.take_used();
            *id == WorkspaceId::SERVER || !cell.get().is_some_and(is_idle)
        });
    }
}
