//! A room: one workspace in this process's memory, and the one place where its events arrive.
//!
//! Events come from the lane, from other processes and from the database, in any order and more than
//! once; they are taken strictly as 1, 2, 3 …: a lower number is a duplicate, a higher one waits while
//! the hole is read. Each taken event is folded into the `Workspace`, its recipients are found at that
//! very number, and it is put into the ring. A room does not decide and does not render. One that cannot go on
//! ends, and everything that waits for its events ends with it, to be begun again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use sea_orm::EntityTrait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::broadcast::Broadcast;
use super::catch_up::HORIZON;
use super::departures::Departures;
use super::ending::Ending;
use super::ends::Ends;
use super::frames::Frames;
use super::keep::{Keep, Keeper, Part};
use super::recipients::Recipients;
use super::refusals::Refusals;
use super::ring::Ring;
pub use super::ring::{Delivery, RING};
use super::signal::Addressed;
use crate::budget::Owner;
use crate::bus::{Bus, Interest};
use crate::db::{Database, Scope};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent, Skeleton};
use crate::gate::Gate;
use crate::id::{MemberId, WorkspaceId};
use crate::log::entity::log;
use crate::log::{Lane, Memory, failpoint, read};
use crate::planted::{self, Bug};
use crate::supervise;
use crate::workspace::state::Workspace;

/// Events that wait for those before them; more are read again.
const EARLY: usize = 2048;

/// One workspace in memory.
#[derive(Debug)]
pub struct Room {
    workspace_id: WorkspaceId,
    database: Database,
    bus: Bus,
    ends: Arc<Ends>,
    refusals: Arc<Refusals>,
    ending: Ending,
    departures: Departures,
    lane: Lane,
    inner: Mutex<Inner>,
    head: watch::Sender<Seq>,
    asked_for: AtomicBool,
    /// Since which heartbeat it has been behind, in milliseconds of the heartbeat's clock; 0 while it is not.
    behind_since: AtomicU64,
    catching_up: AtomicBool,
    /// Those who catch up from the database take turns, so that many who come back at once do not take
    /// all its connections.
    catch_ups: Gate<Owner>,
    pub(super) broadcast: OnceLock<Broadcast>,
    /// What was rendered lately, for those who catch up.
    pub(super) frames: Frames,
    /// What all rooms keep, and the ring as a part of it.
    keep: Arc<Keep>,
    kept: Part,
    /// Listening to other processes, while anybody needs it.
    pub(super) interest: Mutex<Weak<Interest>>,
}

/// What all rooms of a process share.
pub(super) struct Shared {
    pub database: Database,
    pub bus: Bus,
    pub ends: Arc<Ends>,
    pub refusals: Arc<Refusals>,
    pub catch_ups: Gate<Owner>,
    pub keep: Arc<Keep>,
}

#[derive(Debug)]
struct Inner {
    workspace: Workspace,
    ring: Ring,
    recipients: Recipients,
    /// Events whose predecessors are not here yet.
    early: BTreeMap<Seq, SharedEvent>,
    filling: bool,
}

impl Room {
    pub(super) fn new(workspace: Workspace, lane: Lane, shared: Shared) -> Self {
        let Shared { database, bus, ends, refusals, catch_ups, keep } = shared;
        Self {
            workspace_id: workspace.id,
            database,
            bus,
            ends,
            refusals,
            ending: Ending::default(),
            departures: Departures::default(),
            lane,
            head: watch::Sender::new(workspace.seq),
            asked_for: AtomicBool::new(true),
            behind_since: AtomicU64::new(0),
            catching_up: AtomicBool::new(false),
            catch_ups,
            inner: Mutex::new(Inner {
                workspace,
                ring: Ring::default(),
                recipients: Recipients::default(),
                early: BTreeMap::new(),
                filling: false,
            }),
            frames: Frames::new(keep.part()),
            kept: keep.part(),
            keep,
            broadcast: OnceLock::new(),
            interest: Mutex::default(),
        }
    }

    /// Whose room it is.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.workspace_id
    }

    /// Where commands for this workspace wait their turn.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// What all rooms keep.
    pub(super) fn keep(&self) -> &Arc<Keep> {
        &self.keep
    }

    /// The gate of those who catch up from the database.
    pub(super) fn catch_ups(&self) -> &Gate<Owner> {
        &self.catch_ups
    }

    /// Somebody asked for it.
    pub(super) fn note_asked_for(&self) {
        self.asked_for.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked for it since this was last called.
    pub(super) fn take_asked_for(&self) -> bool {
        self.asked_for.swap(false, Ordering::Relaxed)
    }

    /// The workspace as it is in memory now. Cheap.
    pub fn fork(&self) -> Workspace {
        self.inner().workspace.clone()
    }

    /// The number of the last event taken.
    pub fn seq(&self) -> Seq {
        *self.head.borrow()
    }

    /// A token that is cancelled the moment this member leaves the workspace, from now on.
    pub fn departure(&self, member_id: MemberId) -> CancellationToken {
        self.departures.watch(member_id)
    }

    /// How often a selection was executed for an event: once for each event and each group with somebody who may see
    /// it, and once more where somebody catches up to an event that nobody has had rendered lately.
    pub fn executions(&self) -> u64 {
        self.frames.executions()
    }

    /// Wakes whenever an event was taken.
    pub(super) fn watch(&self) -> watch::Receiver<Seq> {
        self.head.subscribe()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of this room, of which whoever waits for its events is told.
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// Ends the room: it cannot go on. Whoever waits for its events is told to begin again, and the next who asks
    /// for the workspace gets a new room, unless this process refuses it from now on.
    pub(super) fn end(&self, why: &Error) {
        let told = match why {
            Error::Newer => {
                self.refusals.refuse(self.workspace_id);
                Error::Newer
            }
            _ => Error::Unavailable("The workspace is loaded again. Come back.".into()),
        };
        if self.workspace_id == WorkspaceId::SERVER {
            // Whoever does not hear which sign-ins end must not serve anybody.
            self.refusals.refuse(self.workspace_id);
            self.ends.lose(&told);
        }
        if self.ending.end(told) {
            metrics::counter!("confab_rooms_ended_total").increment(1);
            tracing::error!(?why, workspace = %self.workspace_id, "a room cannot go on and ends");
        }
    }

    /// Takes note of an error that was met while the log was read: an event that this program does not know ends
    /// the room.
    pub fn note(&self, error: &Error) {
        if matches!(error, Error::Newer) {
            self.end(error);
        }
    }

    /// Takes events, in any order and with repetitions.
    pub fn accept(self: &Arc<Self>, events: Vec<SharedEvent>) {
        if self.ending.is_over() {
            return;
        }
        // What is half taken is no state to go on with.
        if supervise::guard_now("room", || self.take_all(events)).is_err() {
            self.end(&Error::internal("an event was not taken"));
        }
    }

    fn take_all(self: &Arc<Self>, events: Vec<SharedEvent>) {
        let mut inner = self.inner();
        for event in events {
            if event.seq > inner.workspace.seq {
                inner.early.insert(event.seq, event);
            }
            if inner.early.len() > EARLY {
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
            self.take(&mut inner, event);
        }
        let seq = inner.workspace.seq;
        let hole = !inner.early.is_empty() && !inner.filling;
        inner.filling |= hole;
        self.kept.set(inner.ring.bytes());
        if seq > before {
            // Still under the lock, so that the number never goes back nor stays behind what is taken.
            self.head.send_replace(seq);
        }
        drop(inner);
        self.keep.settle();
        if seq > before {
            failpoint::pass("room.accepted");
        }
        if hole {
            let room = self.clone();
            supervise::spawn("hole", async move {
                if supervise::guard("hole", room.clone().fill()).await.is_err() {
                    room.end(&Error::internal("a hole was not filled"));
                }
            });
        }
    }

    fn take(&self, inner: &mut Inner, event: SharedEvent) {
        metrics::counter!("confab_live_events_total").increment(1);
        inner.workspace.fold(&event);
        let recipients = inner.recipients.of(&inner.workspace, &event);
        match &event.skeleton {
            Skeleton::SignInRevoked { .. } if planted::is(Bug::KeepSignedOut) => {}
            Skeleton::SignInRevoked { sign_in_id, .. } => self.ends.end(*sign_in_id),
            Skeleton::MemberLeft { member_id } => self.departures.end(*member_id),
            _ => {}
        }
        inner.ring.push(Delivery { event, recipients });
    }

    /// Reads the hole before the events that came too early, a page at a time.
    async fn fill(self: Arc<Self>) {
        let to = self.inner().early.keys().next_back().copied().unwrap_or(0);
        let read = self.read_page(&self.database, to).await;
        self.inner().filling = false;
        match read {
            // What is still missing is the next hole.
            Ok(events) => self.accept(events),
            // The next heartbeat tries again.
            Err(error) => tracing::warn!(%error, workspace = %self.workspace_id, "a hole could not be read"),
        }
    }

    /// The next events up to `to`, at most a page of them.
    async fn read_page(&self, database: &Database, to: Seq) -> Result<Vec<SharedEvent>> {
        let from = self.seq();
        let to = to.min(from.saturating_add_unsigned(read::RANGE));
        let snapshot = database.snapshot(Scope::Workspace(self.workspace_id)).await?;
        read::range(&snapshot, self.workspace_id, from, to).await.inspect_err(|error| self.note(error))
    }

    /// Takes a signal that another process sent.
    pub(super) fn hear(&self, bytes: &[u8]) {
        let Some(broadcast) = self.broadcast.get() else { return };
        match serde_json::from_slice(bytes) {
            Ok(Addressed { member_id, signal }) => broadcast.signal(self, member_id, &signal),
            Err(error) => tracing::debug!(%error, "another process sent an unknown signal"),
        }
    }

    /// Takes everything up to `last_seq` that is not here yet, a page at a time. A room that is too far behind ends, to
    /// be loaded from the tables; but not the server's own, whose every event counts.
    ///
    /// # Errors
    /// When the database does not answer, or holds an event that this program does not know.
    pub async fn catch_up_to(self: &Arc<Self>, database: &Database, last_seq: Seq) -> Result<()> {
        if last_seq - self.seq() > HORIZON && self.workspace_id != WorkspaceId::SERVER {
            self.end(&Error::Unavailable("It is too far behind.".into()));
        }
        while self.seq() < last_seq {
            if let Some(why) = self.ending.why() {
                return Err(why);
            }
            let events = self.read_page(database, last_seq).await?;
            self.accept(events);
        }
        Ok(())
    }

    /// Takes what other processes wrote; answers the number that the room is at then.
    ///
    /// # Errors
    /// When the database does not answer, or holds an event that this program does not know.
    pub async fn refresh(self: &Arc<Self>) -> Result<Seq> {
        if let Some(head) = self.database.outside().one(log::Entity::find_by_id(self.workspace_id)).await? {
            let head = head.understood().inspect_err(|error| self.note(error))?;
            self.catch_up_to(&self.database, head.last_seq).await?;
        }
        Ok(self.seq())
    }

    /// A heartbeat found it up to date.
    pub(super) fn is_up_to_date(&self) {
        self.behind_since.store(0, Ordering::SeqCst);
    }

    /// A heartbeat at `now` found it behind; answers for how many milliseconds it has been so.
    pub(super) fn is_behind(&self, now: u64) -> u64 {
        match self.behind_since.compare_exchange(0, now.max(1), Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => 0,
            Err(since) => now.saturating_sub(since),
        }
    }

    /// Takes the turn to catch up; `false` while somebody has it.
    pub(super) fn begin_to_catch_up(&self) -> bool {
        !self.catching_up.swap(true, Ordering::SeqCst)
    }

    /// Gives the turn back.
    pub(super) fn has_caught_up(&self) {
        self.catching_up.store(false, Ordering::SeqCst);
    }

    /// The deliveries after `after`, at most `limit`; `None` when the ring no longer reaches back so far.
    pub fn after(&self, after: Seq, limit: usize) -> Option<Vec<Delivery>> {
        let inner = self.inner();
        inner.ring.after(after, limit, inner.workspace.seq)
    }
}

impl Keeper for Room {
    fn frames(&self) -> usize {
        self.frames.bytes() + self.broadcast.get().map_or(0, Broadcast::kept)
    }

    fn ring(&self) -> usize {
        self.kept.bytes()
    }

    fn let_frames_go(&self) {
        self.frames.let_go();
        self.broadcast.get().into_iter().for_each(Broadcast::let_go);
    }

    fn shorten_ring(&self, bytes: usize) {
        let mut inner = self.inner();
        inner.ring.shorten(bytes);
        self.kept.set(inner.ring.bytes());
    }
}

impl Memory for Room {
    fn fork(&self) -> Workspace {
        Self::fork(self)
    }

    fn accept(self: Arc<Self>, events: Vec<SharedEvent>) {
        Self::accept(&self, events);
    }

    fn announce(&self, written: &[SharedEvent]) {
        self.bus.publish(written);
    }

    fn note(&self, error: &Error) {
        Self::note(self, error);
    }
}
