//! A room: the live state of one workspace in this process, and the single place where its events arrive.
//!
//! Events come from the lane, other processes and the database, in any order and possibly repeatedly. They are applied
//! strictly in sequence: lower sequence numbers are duplicates, higher ones wait while the gap is read. Each event is
//! applied to the `Workspace`, its recipients are computed at that sequence number, and it is appended to the ring
//! buffer.
//!
//! A room neither decides nor renders. A room that cannot continue closes, and everything waiting for its events closes
//! with it and must be restarted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use sea_orm::EntityTrait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::broadcast::Broadcast;
use super::catch_up::CATCH_UP_LIMIT;
use super::closure::Closure;
use super::frame_cache::FrameCache;
use super::membership_ends::MembershipEnds;
use super::memory_budget::{CacheOwner, MemoryBudget, Reservation};
use super::recipients::RecipientCache;
use super::refused_logs::RefusedLogs;
pub use super::ring::Delivery;
use super::ring::RingBuffer;
use super::session_revocations::SessionRevocations;
use super::signal::AddressedSignal;
use crate::budget::Owner;
use crate::bus::{Bus, BusSubscription};
use crate::db::{Database, Scope};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent, Skeleton};
use crate::fair_semaphore::FairSemaphore;
use crate::id::{MemberId, WorkspaceId};
use crate::log::entity::log;
use crate::log::{Lane, LogState, failpoint, read};
use crate::planted::{self, Bug};
use crate::supervise;
use crate::workspace::state::Workspace;

/// Maximum number of events held while their predecessors are missing. Events beyond it are read from the database
/// later.
const MAX_EARLY_EVENTS: usize = 2048;

/// The live state of one workspace.
#[derive(Debug)]
pub struct Room {
    workspace_id: WorkspaceId,
    database: Database,
    bus: Bus,
    revocations: Arc<SessionRevocations>,
    refused_logs: Arc<RefusedLogs>,
    closure: Closure,
    membership_ends: MembershipEnds,
    lane: Lane,
    inner: Mutex<Inner>,
    head: watch::Sender<Seq>,
    is_used: AtomicBool,
    /// When a heartbeat first found the room behind, in milliseconds of the heartbeat's clock; 0 while it is up to
    /// date.
    behind_since: AtomicU64,
    catching_up: AtomicBool,
    /// Permits for catching up from the database, so that many reconnecting clients do not take all its connections.
    catch_ups: FairSemaphore<Owner>,
    pub(super) broadcast: OnceLock<Broadcast>,
    /// Recently rendered frames, for subscriptions that catch up.
    pub(super) frames: FrameCache,
    /// The memory budget of all rooms, and the ring buffer's share of it.
    memory_budget: Arc<MemoryBudget>,
    reservation: Reservation,
    /// The bus subscription, while anything holds it.
    pub(super) interest: Mutex<Weak<BusSubscription>>,
}

/// Dependencies shared by all rooms of a process.
pub(super) struct Shared {
    pub database: Database,
    pub bus: Bus,
    pub revocations: Arc<SessionRevocations>,
    pub refused_logs: Arc<RefusedLogs>,
    pub catch_ups: FairSemaphore<Owner>,
    pub memory_budget: Arc<MemoryBudget>,
}

#[derive(Debug)]
struct Inner {
    workspace: Workspace,
    ring: RingBuffer,
    recipients: RecipientCache,
    /// Events whose predecessors have not arrived yet.
    early: BTreeMap<Seq, SharedEvent>,
    is_filling: bool,
}

impl Room {
    pub(super) fn new(workspace: Workspace, lane: Lane, shared: Shared) -> Self {
        let Shared { database, bus, revocations, refused_logs, catch_ups, memory_budget } = shared;
        Self {
            workspace_id: workspace.id,
            database,
            bus,
            revocations,
            refused_logs,
            closure: Closure::default(),
            membership_ends: MembershipEnds::default(),
            lane,
            head: watch::Sender::new(workspace.seq),
            is_used: AtomicBool::new(true),
            behind_since: AtomicU64::new(0),
            catching_up: AtomicBool::new(false),
            catch_ups,
            inner: Mutex::new(Inner {
                workspace,
                ring: RingBuffer::default(),
                recipients: RecipientCache::default(),
                early: BTreeMap::new(),
                is_filling: false,
            }),
            frames: FrameCache::new(memory_budget.reserve()),
            reservation: memory_budget.reserve(),
            memory_budget,
            broadcast: OnceLock::new(),
            interest: Mutex::default(),
        }
    }

    /// The workspace of this room.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.workspace_id
    }

    /// The lane for commands of this workspace.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The memory budget of all rooms.
    pub(super) fn memory_budget(&self) -> &Arc<MemoryBudget> {
        &self.memory_budget
    }

    /// Permits for catching up from the database.
    pub(super) fn catch_ups(&self) -> &FairSemaphore<Owner> {
        &self.catch_ups
    }

    /// Marks the room as used.
    pub(super) fn mark_used(&self) {
        self.is_used.store(true, Ordering::Relaxed);
    }

    /// Returns whether the room was used since the last call.
    pub(super) fn take_used(&self) -> bool {
        self.is_used.swap(false, Ordering::Relaxed)
    }

    /// Returns the current workspace state. Cheap.
    pub fn fork(&self) -> Workspace {
        self.inner().workspace.clone()
    }

    /// The sequence number of the last event applied.
    pub fn seq(&self) -> Seq {
        *self.head.borrow()
    }

    /// Returns a token that is cancelled when this member leaves the workspace.
    pub fn membership_end(&self, member_id: MemberId) -> CancellationToken {
        self.membership_ends.watch(member_id)
    }

    /// Number of selection executions for events: one per event and group with a subscriber who may see it, plus one
    /// for each event that a subscription catches up to and that is not in the frame cache.
    pub fn executions(&self) -> u64 {
        self.frames.executions()
    }

    /// Returns a watch on the sequence number of the last event applied.
    pub(super) fn watch(&self) -> watch::Receiver<Seq> {
        self.head.subscribe()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The closure of this room, watched by everything that waits for its events.
    pub fn closure(&self) -> &Closure {
        &self.closure
    }

    /// Closes the room because it cannot continue. Waiting tasks are told to restart, and the next access to the
    /// workspace loads a new room, unless this process refuses the workspace from now on.
    pub(super) fn close(&self, reason: &Error) {
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
            self.revocations.close_all(&reported);
        }
        if self.closure.close(reported) {
            metrics::counter!("confab_rooms_ended_total").increment(1);
            tracing::error!(reason = ?reason, workspace = %self.workspace_id, "room closed");
        }
    }

    /// Reacts to an error that occurred while the log was read. An unsupported version closes the room.
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
        if supervise::guard_sync("room", || self.apply_all(events)).is_err() {
            self.close(&Error::internal("an event was not applied"));
        }
    }

    fn apply_all(self: &Arc<Self>, events: Vec<SharedEvent>) {
        let mut inner = self.inner();
        for event in events {
            if event.seq > inner.workspace.seq {
                inner.early.insert(event.seq, event);
            }
            if inner.early.len() > MAX_EARLY_EVENTS {
                inner.early.pop_last();
            }
        }
        let before = inner.workspace.seq;
        while let Some(event) = {
            if planted::is(Bug::IgnoreHole) {
                inner.workspace.seq = inner.early.keys().next().map_or(inner.workspace.seq, |seq| seq - 1);
            }
            let next = inner.workspace.seq + 1;
            inner.early.remove(&next)
        } {
            self.apply(&mut inner, event);
        }
        let seq = inner.workspace.seq;
        let has_gap = !inner.early.is_empty() && !inner.is_filling;
        inner.is_filling |= has_gap;
        self.reservation.set(inner.ring.bytes());
        if seq > before {
            // Sent under the lock, so that the sequence number never goes back nor lags behind the applied state.
            self.head.send_replace(seq);
        }
        drop(inner);
        self.memory_budget.enforce();
        if seq > before {
            failpoint::pass("room.accepted");
        }
        if has_gap {
            let room = self.clone();
            supervise::spawn("gap", async move {
                if supervise::guard("gap", room.clone().fill_gap()).await.is_err() {
                    room.close(&Error::internal("a gap in the log was not filled"));
                }
            });
        }
    }

    fn apply(&self, inner: &mut Inner, event: SharedEvent) {
        metrics::counter!("confab_live_events_total").increment(1);
        inner.workspace.apply(&event);
        let recipients = inner.recipients.for_event(&inner.workspace, &event);
        match &event.skeleton {
            Skeleton::SessionRevoked { .. } if planted::is(Bug::KeepSignedOut) => {}
            Skeleton::SessionRevoked { session_id, .. } => self.revocations.revoke(*session_id),
            Skeleton::MemberLeft { member_id } => self.membership_ends.cancel(*member_id),
            _ => {}
        }
        inner.ring.push(Delivery { event, recipients });
    }

    /// Reads the gap before the early events, one page at a time.
    async fn fill_gap(self: Arc<Self>) {
        let to = self.inner().early.keys().next_back().copied().unwrap_or(0);
        let read = self.read_page(&self.database, to).await;
        self.inner().is_filling = false;
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

    /// Delivers a signal from another process.
    pub(super) fn receive_signal(&self, bytes: &[u8]) {
        let Some(broadcast) = self.broadcast.get() else { return };
        match serde_json::from_slice(bytes) {
            Ok(AddressedSignal { member_id, signal }) => broadcast.signal(self, member_id, &signal),
            Err(error) => tracing::debug!(%error, "received an unknown signal"),
        }
    }

    /// Applies all missing events up to `last_seq`, page by page. A room that is too far behind closes, to be reloaded
    /// from the tables. The room of the server's log never does, because each of its events must be seen.
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

    /// Records that a heartbeat found the room up to date.
    pub(super) fn mark_up_to_date(&self) {
        self.behind_since.store(0, Ordering::SeqCst);
    }

    /// Records that a heartbeat at `now` found the room behind. Returns for how many milliseconds it has been behind.
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

    /// Returns up to `limit` deliveries after `after`, or `None` if the ring buffer no longer reaches back that far.
    pub fn after(&self, after: Seq, limit: usize) -> Option<Vec<Delivery>> {
        let inner = self.inner();
        inner.ring.after(after, limit, inner.workspace.seq)
    }
}

impl CacheOwner for Room {
    fn frames(&self) -> usize {
        self.frames.bytes() + self.broadcast.get().map_or(0, Broadcast::cached_bytes)
    }

    fn ring(&self) -> usize {
        self.reservation.bytes()
    }

    fn clear_frames(&self) {
        self.frames.clear();
        self.broadcast.get().into_iter().for_each(Broadcast::clear_cache);
    }

    fn shrink_ring(&self, bytes: usize) {
        let mut inner = self.inner();
        inner.ring.shrink_to(bytes);
        self.reservation.set(inner.ring.bytes());
    }
}

impl LogState for Room {
    fn fork(&self) -> Workspace {
        Self::fork(self)
    }

    fn accept(self: Arc<Self>, events: Vec<SharedEvent>) {
        Self::accept(&self, events);
    }

    fn publish(&self, written: &[SharedEvent]) {
        self.bus.publish(written);
    }

    fn observe_error(&self, error: &Error) {
        Self::observe_error(self, error);
    }
}
