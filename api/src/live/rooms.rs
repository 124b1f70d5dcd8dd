//! All rooms of this process: loads them once however many wait, and lets idle ones go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tokio::sync::OnceCell;

use super::broadcast::Broadcast;
use super::ends::Ends;
use super::heartbeat::Fresh;
use super::keep::{Keep, Keeper};
use super::refusals::Refusals;
use super::rendering::Renderer;
use super::room::{Room, Shared};
use super::signal::{Addressed, Signal};
use crate::budget::Owner;
use crate::bus::{Bus, Heard, Interest};
use crate::db::Database;
use crate::error::{Error, Result};
use crate::gate::Gate;
use crate::id::{MemberId, WorkspaceId};
use crate::log::Lane;
use crate::workspace::state::Workspace;

/// Loads a workspace from the tables, at the number of its log.
pub type Load = Arc<dyn Fn(WorkspaceId) -> futures_util::future::BoxFuture<'static, Result<Workspace>> + Send + Sync>;

/// Each room, once it is loaded.
type Cell = Arc<OnceCell<Arc<Room>>>;
type Cells = HashMap<WorkspaceId, Cell>;

/// What is there of a room.
enum Found {
    Room(Arc<Room>),
    Cell(Cell),
}

/// Somebody waits for a room. Where it comes to nothing (there is no such log, or the request was hung up in the
/// middle), the last who waits takes the empty place away.
struct Wanted<'a> {
    rooms: &'a Rooms,
    id: WorkspaceId,
    cell: Cell,
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        let mut rooms = self.rooms.rooms();
        let is_empty = |kept: &Cell| Arc::ptr_eq(kept, &self.cell) && kept.get().is_none();
        // Held by the map and by this.
        if rooms.get(&self.id).is_some_and(is_empty) && Arc::strong_count(&self.cell) <= 2 {
            rooms.remove(&self.id);
        }
    }
}

/// The rooms.
pub struct Rooms {
    pub(super) database: Database,
    bus: Bus,
    load: Load,
    renderer: Renderer,
    catch_ups: Gate<Owner>,
    keep: Arc<Keep>,
    rooms: Mutex<Cells>,
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
    /// No rooms yet. `catch_ups` lets in those who catch up from the database; `keep` is what all rooms keep.
    pub fn new(
        database: Database,
        bus: Bus,
        load: Load,
        renderer: Renderer,
        catch_ups: Gate<Owner>,
        keep: Arc<Keep>,
    ) -> Self {
        let shared_lane = database.is_sqlite().then(|| Lane::start(database.clone()));
        Self {
            database,
            bus,
            load,
            renderer,
            catch_ups,
            keep,
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

    /// What all rooms keep.
    pub fn keep(&self) -> &Keep {
        &self.keep
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
        let cell = match self.find(id) {
            Found::Room(room) => return Ok(room),
            Found::Cell(cell) => Wanted { rooms: self, id, cell },
        };
        let room = cell.cell.get_or_try_init(|| async {
            let workspace = (self.load)(id).await.inspect_err(|error| self.note(id, error))?;
            // It may have been met meanwhile, by whoever had the room before.
            self.refusals.check(id)?;
            let lane = self.shared_lane.clone().unwrap_or_else(|| Lane::start(self.database.clone()));
            let room = Arc::new(Room::new(workspace, lane, self.shared()));
            let keeper: Weak<dyn Keeper> = Arc::<Room>::downgrade(&room);
            self.keep.add(keeper);
            Ok::<_, Error>(room)
        });
        Ok(room.await?.clone())
    }

    fn shared(&self) -> Shared {
        let (database, bus, catch_ups) = (self.database.clone(), self.bus.clone(), self.catch_ups.clone());
        let (ends, refusals, keep) = (self.ends.clone(), self.refusals.clone(), self.keep.clone());
        Shared { database, bus, ends, refusals, catch_ups, keep }
    }

    /// Takes note of why a workspace was not loaded: one of a newer version is not tried again.
    fn note(&self, id: WorkspaceId, error: &Error) {
        if matches!(error, Error::Newer) {
            self.refusals.refuse(id);
        }
    }

    /// The room of a workspace, or where it will be. What is asked for is marked under the lock, so that no sweep lets
    /// it go between: there would be two rooms of one workspace. One that has ended makes room for a new one.
    fn find(&self, id: WorkspaceId) -> Found {
        let mut rooms = self.rooms();
        let cell = rooms.entry(id).or_default();
        if cell.get().is_some_and(|room| room.ending().is_over()) {
            *cell = Arc::default();
        }
        match cell.get() {
            Some(room) => {
                room.note_asked_for();
                Found::Room(room.clone())
            }
            None => Found::Cell(cell.clone()),
        }
    }

    fn rooms(&self) -> MutexGuard<'_, Cells> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of a workspace, if it is in memory.
    pub fn peek(&self, id: WorkspaceId) -> Option<Arc<Room>> {
        self.rooms().get(&id).and_then(|cell| cell.get().cloned())
    }

    /// Lets the commands that wait for SQLite's one writer go first. On Postgres nobody waits for another.
    pub async fn commands_first(&self) {
        if let Some(lane) = &self.shared_lane {
            lane.commands_first().await;
        }
    }

    /// The broadcast of a room, made when the first subscription comes.
    pub fn broadcast<'a>(&self, room: &'a Arc<Room>) -> &'a Broadcast {
        room.broadcast.get_or_init(|| Broadcast::new(self.renderer.clone(), self.fresh.clone()))
    }

    /// What executes selections.
    pub fn renderer(&self) -> &Renderer {
        &self.renderer
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
            let rooms = self.rooms();
            rooms.get(&workspace_id).and_then(|cell| cell.get().cloned())
        };
        if let Some((room, broadcast)) = room.as_ref().and_then(|room| Some((room, room.broadcast.get()?))) {
            broadcast.signal(room, member_id, &signal);
        }
    }

    /// The rooms in memory.
    pub fn loaded(&self) -> Vec<Arc<Room>> {
        let mut rooms = self.rooms();
        // One that has ended is not held any longer than by those who are told so.
        rooms.retain(|_, cell| cell.get().is_none_or(|room| !room.ending().is_over()));
        rooms.values().filter_map(|cell| cell.get().cloned()).collect()
    }

    /// How many rooms are in memory or on the way there.
    pub fn places(&self) -> usize {
        self.rooms().len()
    }

    /// Lets rooms go that nobody holds and nobody has asked for since the last sweep. The server's own
    /// stays.
    pub fn sweep(&self) {
        self.rooms().retain(|id, cell| {
            let idle = |room: &Arc<Room>| Arc::strong_count(room) == 1 && !room.take_asked_for();
            *id == WorkspaceId::SERVER || !cell.get().is_some_and(idle)
        });
    }
}
