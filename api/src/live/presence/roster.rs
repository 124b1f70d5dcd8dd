//! The presence roster of a workspace: local connections, members on other processes, and the resulting presence.
//!
//! Plain data: callers pass in the time and take changes out. The most active connection of a member is shown. After an
//! orderly departure a member stays present for a grace period, so that reconnecting is not visible. Members of a
//! process that timed out are removed at once. After a missed update, the roster schedules a request for a full one.

use std::collections::{HashMap, HashSet, VecDeque};

use tokio::time::Instant;
use uuid::Uuid;

use super::update::PresenceUpdate;
use crate::ground::id::{MemberId, SessionId};
use crate::model::presence::{Activity, DEPARTURE_GRACE, HEARTBEAT_INTERVAL, Presence, UPDATE_INTERVAL};
use crate::model::viewer::Connection;

/// An `events` subscription of a member on this process.
#[derive(Debug, Clone, Copy)]
pub struct LocalConnection {
    /// Unique within the process.
    pub key: u64,
    /// The session that it was opened with.
    pub session_id: SessionId,
    /// The connection that it runs on, if that can carry activity updates.
    pub connection: Option<Connection>,
    /// Current activity of the user.
    pub activity: Activity,
}

/// The subscriptions that an activity update applies to.
#[derive(Debug, Clone, Copy)]
pub enum ActivityScope {
    /// Subscriptions on one connection.
    Connection(Connection),
    /// All subscriptions of one session.
    Session(SessionId),
}

/// Presence on another process, according to its updates.
#[derive(Debug, Default)]
struct Other {
    /// Version up to which all updates were received.
    version: u64,
    members: HashMap<MemberId, Activity>,
    /// When to request a full update, because updates are missing.
    request_at: Option<Instant>,
    /// The latest version that the process has announced.
    newest: u64,
}

/// How a process departs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Announced: its members stay present for the grace period.
    Orderly(Instant),
    /// Timed out.
    Silent,
}

/// The presence roster of a workspace.
#[derive(Debug, Default)]
pub struct Roster {
    here: HashMap<MemberId, Vec<LocalConnection>>,
    others: HashMap<Uuid, Other>,
    /// Shown activity of members who are not offline.
    shown: HashMap<MemberId, Activity>,
    /// End of the grace period of departed members. `fades` is ordered by time and may contain outdated entries.
    fading: HashMap<MemberId, Instant>,
    fades: VecDeque<(Instant, MemberId)>,
    /// Members whose shown presence changed since this was last taken.
    changed: Vec<MemberId>,
    /// Members with local changes that are not published yet.
    unpublished: HashSet<MemberId>,
}

impl Roster {
    /// Adds a local subscription.
    pub fn arrive(&mut self, member_id: MemberId, arrival: LocalConnection, now: Instant) {
        self.here.entry(member_id).or_default().push(arrival);
        self.record_local_change(member_id, now);
    }

    /// Removes a local subscription.
    pub fn depart(&mut self, member_id: MemberId, key: u64, now: Instant) {
        let Some(arrivals) = self.here.get_mut(&member_id) else { return };
        arrivals.retain(|one| one.key != key);
        if arrivals.is_empty() {
            self.here.remove(&member_id);
        }
        self.record_local_change(member_id, now);
    }

    /// Sets the activity of a member's local subscriptions in a scope.
    pub fn set(&mut self, member_id: MemberId, scope: ActivityScope, activity: Activity, now: Instant) {
        let Some(arrivals) = self.here.get_mut(&member_id) else { return };
        for one in arrivals.iter_mut() {
            let is_in_scope = match scope {
                ActivityScope::Connection(connection) => one.connection == Some(connection),
                ActivityScope::Session(session_id) => one.session_id == session_id,
            };
            if is_in_scope {
                one.activity = activity;
            }
        }
        self.record_local_change(member_id, now);
    }

    /// Applies an update from another process.
    pub fn receive(&mut self, update: &PresenceUpdate, now: Instant) {
        for (member_id, session_id, activity) in &update.activities {
            self.set(*member_id, ActivityScope::Session(*session_id), *activity, now);
        }
        if !update.has_members() {
            return;
        }
        let other = self.others.entry(update.process).or_default();
        if update.version <= other.version {
            return;
        }
        let before = if update.all { std::mem::take(&mut other.members) } else { HashMap::new() };
        for (member_id, activity) in update.named() {
            match activity {
                Some(activity) => other.members.insert(member_id, activity),
                None => other.members.remove(&member_id),
            };
        }
        other.newest = other.newest.max(update.version);
        if update.all || update.after == other.version {
            other.version = update.version;
        }
        let is_missing = other.version < other.newest;
        other.request_at = is_missing.then_some(other.request_at.unwrap_or(now + UPDATE_INTERVAL));
        let named = update.named().map(|(member_id, _)| member_id);
        before.into_keys().chain(named).for_each(|member_id| self.settle(member_id, Some(now)));
    }

    /// Records that another process has announced a version. Updates that do not arrive shortly count as missed.
    pub fn expect(&mut self, process: Uuid, version: u64, now: Instant) {
        let other = self.others.entry(process).or_default();
        other.newest = other.newest.max(version);
        if other.version < other.newest && other.request_at.is_none() {
            other.request_at = Some(now + UPDATE_INTERVAL);
        }
    }

    /// Records that no member is connected to another process, unless it has published an update since this version.
    pub fn expect_absence(&mut self, process: Uuid, version: u64, now: Instant) {
        if self.others.get(&process).is_some_and(|other| other.newest <= version) {
            self.leave(process, Departure::Orderly(now));
        }
    }

    /// Removes another process and its members.
    pub fn leave(&mut self, process: Uuid, how: Departure) {
        let orderly = match how {
            Departure::Orderly(now) => Some(now),
            Departure::Silent => None,
        };
        let members = self.others.remove(&process).map(|other| other.members).unwrap_or_default();
        members.into_keys().for_each(|member_id| self.settle(member_id, orderly));
    }

    /// Returns the processes to request full updates from now. Requests are repeated until they are answered.
    pub fn due_requests(&mut self, now: Instant) -> Vec<Uuid> {
        let due = self.others.iter_mut().filter(|(_, other)| other.request_at.is_some_and(|at| at <= now));
        let processes = due.map(|(process, other)| {
            other.request_at = Some(now + HEARTBEAT_INTERVAL);
            *process
        });
        processes.collect()
    }

    /// Removes members whose grace period has ended.
    pub fn expire(&mut self, now: Instant) {
        while let Some((until, member_id)) = self.fades.pop_front_if(|(until, _)| *until <= now) {
            if self.fading.get(&member_id) == Some(&until) {
                self.settle(member_id, None);
            }
        }
    }

    /// Returns when [`Roster::expire`] or [`Roster::due_requests`] is due next.
    pub fn next_expiry(&self) -> Option<Instant> {
        let requests = self.others.values().filter_map(|other| other.request_at);
        requests.chain(self.fades.front().map(|(until, _)| *until)).min()
    }

    /// Returns the shown presence of a member.
    pub fn presence(&self, member_id: MemberId) -> Presence {
        self.shown.get(&member_id).copied().into()
    }

    /// Takes the members whose shown presence changed. May contain duplicates.
    pub fn take_changed(&mut self) -> Vec<MemberId> {
        std::mem::take(&mut self.changed)
    }

    /// Takes the update with all unpublished changes.
    pub fn take_unpublished(&mut self, process: Uuid) -> PresenceUpdate {
        let mut update = PresenceUpdate { process, ..PresenceUpdate::default() };
        for member_id in std::mem::take(&mut self.unpublished) {
            update.name(member_id, self.local_activity(member_id));
        }
        update
    }

    /// Discards unpublished changes, because there are no other processes.
    pub fn clear_unpublished(&mut self) {
        self.unpublished.clear();
    }

    /// Returns a full update with all local members.
    pub fn all(&mut self, process: Uuid) -> PresenceUpdate {
        self.unpublished = HashSet::new();
        let mut update = PresenceUpdate { process, all: true, ..PresenceUpdate::default() };
        self.here.keys().for_each(|member_id| update.name(*member_id, self.local_activity(*member_id)));
        update
    }

    /// Returns whether there are no local subscriptions.
    pub fn has_no_local_connections(&self) -> bool {
        self.here.is_empty()
    }

    /// Returns whether there are unpublished changes.
    pub fn has_unpublished(&self) -> bool {
        !self.unpublished.is_empty()
    }

    /// Returns whether the member is connected to another process.
    pub fn is_on_other_process(&self, member_id: MemberId) -> bool {
        self.others.values().any(|other| other.members.contains_key(&member_id))
    }

    fn local_activity(&self, member_id: MemberId) -> Option<Activity> {
        self.here.get(&member_id)?.iter().map(|one| one.activity).max()
    }

    fn record_local_change(&mut self, member_id: MemberId, now: Instant) {
        self.unpublished.insert(member_id);
        self.settle(member_id, Some(now));
    }

    /// Recomputes the shown presence of a member. A departed member keeps it for the grace period after `orderly`, if
    /// the departure was orderly.
    fn settle(&mut self, member_id: MemberId, orderly: Option<Instant>) {
        let others = self.others.values().filter_map(|other| other.members.get(&member_id)).copied();
        let activity = others.chain(self.local_activity(member_id)).max();
        let before = self.shown.get(&member_id).copied();
        match (activity, orderly) {
            (Some(activity), _) => {
                self.fading.remove(&member_id);
                self.shown.insert(member_id, activity);
            }
            (None, Some(now)) if before.is_some() => {
                self.fading.entry(member_id).or_insert_with(|| {
                    self.fades.push_back((now + DEPARTURE_GRACE, member_id));
                    now + DEPARTURE_GRACE
                });
            }
            (None, _) => {
                self.fading.remove(&member_id);
                self.shown.remove(&member_id);
            }
        }
        if self.shown.get(&member_id).copied() != before {
            self.changed.push(member_id);
        }
    }
}

#[cfg(test)]
mod tests;
