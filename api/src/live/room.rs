//! A room: the live delivery of one log to its subscribers, in groups of one per distinct selection.
//!
//! Each group has its own task, which executes the selection once per event and pushes the shared frame to the queues
//! of those subscribers who may see the event. A slow selection delays only its own group. The cost per subscriber is a
//! bitmap lookup and a reference count. `group_limits.rs` limits the number of groups.
//!
//! A room closes with its log.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, MutexGuard, Weak};

use tokio_util::sync::CancellationToken;

use super::execution::Executor;
use super::frame_cache::FrameCache;
use super::group::{Group, State};
use super::join::{JoinOutcome, JoinRequest};
use super::memory_budget::Cache;
use super::recent_events::RecentEvents;
use super::ring::Delivery;
use super::selection::Key;
use super::signal::{AddressedSignal, Signal};
use super::{group_limits, group_task};
use crate::adapter::bus::BusSubscription;
use crate::ground::budget::Owner;
use crate::ground::fair_semaphore::FairSemaphore;
use crate::ground::id::MemberId;
use crate::ground::mutex::Mutex;
use crate::log::freshness::Freshness;
use crate::log::open_log::OpenLog;
use crate::model::event::Seq;

/// The live delivery of one log. Dereferences to the log.
pub struct Room {
    recent: Arc<RecentEvents>,
    executor: Executor,
    fresh: Freshness,
    /// Permits for catching up from the database, so that many reconnecting clients do not take all its connections.
    catch_ups: FairSemaphore<Owner>,
    groups: Mutex<Groups>,
    /// Recently rendered frames, for subscriptions that catch up.
    frames: Arc<FrameCache>,
    /// The bus subscription, while anything holds it.
    interest: Mutex<Weak<BusSubscription>>,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").field("log", self.log()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Groups {
    by_key: HashMap<Key, Arc<Group>>,
    /// Number of groups started so far.
    started: u64,
}

impl Deref for Room {
    type Target = OpenLog;

    fn deref(&self) -> &OpenLog {
        self.recent.log()
    }
}

impl Room {
    pub(super) fn new(
        recent: Arc<RecentEvents>,
        executor: Executor,
        fresh: Freshness,
        catch_ups: FairSemaphore<Owner>,
    ) -> Self {
        let frames = Arc::new(FrameCache::new(recent.memory_budget().reserve()));
        let (groups, interest) = (Mutex::default(), Mutex::default());
        Self { recent, executor, fresh, catch_ups, groups, frames, interest }
    }

    /// The log that this room delivers.
    pub fn log(&self) -> &Arc<OpenLog> {
        self.recent.log()
    }

    /// Returns a token that is cancelled when this member leaves the workspace.
    pub fn membership_end(&self, member_id: MemberId) -> CancellationToken {
        self.recent.membership_end(member_id)
    }

    /// Returns up to `limit` deliveries after `after`, or `None` if the ring buffer no longer reaches back that far.
    pub fn after(&self, after: Seq, limit: usize) -> Option<Vec<Delivery>> {
        self.recent.after(after, limit)
    }

    /// Permits for catching up from the database.
    pub(super) fn catch_ups(&self) -> &FairSemaphore<Owner> {
        &self.catch_ups
    }

    /// Recently rendered frames.
    pub(super) fn frames(&self) -> &FrameCache {
        &self.frames
    }

    /// Number of selection executions for events: one per event and group with a subscriber who may see it, plus one
    /// for each event that a subscription catches up to and that is not in the frame cache.
    pub fn executions(&self) -> u64 {
        self.frames.executions()
    }

    /// Returns the bus subscription of this room. Calls `subscribe` if nothing holds one.
    pub(super) fn interest(&self, subscribe: impl FnOnce() -> BusSubscription) -> Arc<BusSubscription> {
        let mut current = self.interest.lock();
        if let Some(interest) = current.upgrade() {
            return interest;
        }
        let interest = Arc::new(subscribe());
        *current = Arc::downgrade(&interest);
        interest
    }

    /// Joins the group of a selection. Starts the group if this is its first subscriber.
    pub fn join(&self, join: &JoinRequest<'_>) -> JoinOutcome {
        let mut groups = self.groups.lock();
        let known = groups.by_key.get(&join.key).and_then(|group| group.join(&join.subscriber));
        match known {
            Some(outcome) => outcome,
            None => match groups.reserve_slot(&self.recent, join) {
                Ok(ordinal) => {
                    let (executor, fresh) = (self.executor.clone(), self.fresh.clone());
                    let group = Group::new(ordinal, join.subscriber.clone(), self.recent.memory_budget().reserve());
                    group_task::start(group.clone(), &self.recent, self.frames.clone(), join, executor, fresh);
                    groups.by_key.insert(join.key, group);
                    JoinOutcome::Joined
                }
                Err(rejected) => rejected,
            },
        }
    }

    /// Sends a signal to all connections of a member.
    pub(super) fn signal(&self, member_id: MemberId, signal: &Signal) {
        let Some(number) = self.fork().member(member_id).map(|member| member.number) else { return };
        self.groups.lock().by_key.values().for_each(|group| group.signal(number, signal));
    }

    /// Delivers a signal from another process.
    pub(super) fn receive_signal(&self, bytes: &[u8]) {
        match serde_json::from_slice(bytes) {
            Ok(AddressedSignal { member_id, signal }) => self.signal(member_id, &signal),
            Err(error) => tracing::debug!(%error, "received an unknown signal"),
        }
    }
}

impl Cache for Room {
    fn bytes(&self) -> usize {
        self.frames.bytes() + self.groups.lock().by_key.values().map(|group| group.cached_bytes()).sum::<usize>()
    }

    /// Drops all frames.
    fn shrink_to(&self, _: usize) {
        self.frames.clear();
        self.groups.lock().by_key.values().for_each(|group| group.clear_cache());
    }
}

impl Groups {
    /// Reserves a slot for a new group: removes unused groups, and if the room is full evicts a group of the members
    /// with the most groups. Returns the ordinal of the new group.
    fn reserve_slot(&mut self, recent: &RecentEvents, join: &JoinRequest<'_>) -> Result<u64, JoinOutcome> {
        let number = join.subscriber.number;
        self.by_key.retain(|_, group| group.is_used());
        let has_reached_limit =
            |groups: &Self| groups.with_members(|members| group_limits::has_reached_limit(members, number));
        let is_full = |groups: &Self| groups.with_members(|members| group_limits::is_full(members, number));
        if has_reached_limit(self) || is_full(self) {
            self.by_key.values().for_each(|group| group.remove_disconnected());
            self.by_key.retain(|_, group| group.is_used());
        }
        if has_reached_limit(self) {
            return Err(JoinOutcome::MemberLimit);
        }
        if recent.after(join.subscriber.cursor, 1).is_none() {
            return Err(JoinOutcome::Behind);
        }
        if is_full(self) {
            let evicted = self.with_members(|members| group_limits::group_to_evict(members, number));
            let evicted = evicted.ok_or(JoinOutcome::RoomLimit)?;
            let key = self.by_key.iter().find(|(_, group)| group.ordinal() == evicted).map(|(key, _)| *key);
            // Its subscribers catch up individually and rejoin if there is a slot.
            key.and_then(|key| self.by_key.remove(&key)).into_iter().for_each(|group| group.mark_lagged());
        }
        self.started += 1;
        Ok(self.started)
    }

    fn with_members<T>(&self, decide: impl FnOnce(&[group_limits::GroupMembers<'_>]) -> T) -> T {
        let states: Vec<MutexGuard<'_, State>> = self.by_key.values().map(|group| group.state()).collect();
        decide(&states.iter().map(|state| state.group_members()).collect::<Vec<_>>())
    }
}
