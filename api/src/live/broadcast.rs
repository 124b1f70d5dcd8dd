//! The broadcast of a room: groups of subscriptions with the same selection.
//!
//! Each group has a task of its own, which executes the selection once per event and puts the shared frame into the
//! queues of those members of the group who may see the event: however long the selections of others take, a group
//! goes on at its own pace. Cost per subscriber is a look into a bitmap and a reference count. How many groups somebody
//! may have, and by whose turn they are executed, is for `shares.rs` to say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Request;

use super::group::{Group, State, Subscriber};
use super::heartbeat::Fresh;
use super::rendering::Renderer;
use super::room::Room;
use super::selection::Key;
use super::shares;
use super::signal::Signal;
use crate::id::MemberId;

/// What a subscription asks of the broadcast.
pub struct Join<'a> {
    /// Says which selections are the same.
    pub key: Key,
    /// The request that the group executes, if this is its first subscriber.
    pub request: &'a Request,
    pub subscriber: Subscriber,
}

/// The answer to a [`Join`].
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// What follows the cursor comes through the queue.
    Yes,
    /// The group is further; go on catching up.
    Behind,
    /// The member has as many different selections in the room as they may.
    TooManyOfMember,
    /// The room serves as many different selections as it may, and none of them can give way.
    TooManyGroups,
}

/// The groups of a room.
pub struct Broadcast {
    renderer: Renderer,
    fresh: Fresh,
    groups: Mutex<Groups>,
}

impl std::fmt::Debug for Broadcast {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broadcast").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Groups {
    of: HashMap<Key, Arc<Group>>,
    /// Groups that were begun so far.
    begun: u64,
}

impl Broadcast {
    pub(super) fn new(renderer: Renderer, fresh: Fresh) -> Self {
        Self { renderer, fresh, groups: Mutex::default() }
    }

    /// Joins the group of a selection, which begins with its first subscriber.
    pub fn join(&self, room: &Arc<Room>, join: &Join<'_>) -> Joined {
        let mut groups = self.groups();
        let known = groups.of.get(&join.key).and_then(|group| group.join(&join.subscriber));
        match known {
            Some(joined) => joined,
            None => match groups.make_room(room, join) {
                Ok(begun) => {
                    let group = Group::begin(begun, join, room, self.renderer.clone(), self.fresh.clone());
                    groups.of.insert(join.key, group);
                    Joined::Yes
                }
                Err(refused) => refused,
            },
        }
    }

    /// Sends a signal to all connections of a member.
    pub fn signal(&self, room: &Room, member_id: MemberId, signal: &Signal) {
        let Some(number) = room.fork().member(member_id).map(|member| member.number) else { return };
        self.groups().of.values().for_each(|group| group.signal(number, signal));
    }

    /// Bytes of the frames that its groups keep.
    pub(super) fn kept(&self) -> usize {
        self.groups().of.values().map(|group| group.kept()).sum()
    }

    /// Lets go of them.
    pub(super) fn let_go(&self) {
        self.groups().of.values().for_each(|group| group.let_go());
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Groups {
    /// Makes room for another group: of those that nobody uses any more, or of those who have most of them. Answers its
    /// number, in the order in which groups of the room began.
    fn make_room(&mut self, room: &Room, join: &Join<'_>) -> Result<u64, Joined> {
        let number = join.subscriber.number;
        self.of.retain(|_, group| group.is_used());
        let is_used_up = |groups: &Self| groups.by_size(|sizes| shares::is_used_up(sizes, number));
        let is_full = |groups: &Self| groups.by_size(|sizes| shares::is_full(sizes, number));
        if is_used_up(self) || is_full(self) {
            self.of.values().for_each(|group| group.forget_gone());
            self.of.retain(|_, group| group.is_used());
        }
        if is_used_up(self) {
            return Err(Joined::TooManyOfMember);
        }
        if room.after(join.subscriber.cursor, 1).is_none() {
            return Err(Joined::Behind);
        }
        if is_full(self) {
            let giving = self.by_size(|sizes| shares::to_give_way(sizes, number)).ok_or(Joined::TooManyGroups)?;
            let key = self.of.iter().find(|(_, group)| group.begun() == giving).map(|(key, _)| *key);
            // They go on by themselves, and find out whether there is room for them again.
            key.and_then(|key| self.of.remove(&key)).into_iter().for_each(|group| group.overrun());
        }
        self.begun += 1;
        Ok(self.begun)
    }

    fn by_size<T>(&self, judge: impl FnOnce(&[shares::Size<'_>]) -> T) -> T {
        let states: Vec<MutexGuard<'_, State>> = self.of.values().map(|group| group.state()).collect();
        judge(&states.iter().map(|state| state.size()).collect::<Vec<_>>())
    }
}
