//! The broadcast of a room: subscription groups, one per distinct selection.
//!
//! Each group has its own task, which executes the selection once per event and pushes the shared frame to the queues
//! of those subscribers who may see the event. A slow selection delays only its own group. The cost per subscriber is a
//! bitmap lookup and a reference count. `group_limits.rs` limits the number of groups.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Request;

use super::execution::Executor;
use super::group::{Group, State, Subscriber};
use super::group_limits;
use super::heartbeat::Freshness;
use super::room::Room;
use super::selection::Key;
use super::signal::Signal;
use crate::id::MemberId;

/// A request to join the group of a selection.
pub struct JoinRequest<'a> {
    /// Identifies equal selections.
    pub key: Key,
    /// The request to execute, if this subscriber starts the group.
    pub request: &'a Request,
    pub subscriber: Subscriber,
}

/// The outcome of a [`JoinRequest`].
#[derive(Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// Joined. Events after the cursor arrive through the queue.
    Joined,
    /// The group is ahead of the cursor. Continue catching up.
    Behind,
    /// The member has reached the limit of distinct selections in this room.
    MemberLimit,
    /// The room has reached its limit of distinct selections, and none can be evicted.
    RoomLimit,
}

/// The subscription groups of a room.
pub struct Broadcast {
    executor: Executor,
    fresh: Freshness,
    groups: Mutex<Groups>,
}

impl std::fmt::Debug for Broadcast {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broadcast").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Groups {
    by_key: HashMap<Key, Arc<Group>>,
    /// Number of groups started so far.
    started: u64,
}

impl Broadcast {
    pub(super) fn new(executor: Executor, fresh: Freshness) -> Self {
        Self { executor, fresh, groups: Mutex::default() }
    }

    /// Joins the group of a selection. Starts the group if this is its first subscriber.
    pub fn join(&self, room: &Arc<Room>, join: &JoinRequest<'_>) -> JoinOutcome {
        let mut groups = self.groups();
        let known = groups.by_key.get(&join.key).and_then(|group| group.join(&join.subscriber));
        match known {
            Some(outcome) => outcome,
            None => match groups.reserve_slot(room, join) {
                Ok(ordinal) => {
                    let group = Group::start(ordinal, join, room, self.executor.clone(), self.fresh.clone());
                    groups.by_key.insert(join.key, group);
                    JoinOutcome::Joined
                }
                Err(rejected) => rejected,
            },
        }
    }

    /// Sends a signal to all connections of a member.
    pub fn signal(&self, room: &Room, member_id: MemberId, signal: &Signal) {
        let Some(number) = room.fork().member(member_id).map(|member| member.number) else { return };
        self.groups().by_key.values().for_each(|group| group.signal(number, signal));
    }

    /// Size of the frames cached by all groups, in bytes.
    pub(super) fn cached_bytes(&self) -> usize {
        self.groups().by_key.values().map(|group| group.cached_bytes()).sum()
    }

    /// Clears the cached frames.
    pub(super) fn clear_cache(&self) {
        self.groups().by_key.values().for_each(|group| group.clear_cache());
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Groups {
    /// Reserves a slot for a new group: removes unused groups, and if the room is full evicts a group of the members
    /// with the most groups. Returns the ordinal of the new group.
    fn reserve_slot(&mut self, room: &Room, join: &JoinRequest<'_>) -> Result<u64, JoinOutcome> {
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
        if room.after(join.subscriber.cursor, 1).is_none() {
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
