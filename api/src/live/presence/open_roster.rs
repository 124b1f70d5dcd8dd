//! An open roster: its watchers, and the updates to publish to other processes.
//!
//! A change is delivered only to watchers of that member. In a fleet, changes are published at most once a second, and
//! full updates on request. This module does no I/O: it returns the updates to publish and when to run next.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use super::heartbeat::Heartbeat;
use super::roster::{ActivityScope, Departure, LocalConnection, Roster};
use super::update::PresenceUpdate;
use super::watcher::Watcher;
use crate::ground::error::{Error, Result};
use crate::ground::id::{MemberId, SessionId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::model::presence::{Activity, MAX_SUBSCRIPTIONS_PER_MEMBER, Presence, UPDATE_INTERVAL};

/// A roster with its watchers and publishing state.
#[derive(Debug)]
pub(super) struct OpenRoster {
    pub(super) workspace_id: WorkspaceId,
    /// When the subscription to other processes started.
    pub(super) began: Instant,
    /// Whether there are other processes.
    pub(super) in_fleet: bool,
    state: Mutex<State>,
    changed: Notify,
}

/// The mutable state.
#[derive(Debug)]
pub(super) struct State {
    roster: Roster,
    watchers: HashMap<MemberId, Vec<Arc<Watcher>>>,
    /// Number of subscriptions per watching member.
    watching: HashMap<MemberId, usize>,
    /// Unpublished activity of connections on other processes, reported to this one. The last report wins.
    activities: HashMap<(MemberId, SessionId), Activity>,
    /// When an update was last published.
    last_published: Option<Instant>,
    /// Version of the last update about local members. 0 before the first one, which is a full update.
    version: u64,
    /// Whether another process has requested a full update.
    is_full_requested: bool,
}

impl OpenRoster {
    pub(super) fn new(workspace_id: WorkspaceId, in_fleet: bool) -> Self {
        let began = Instant::now();
        let state = State {
            roster: Roster::default(),
            watchers: HashMap::new(),
            watching: HashMap::new(),
            activities: HashMap::new(),
            last_published: None,
            version: 0,
            is_full_requested: false,
        };
        Self { workspace_id, began, in_fleet, state: Mutex::new(state), changed: Notify::new() }
    }

    /// Applies a change and wakes affected watchers and the roster's task.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        let result = change(&mut state);
        state.notify_watchers();
        drop(state);
        self.changed.notify_one();
        result
    }

    /// Waits for the next change.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Returns the shown presence of a member.
    pub(super) fn presence(&self, member_id: MemberId) -> Presence {
        self.state.lock().roster.presence(member_id)
    }

    /// Returns whether the roster has no local subscriptions, no watchers and no unpublished changes.
    pub(super) fn is_unused(&self) -> bool {
        let state = self.state.lock();
        state.roster.has_no_local_connections() && state.watching.is_empty() && !state.has_unpublished()
    }

    pub(super) fn depart(&self, member_id: MemberId, key: u64) {
        self.change(|state| state.roster.depart(member_id, key, Instant::now()));
    }

    pub(super) fn set(&self, member_id: MemberId, scope: ActivityScope, activity: Activity) {
        self.change(|state| {
            state.roster.set(member_id, scope, activity, Instant::now());
            if let ActivityScope::Session(session_id) = scope
                && state.roster.is_on_other_process(member_id)
            {
                state.activities.insert((member_id, session_id), activity);
            }
        });
    }

    /// Handles an update or request from another process.
    pub(super) fn receive(&self, process: Uuid, update: &PresenceUpdate, now: Instant) {
        match update.asks {
            true if update.to.is_none_or(|to| to == process) => self.change(|state| state.is_full_requested = true),
            true => {}
            false => self.change(|state| state.roster.receive(update, now)),
        }
    }

    /// Compares the versions announced by a heartbeat with the received updates.
    pub(super) fn compare(&self, heartbeat: &Heartbeat, now: Instant) {
        if heartbeat.is_absent_from(self.workspace_id) {
            self.change(|state| state.roster.expect_absence(heartbeat.process, heartbeat.version, now));
        } else if let Some(version) = heartbeat.told.get(&self.workspace_id) {
            self.change(|state| state.roster.expect(heartbeat.process, *version, now));
        }
    }

    /// Removes another process and its members.
    pub(super) fn leave(&self, process: Uuid, how: Departure) {
        self.change(|state| state.roster.leave(process, how));
    }

    /// Returns the version of the last update about local members, or 0 if there are none.
    pub(super) fn version(&self) -> u64 {
        let state = self.state.lock();
        if state.roster.has_no_local_connections() { 0 } else { state.version }
    }

    /// Removes a watcher of this member.
    pub(super) fn unwatch(&self, member_id: MemberId, watcher: &Arc<Watcher>) {
        self.change(|state| state.unwatch(member_id, watcher));
    }

    /// Expires departed members. Returns the updates to publish now, numbered by `versions`, and when to run next.
    pub(super) fn step(
        &self,
        process: Uuid,
        versions: &AtomicU64,
        now: Instant,
    ) -> (Vec<PresenceUpdate>, Option<Instant>) {
        let mut state = self.state.lock();
        state.roster.expire(now);
        state.notify_watchers();
        if !self.in_fleet {
            state.roster.clear_unpublished();
            return (Vec::new(), state.roster.next_expiry());
        }
        let mut updates =
            if state.next_publish_at(now) <= now { state.next_updates(process, versions, now) } else { Vec::new() };
        let request = |to| PresenceUpdate { process, asks: true, to: Some(to), ..PresenceUpdate::default() };
        updates.extend(state.roster.due_requests(now).into_iter().map(request));
        let more = (state.has_unpublished() || state.is_full_requested).then(|| state.next_publish_at(now));
        (updates, [more, state.roster.next_expiry()].into_iter().flatten().min())
    }
}

impl State {
    pub(super) fn arrive(&mut self, member_id: MemberId, arrival: LocalConnection) {
        self.roster.arrive(member_id, arrival, Instant::now());
    }

    pub(super) fn watch(&mut self, member_id: MemberId, watcher: &Arc<Watcher>) -> Result<()> {
        if self.watching.get(&member_id).is_some_and(|count| *count >= MAX_SUBSCRIPTIONS_PER_MEMBER) {
            let message = format!(
                "Presence subscription limit reached: {MAX_SUBSCRIPTIONS_PER_MEMBER} per workspace. End one first."
            );
            return Err(Error::Unavailable(message));
        }
        *self.watching.entry(member_id).or_default() += 1;
        for id in &watcher.ids {
            self.watchers.entry(*id).or_default().push(watcher.clone());
        }
        Ok(())
    }

    fn unwatch(&mut self, member_id: MemberId, watcher: &Arc<Watcher>) {
        for id in &watcher.ids {
            if let Some(watchers) = self.watchers.get_mut(id) {
                watchers.retain(|one| !Arc::ptr_eq(one, watcher));
            }
            if self.watchers.get(id).is_some_and(Vec::is_empty) {
                self.watchers.remove(id);
            }
        }
        match self.watching.get_mut(&member_id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = self.watching.remove(&member_id),
        }
    }

    /// Wakes the watchers of members whose shown presence changed.
    fn notify_watchers(&mut self) {
        for member_id in self.roster.take_changed() {
            let watchers = self.watchers.get(&member_id).map_or(&[][..], Vec::as_slice);
            watchers.iter().for_each(|watcher| watcher.mark(member_id));
        }
    }

    fn has_unpublished(&self) -> bool {
        self.roster.has_unpublished() || !self.activities.is_empty()
    }

    fn next_publish_at(&self, now: Instant) -> Instant {
        self.last_published.map_or(now, |at| at + UPDATE_INTERVAL)
    }

    /// Returns the updates to publish now, if any.
    fn next_updates(&mut self, process: Uuid, versions: &AtomicU64, now: Instant) -> Vec<PresenceUpdate> {
        // The first update is full. Requests for a roster that never had local members are not answered.
        let is_first = self.version == 0;
        let all = if is_first { !self.roster.has_no_local_connections() } else { self.is_full_requested };
        let mut update = if all { self.roster.all(process) } else { self.roster.take_unpublished(process) };
        self.is_full_requested = false;
        let activities = std::mem::take(&mut self.activities).into_iter();
        update.activities = activities.map(|((member, session), activity)| (member, session, activity)).collect();
        if update.is_empty() {
            return Vec::new();
        }
        self.last_published = Some(now);
        let mut parts = update.split();
        for part in parts.iter_mut().filter(|part| part.has_members()) {
            part.after = self.version;
            self.version = versions.fetch_add(1, Ordering::SeqCst) + 1;
            part.version = self.version;
        }
        parts
    }
}
