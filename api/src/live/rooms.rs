//! The rooms of this process: one per open log with subscribers.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use super::execution::Executor;
use super::memory_budget::{Cache, Kind, MemoryBudget};
use super::recent_events::RecentEvents;
use super::room::Room;
use super::session_revocations::SessionRevocations;
use super::signal::{AddressedSignal, Signal};
use crate::adapter::bus::{Bus, BusSubscription, Incoming};
use crate::ground::budget::Owner;
use crate::ground::error::Result;
use crate::ground::fair_semaphore::FairSemaphore;
use crate::ground::id::{MemberId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::log::freshness::Freshness;
use crate::log::logs::Logs;

/// The rooms of this process.
pub struct Rooms {
    logs: Arc<Logs>,
    bus: Bus,
    executor: Executor,
    catch_ups: FairSemaphore<Owner>,
    memory_budget: Arc<MemoryBudget>,
    rooms: Mutex<HashMap<WorkspaceId, Arc<Room>>>,
    revocations: Arc<SessionRevocations>,
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
        logs: Arc<Logs>,
        bus: Bus,
        executor: Executor,
        catch_ups: FairSemaphore<Owner>,
        memory_budget: Arc<MemoryBudget>,
    ) -> Self {
        let (rooms, revocations, server) = Default::default();
        Self { logs, bus, executor, catch_ups, memory_budget, rooms, revocations, server }
    }

    /// The revoked sessions.
    pub fn revocations(&self) -> &Arc<SessionRevocations> {
        &self.revocations
    }

    /// The memory budget of all rooms.
    pub fn memory_budget(&self) -> &MemoryBudget {
        &self.memory_budget
    }

    /// Whether in-memory state is known to be current.
    pub fn fresh(&self) -> &Freshness {
        self.logs.fresh()
    }

    /// Returns the room of a workspace. Opens its log if necessary.
    ///
    /// # Errors
    /// Returns `NOT_FOUND` if the log does not exist, `UNAVAILABLE` if this process cannot follow it.
    pub async fn get(&self, id: WorkspaceId) -> Result<Arc<Room>> {
        let log = self.logs.get(id).await?;
        let mut rooms = self.rooms.lock();
        // Under the lock, so that the room of a closed log never replaces that of its successor.
        if let Some(reason) = log.closure().reason() {
            return Err(reason);
        }
        if let Some(room) = rooms.get(&id).filter(|room| Arc::ptr_eq(room.log(), &log)) {
            return Ok(room.clone());
        }
        rooms.retain(|_, room| !room.closure().is_closed());
        let recent = RecentEvents::observe(log, self.revocations.clone(), self.memory_budget.clone());
        let fresh = self.logs.fresh().clone();
        let room = Arc::new(Room::new(recent, self.executor.clone(), fresh, self.catch_ups.clone()));
        let cache: Weak<dyn Cache> = Arc::<Room>::downgrade(&room);
        self.memory_budget.register(Kind::Frames, cache);
        rooms.insert(id, room.clone());
        Ok(room)
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
        room.interest(|| {
            let weak = Arc::downgrade(room);
            let receive = move |heard| {
                let Some(room) = weak.upgrade() else { return };
                match heard {
                    Incoming::Events(events) => room.log().accept(events),
                    Incoming::Signal(bytes) => room.receive_signal(&bytes),
                }
            };
            self.bus.subscribe(room.workspace_id(), Arc::new(receive))
        })
    }

    /// Sends a signal to the connections of a member in all processes.
    pub fn signal(&self, workspace_id: WorkspaceId, member_id: MemberId, signal: Signal) {
        let addressed = AddressedSignal { member_id, signal };
        self.bus.signal(workspace_id, || serde_json::to_vec(&addressed).unwrap_or_default());
        let room = self.rooms.lock().get(&workspace_id).cloned();
        if let Some(room) = room {
            room.signal(member_id, &addressed.signal);
        }
    }

    /// The number of rooms.
    pub fn room_count(&self) -> usize {
        self.rooms.lock().len()
    }

    /// Drops the rooms that are not in use and were not used since the last sweep, and closes their logs and others
    /// that are idle. The room of the server's log stays.
    pub fn sweep(&self) {
        self.rooms
            .lock()
            .retain(|id, room| *id == WorkspaceId::SERVER || Arc::strong_count(room) > 1 || room.take_used());
        self.logs.sweep();
    }
}
