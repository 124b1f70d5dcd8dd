//! The open logs of this process. Opens each log once, however many callers wait for it, and closes idle ones.
//!
//! This is also where commands enter: [`Logs::submit`] passes a command to the lane of its log.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::command::Submission;
use super::freshness::Freshness;
use super::lane::Lane;
use super::load;
use super::open_log::OpenLog;
use super::receipt::Receipt;
use super::refused_logs::RefusedLogs;
use crate::adapter::bus::Bus;
use crate::ground::db::Database;
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::mutex::Mutex;

/// Maximum bytes of commands that wait for their lanes.
const MAX_WAITING_BYTES: u32 = 64 * 1024 * 1024;

/// An open log, and the lane of its commands.
#[derive(Debug, Clone)]
struct Opened {
    log: Arc<OpenLog>,
    lane: Lane,
}

/// A log that may still be loading.
type Cell = Arc<OnceCell<Opened>>;
type Cells = HashMap<WorkspaceId, Cell>;

/// The result of looking up a log.
enum Found {
    Open(Opened),
    Cell(Cell),
}

/// A caller waiting for a log to load. If loading fails or is cancelled, the last waiting caller removes the empty
/// cell.
struct PendingLog<'a> {
    logs: &'a Logs,
    id: WorkspaceId,
    cell: Cell,
}

impl Drop for PendingLog<'_> {
    fn drop(&mut self) {
        let mut cells = self.logs.cells.lock();
        let is_empty = |current: &Cell| Arc::ptr_eq(current, &self.cell) && current.get().is_none();
        // Held by the map and by this value.
        if cells.get(&self.id).is_some_and(is_empty) && Arc::strong_count(&self.cell) <= 2 {
            cells.remove(&self.id);
        }
    }
}

/// The open logs of this process.
pub struct Logs {
    database: Database,
    bus: Bus,
    cells: Mutex<Cells>,
    /// The single lane for all logs on SQLite.
    shared_lane: Option<Lane>,
    /// Bytes available for commands that wait for their lanes.
    waiting: Semaphore,
    refused_logs: Arc<RefusedLogs>,
    fresh: Freshness,
}

impl std::fmt::Debug for Logs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logs").finish_non_exhaustive()
    }
}

impl Logs {
    /// Creates an empty set of logs. Events that this process commits are published on `bus`.
    pub fn new(database: Database, bus: Bus) -> Self {
        let shared_lane = database.is_sqlite().then(|| Lane::start(database.clone()));
        Self {
            database,
            bus,
            cells: Mutex::default(),
            shared_lane,
            waiting: Semaphore::new(MAX_WAITING_BYTES as usize),
            refused_logs: Arc::default(),
            fresh: Freshness::new(),
        }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// The workspaces that this process refuses to serve.
    pub fn refused_logs(&self) -> &RefusedLogs {
        &self.refused_logs
    }

    /// Whether in-memory state is known to be current.
    pub fn fresh(&self) -> &Freshness {
        &self.fresh
    }

    /// Returns the log of a workspace. Opens it if necessary.
    ///
    /// # Errors
    /// Returns `NOT_FOUND` if the log does not exist, `UNAVAILABLE` if this process cannot follow it.
    pub async fn get(&self, id: WorkspaceId) -> Result<Arc<OpenLog>> {
        Ok(self.open(id).await?.log)
    }

    /// Submits a command to the lane of its log and waits for the result.
    ///
    /// # Errors
    /// Returns why the command was rejected; `UNAVAILABLE` if it can be retried.
    pub async fn submit(&self, submission: Submission) -> Result<Receipt> {
        let Opened { log, lane } = self.open(submission.workspace_id).await?;
        let _waits = self.waiting(submission.command.weight())?;
        lane.submit(log, submission).await
    }

    /// Reserves bytes for a command that waits for its lane.
    fn waiting(&self, bytes: usize) -> Result<SemaphorePermit<'_>> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(MAX_WAITING_BYTES);
        let full = |_| Error::Unavailable("Too many commands are pending. Retry later.".into());
        self.waiting.try_acquire_many(bytes).map_err(full)
    }

    async fn open(&self, id: WorkspaceId) -> Result<Opened> {
        self.refused_logs.require_supported(id)?;
        let cell = match self.find(id) {
            Found::Open(opened) => return Ok(opened),
            Found::Cell(cell) => PendingLog { logs: self, id, cell },
        };
        let opened = cell.cell.get_or_try_init(|| async {
            let workspace = load::load(&self.database, id).await.inspect_err(|error| self.observe_error(id, error))?;
            // The log may have met an unsupported version while it was loading.
            self.refused_logs.require_supported(id)?;
            let lane = self.shared_lane.clone().unwrap_or_else(|| Lane::start(self.database.clone()));
            let (database, bus, refused_logs) = (self.database.clone(), self.bus.clone(), self.refused_logs.clone());
            Ok::<_, Error>(Opened { log: Arc::new(OpenLog::new(workspace, database, bus, refused_logs)), lane })
        });
        Ok(opened.await?.clone())
    }

    /// Reacts to a failed load. A workspace with an unsupported version is refused from now on.
    fn observe_error(&self, id: WorkspaceId, error: &Error) {
        if matches!(error, Error::UnsupportedVersion) {
            self.refused_logs.refuse(id);
        }
    }

    /// Returns the log of a workspace, or the cell it is loaded into. The log is marked as used under the lock;
    /// otherwise a concurrent sweep could close it and two states of one log would exist. A closed log is replaced by
    /// an empty cell.
    fn find(&self, id: WorkspaceId) -> Found {
        let mut cells = self.cells.lock();
        let cell = cells.entry(id).or_default();
        if cell.get().is_some_and(|opened| opened.log.closure().is_closed()) {
            *cell = Arc::default();
        }
        match cell.get() {
            Some(opened) => {
                opened.log.mark_used();
                Found::Open(opened.clone())
            }
            None => Found::Cell(cell.clone()),
        }
    }

    /// Returns the log of a workspace if it is open.
    pub fn peek(&self, id: WorkspaceId) -> Option<Arc<OpenLog>> {
        self.cells.lock().get(&id).and_then(|cell| cell.get()).map(|opened| opened.log.clone())
    }

    /// On SQLite, waits for pending commands, because all writes share one writer. Does nothing on Postgres.
    pub async fn yield_to_commands(&self) {
        if let Some(lane) = &self.shared_lane {
            lane.yield_to_commands().await;
        }
    }

    /// Returns the open logs.
    pub fn loaded(&self) -> Vec<Arc<OpenLog>> {
        let mut cells = self.cells.lock();
        // Closed logs are dropped as soon as their last user is gone.
        cells.retain(|_, cell| cell.get().is_none_or(|opened| !opened.log.closure().is_closed()));
        cells.values().filter_map(|cell| Some(cell.get()?.log.clone())).collect()
    }

    /// The number of logs that are open or being opened.
    pub fn count(&self) -> usize {
        self.cells.lock().len()
    }

    /// Closes logs that are not in use and were not used since the last sweep. The server's log stays open.
    pub fn sweep(&self) {
        self.cells.lock().retain(|id, cell| {
            let is_idle = |opened: &Opened| Arc::strong_count(&opened.log) == 1 && !opened.log.take_used();
            *id == WorkspaceId::SERVER || !cell.get().is_some_and(is_idle)
        });
    }
}
