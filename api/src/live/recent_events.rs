//! The recent events of an open log, with their recipients at that sequence number, in a ring buffer.
//!
//! Observes the log, so it has each event before anything waits for it. Also reacts to what ends access: session
//! revocations and members who leave.

use std::sync::{Arc, Weak};

use tokio_util::sync::CancellationToken;

use super::membership_ends::MembershipEnds;
use super::memory_budget::{Cache, Kind, MemoryBudget, Reservation};
use super::recipients::RecipientCache;
use super::ring::{Delivery, RingBuffer};
use super::session_revocations::SessionRevocations;
use crate::ground::id::{MemberId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::ground::planted;
use crate::log::open_log::{OpenLog, Progress};
use crate::model::event::{AccessEnd, Seq, SharedEvent};
use crate::model::workspace::state::Workspace;

/// The recent events of one log.
#[derive(Debug)]
pub struct RecentEvents {
    log: Arc<OpenLog>,
    revocations: Arc<SessionRevocations>,
    membership_ends: MembershipEnds,
    inner: Mutex<Inner>,
    /// The memory budget of all rooms, and the ring buffer's share of it.
    memory_budget: Arc<MemoryBudget>,
    reservation: Reservation,
}

#[derive(Debug, Default)]
struct Inner {
    ring: RingBuffer,
    recipients: RecipientCache,
    /// The sequence number of the last event received.
    seq: Seq,
}

impl RecentEvents {
    /// Starts to observe a log.
    pub(super) fn observe(
        log: Arc<OpenLog>,
        revocations: Arc<SessionRevocations>,
        memory_budget: Arc<MemoryBudget>,
    ) -> Arc<Self> {
        let (membership_ends, inner) = (MembershipEnds::default(), Mutex::default());
        let reservation = memory_budget.reserve();
        let recent = Arc::new(Self { log, revocations, membership_ends, inner, memory_budget, reservation });
        recent.log.observe(|seq| {
            recent.inner.lock().seq = seq;
            let weak = Arc::downgrade(&recent);
            Arc::new(move |progress| {
                if let Some(recent) = weak.upgrade() {
                    recent.follow(&progress);
                }
            })
        });
        let cache: Weak<dyn Cache> = Arc::<Self>::downgrade(&recent);
        recent.memory_budget.register(Kind::Ring, cache);
        recent
    }

    /// The log whose events these are.
    pub fn log(&self) -> &Arc<OpenLog> {
        &self.log
    }

    /// The memory budget of all rooms.
    pub(super) fn memory_budget(&self) -> &Arc<MemoryBudget> {
        &self.memory_budget
    }

    /// Returns a token that is cancelled when this member leaves the workspace.
    pub fn membership_end(&self, member_id: MemberId) -> CancellationToken {
        self.membership_ends.watch(member_id)
    }

    fn follow(&self, progress: &Progress<'_>) {
        match progress {
            Progress::Applied(workspace, event) => self.receive(workspace, event),
            Progress::Settled => self.memory_budget.enforce(),
            Progress::Closing(reason) if self.log.workspace_id() == WorkspaceId::SERVER => {
                self.revocations.close_all(reason);
            }
            Progress::Closing(_) => {}
        }
    }

    fn receive(&self, workspace: &Workspace, event: &SharedEvent) {
        let mut inner = self.inner.lock();
        let recipients = inner.recipients.for_event(workspace, event);
        match event.skeleton.ends_access() {
            Some(AccessEnd::Session(_)) if planted::keep_signed_out() => {}
            Some(AccessEnd::Session(id)) => self.revocations.revoke(id),
            Some(AccessEnd::Membership(id)) => self.membership_ends.cancel(id),
            None => {}
        }
        inner.ring.push(Delivery { event: event.clone(), recipients });
        inner.seq = event.seq;
        self.reservation.set(inner.ring.bytes());
    }

    /// Returns up to `limit` deliveries after `after`, or `None` if the ring buffer no longer reaches back that far.
    pub fn after(&self, after: Seq, limit: usize) -> Option<Vec<Delivery>> {
        let inner = self.inner.lock();
        inner.ring.after(after, limit, inner.seq)
    }
}

impl Cache for RecentEvents {
    fn bytes(&self) -> usize {
        self.reservation.bytes()
    }

    fn shrink_to(&self, bytes: usize) {
        let mut inner = self.inner.lock();
        inner.ring.shrink_to(bytes);
        self.reservation.set(inner.ring.bytes());
    }
}
