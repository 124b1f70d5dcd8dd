//! An open log: the state of one workspace in this process, and the single place where its events arrive.
//!
//! Events come from the lane, other processes and the database, in any order and possibly repeatedly. They are applied
//! strictly in sequence: lower sequence numbers are duplicates, higher ones wait while the gap is read. Each event is
//! applied to the `Workspace` and passed to the observer, the live room.
//!
//! A log that cannot continue closes, and everything waiting for its events closes with it and must be restarted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sea_orm::EntityTrait;
use tokio::sync::watch;

use super::closure::Closure;
use super::early_events::EarlyEvents;
use super::failpoint;
use super::read::{self, CATCH_UP_LIMIT};
use super::refused_logs::RefusedLogs;
use crate::adapter::bus::Bus;
use crate::ground::db::{Database, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::mutex::Mutex;
use crate::ground::{planted, supervise};
use crate::model::event::{Seq, SharedEvent};
use crate::model::log::entity::log;
use crate::model::workspace::state::Workspace;

/// What happens to an open log.
#[derive(Debug)]
pub enum Progress<'a> {
    /// An event was applied to the state. Sent under the lock of the state, in order.
    Applied(&'a Workspace, &'a SharedEvent),
    /// A series of events was applied. Sent without the lock.
    Settled,
    /// The log is about to close.
    Closing(&'a Error),
}

/// Follows an open log. Must not block.
pub type Observer = Arc<dyn Fn(Progress<'_>) + Send + Sync>;

/// The state of one log in this process.
pub struct OpenLog {
    workspace_id: WorkspaceId,
    database: Database,
    bus: Bus,
    refused_logs: Arc<RefusedLogs>,
    closure: Closure,
    inner: Mutex<Inner>,
    head: watch::Sender<Seq>,
    is_used: AtomicBool,
    /// When a heartbeat first found the log behind, in milliseconds of the heartbeat's clock; 0 while it is up to
    /// date.
    behind_since: AtomicU64,
    catching_up: AtomicBool,
}

struct Inner {
    workspace: Workspace,
    /// Events whose predecessors have not arrived yet.
    early: EarlyEvents,
    is_filling: bool,
    observer: Option<Observer>,
}

impl std::fmt::Debug for OpenLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenLog").field("workspace_id", &self.workspace_id).finish_non_exhaustive()
    }
}

impl Inner {
    /// Applies the early events whose predecessors are applied.
    fn apply_ready(&mut self) {
        while let Some(event) = {
            self.workspace.seq = planted::ignore_hole(self.workspace.seq, self.early.first());
            self.early.take(self.workspace.seq + 1)
        } {
            metrics::counter!("confab_live_events_total").increment(1);
            self.workspace.apply(&event);
            if let Some(observer) = &self.observer {
                observer(Progress::Applied(&self.workspace, &event));
            }
        }
    }
}

impl OpenLog {
    pub(super) fn new(workspace: Workspace, database: Database, bus: Bus, refused_logs: Arc<RefusedLogs>) -> Self {
        Self {
            workspace_id: workspace.id,
            database,
            bus,
            refused_logs,
            closure: Closure::default(),
            head: watch::Sender::new(workspace.seq),
            is_used: AtomicBool::new(true),
            behind_since: AtomicU64::new(0),
            catching_up: AtomicBool::new(false),
            inner: Mutex::new(Inner { workspace, early: EarlyEvents::default(), is_filling: false, observer: None }),
        }
    }

    /// The workspace of this log.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.workspace_id
    }

    /// Sends what happens from now on to the observer that `start` creates at the current sequence number. It replaces
    /// an earlier observer.
    pub fn observe(&self, start: impl FnOnce(Seq) -> Observer) {
        let mut inner = self.inner.lock();
        let seq = inner.workspace.seq;
        inner.observer = Some(start(seq));
    }

    fn notify(&self, progress: Progress<'_>) {
        let observer = self.inner.lock().observer.clone();
        if let Some(observer) = observer {
            observer(progress);
        }
    }

    /// Marks the log as used.
    pub(super) fn mark_used(&self) {
        self.is_used.store(true, Ordering::Relaxed);
    }

    /// Returns whether the log was used since the last call.
    pub fn take_used(&self) -> bool {
        self.is_used.swap(false, Ordering::Relaxed)
    }

    /// Returns the current workspace state. Cheap.
    pub fn fork(&self) -> Workspace {
        self.inner.lock().workspace.clone()
    }

    /// The sequence number of the last event applied.
    pub fn seq(&self) -> Seq {
        *self.head.borrow()
    }

    /// Returns a watch on the sequence number of the last event applied.
    pub fn watch(&self) -> watch::Receiver<Seq> {
        self.head.subscribe()
    }

    /// The closure of this log, watched by everything that waits for its events.
    pub fn closure(&self) -> &Closure {
        &self.closure
    }

    /// Closes the log because it cannot continue. Waiting tasks are told to restart, and the next access to the
    /// workspace opens it again, unless this process refuses the workspace from now on.
    pub fn close(&self, reason: &Error) {
        let reported = match reason {
            Error::UnsupportedVersion => {
                self.refused_logs.refuse(self.workspace_id);
                Error::UnsupportedVersion
            }
            _ => Error::Unavailable("The workspace is being reloaded. Reconnect.".into()),
        };
        if self.workspace_id == WorkspaceId::SERVER {
            // A process that does not receive session revocations must not serve any client.
            self.refused_logs.refuse(self.workspace_id);
        }
        self.notify(Progress::Closing(&reported));
        if self.closure.close(reported) {
            metrics::counter!("confab_rooms_ended_total").increment(1);
            tracing::error!(reason = ?reason, workspace = %self.workspace_id, "log closed");
        }
    }

    /// Reacts to an error that occurred while the log was read. An unsupported version closes the log.
    pub fn observe_error(&self, error: &Error) {
        if matches!(error, Error::UnsupportedVersion) {
            self.close(error);
        }
    }

    /// Applies events, which may be unordered and repeated.
    pub fn accept(self: &Arc<Self>, events: Vec<SharedEvent>) {
        if self.closure.is_closed() {
            return;
        }
        // A panic may leave partially applied state, which must not be used.
        if supervise::guard_sync("log", || self.apply_all(events)).is_err() {
            self.close(&Error::internal("an event was not applied"));
        }
    }

    fn apply_all(self: &Arc<Self>, events: Vec<SharedEvent>) {
        let mut inner = self.inner.lock();
        let before = inner.workspace.seq;
        for event in events {
            if event.seq > inner.workspace.seq {
                inner.early.insert(event);
                // At once, so that events in order never wait.
                inner.apply_ready();
            }
        }
        let seq = inner.workspace.seq;
        let has_gap = inner.early.first().is_some() && !inner.is_filling;
        inner.is_filling |= has_gap;
        if seq > before {
            // Sent under the lock, so that the sequence number never goes back nor lags behind the applied state.
            self.head.send_replace(seq);
        }
        drop(inner);
        if seq > before {
            self.notify(Progress::Settled);
            failpoint::pass("room.accepted");
        }
        if has_gap {
            let log = self.clone();
            supervise::spawn("gap", async move {
                if supervise::guard("gap", log.clone().fill_gap()).await.is_err() {
                    log.close(&Error::internal("a gap in the log was not filled"));
                }
            });
        }
    }

    /// Reads the gap before the early events, one page at a time.
    async fn fill_gap(self: Arc<Self>) {
        let to = self.inner.lock().early.last().unwrap_or(0);
        let read = self.read_page(&self.database, to).await;
        self.inner.lock().is_filling = false;
        match read {
            // What is still missing becomes the next gap.
            Ok(events) => self.accept(events),
            // The next heartbeat retries.
            Err(error) => tracing::warn!(%error, workspace = %self.workspace_id, "failed to read a gap in the log"),
        }
    }

    /// Reads the next events up to `to`, at most one page.
    async fn read_page(&self, database: &Database, to: Seq) -> Result<Vec<SharedEvent>> {
        let from = self.seq();
        let to = to.min(from.saturating_add_unsigned(read::PAGE_SIZE));
        let snapshot = database.snapshot(Scope::Workspace(self.workspace_id)).await?;
        read::range(&snapshot, self.workspace_id, from, to).await.inspect_err(|error| self.observe_error(error))
    }

    /// Applies all missing events up to `last_seq`, page by page. A log that is too far behind closes, to be reloaded
    /// from the tables. The server's log never does, because each of its events must be seen.
    ///
    /// # Errors
    /// Returns an error if the database does not respond or the log has an unsupported version.
    pub async fn catch_up_to(self: &Arc<Self>, database: &Database, last_seq: Seq) -> Result<()> {
        if last_seq - self.seq() > CATCH_UP_LIMIT && self.workspace_id != WorkspaceId::SERVER {
            self.close(&Error::Unavailable("Too far behind the log. Reconnect.".into()));
        }
        while self.seq() < last_seq {
            if let Some(reason) = self.closure.reason() {
                return Err(reason);
            }
            let events = self.read_page(database, last_seq).await?;
            self.accept(events);
        }
        Ok(())
    }

    /// Applies what other processes wrote. Returns the sequence number reached.
    ///
    /// # Errors
    /// Returns an error if the database does not respond or the log has an unsupported version.
    pub async fn refresh(self: &Arc<Self>) -> Result<Seq> {
        if let Some(head) = self.database.global_tables().one(log::Entity::find_by_id(self.workspace_id)).await? {
            let head = head.require_supported().inspect_err(|error| self.observe_error(error))?;
            self.catch_up_to(&self.database, head.last_seq).await?;
        }
        Ok(self.seq())
    }

    /// Publishes events that this process committed to the other processes. Never blocks.
    pub(super) fn publish(&self, written: &[SharedEvent]) {
        self.bus.publish(written);
    }

    /// Records that a heartbeat found the log up to date.
    pub(super) fn mark_up_to_date(&self) {
        self.behind_since.store(0, Ordering::SeqCst);
    }

    /// Records that a heartbeat at `now` found the log behind. Returns for how many milliseconds it has been behind.
    pub(super) fn mark_behind(&self, now: u64) -> u64 {
        match self.behind_since.compare_exchange(0, now.max(1), Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => 0,
            Err(since) => now.saturating_sub(since),
        }
    }

    /// Starts catching up. Returns `false` if it is already in progress.
    pub(super) fn try_start_catch_up(&self) -> bool {
        !self.catching_up.swap(true, Ordering::SeqCst)
    }

    /// Ends catching up.
    pub(super) fn finish_catch_up(&self) {
        self.catching_up.store(false, Ordering::SeqCst);
    }
}
