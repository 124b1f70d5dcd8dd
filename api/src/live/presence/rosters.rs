//! The open rosters of this process, one per workspace with local connections or subscriptions, and their connection to
//! the bus.
//!
//! A task per roster sleeps until it changes, and one task sends heartbeats for all of them. A member is present until
//! their [`PresenceGuard`] is dropped. A roster stays open while it is used. A process that shuts down announces it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::heartbeat::{Heartbeat, RecentUpdates};
use super::open_roster::{OpenRoster, State};
use super::peers::Peers;
use super::roster::{ActivityScope, Departure, LocalConnection};
use super::update::PresenceUpdate;
use super::watcher::Watcher;
use crate::adapter::bus::{Bus, BusSubscription};
use crate::ground::error::Result;
use crate::ground::id::{MemberId, SessionId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::ground::supervise;
use crate::live::execution_pool::ExecutionPool;
use crate::model::presence::{Activity, HEARTBEAT_INTERVAL, UPDATE_INTERVAL};
use crate::model::viewer::Connection;

/// The open rosters of this process.
#[derive(Debug)]
pub struct Rosters {
    /// Id of this process on the bus. Random per start, so that the presence of an earlier run expires.
    process: Uuid,
    bus: Bus,
    open: Mutex<HashMap<WorkspaceId, Arc<OpenRoster>>>,
    fleet: Mutex<Fleet>,
    /// Notified when another process requests heartbeats with all workspaces.
    list_requested: Arc<Notify>,
    /// Version counter of the updates of all rosters.
    versions: AtomicU64,
    arrivals: AtomicU64,
    ended: AtomicBool,
    execution_pool: ExecutionPool,
}

/// State of the exchange with other processes.
#[derive(Debug, Default)]
struct Fleet {
    peers: Peers,
    recent: RecentUpdates,
}

/// Keeps a member present until it is dropped.
#[derive(Debug)]
pub struct PresenceGuard {
    open: Arc<OpenRoster>,
    member_id: MemberId,
    key: u64,
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        self.open.depart(self.member_id, self.key);
    }
}

impl Rosters {
    /// Creates an empty set of rosters, and starts the heartbeat task if there are other processes.
    pub fn new(bus: Bus) -> Arc<Self> {
        let rosters = Arc::new(Self {
            process: Uuid::from_u128(rand::random()),
            bus,
            open: Mutex::default(),
            fleet: Mutex::default(),
            list_requested: Arc::default(),
            versions: AtomicU64::new(0),
            arrivals: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            execution_pool: ExecutionPool::default(),
        });
        if !rosters.bus.is_in_process() {
            let weak = Arc::downgrade(&rosters);
            supervise::spawn_forever("presence", move || run_heartbeats(weak.clone()));
        }
        rosters
    }

    /// Returns the shared execution pool for presence subscriptions.
    pub fn execution_pool(&self) -> &ExecutionPool {
        &self.execution_pool
    }

    /// Registers an `events` subscription of a member.
    pub fn arrive(
        self: &Arc<Self>,
        workspace_id: WorkspaceId,
        member_id: MemberId,
        session_id: SessionId,
        connection: Option<Connection>,
        activity: Activity,
    ) -> PresenceGuard {
        let key = self.arrivals.fetch_add(1, Ordering::Relaxed);
        let arrival = LocalConnection { key, session_id, connection, activity };
        let (open, ()) = self.open(workspace_id, |state| state.arrive(member_id, arrival));
        PresenceGuard { open, member_id, key }
    }

    /// Sets the activity of a member. Publishes it if it concerns connections on other processes.
    pub fn set(&self, workspace_id: WorkspaceId, member_id: MemberId, whose: ActivityScope, activity: Activity) {
        let found = self.open.lock().get(&workspace_id).cloned();
        if let Some(open) = found {
            open.set(member_id, whose, activity);
        } else if let ActivityScope::Session(session_id) = whose {
            let activities = vec![(member_id, session_id, activity)];
            let update = PresenceUpdate { process: self.process, activities, ..PresenceUpdate::default() };
            self.bus.publish_presence(workspace_id, update.encode());
        }
    }

    /// Adds a watcher of this member.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the member has too many subscriptions.
    pub(super) fn watch(
        self: &Arc<Self>,
        workspace_id: WorkspaceId,
        member_id: MemberId,
        watcher: &Arc<Watcher>,
    ) -> Result<Arc<OpenRoster>> {
        let (open, result) = self.open(workspace_id, |state| state.watch(member_id, watcher));
        result.map(|()| open)
    }

    /// Announces that this process is shutting down, and stops publishing.
    pub async fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.bus.publish_heartbeat(Heartbeat { process: self.process, ends: true, ..Heartbeat::default() }.encode());
        self.bus.flush().await;
    }

    /// Applies a change to the roster of a workspace. Opens the roster if necessary.
    fn open<T>(
        self: &Arc<Self>,
        workspace_id: WorkspaceId,
        change: impl FnOnce(&mut State) -> T,
    ) -> (Arc<OpenRoster>, T) {
        let mut rosters = self.open.lock();
        let open = rosters.entry(workspace_id).or_insert_with(|| {
            let open = Arc::new(OpenRoster::new(workspace_id, !self.bus.is_in_process()));
            let (rosters, roster) = (self.clone(), open.clone());
            supervise::spawn_forever("presence", move || rosters.clone().run(roster.clone()));
            open
        });
        let open = open.clone();
        // Apply the change under the lock, so that a roster in use is never removed.
        let changed = open.change(change);
        drop(rosters);
        (open, changed)
    }

    /// Runs a roster until it is unused.
    async fn run(self: Arc<Self>, open: Arc<OpenRoster>) {
        let _interest = self.subscribe(&open);
        loop {
            let now = Instant::now();
            let (updates, wake) = open.step(self.process, &self.versions, now);
            if updates.iter().any(PresenceUpdate::has_members) {
                self.fleet.lock().recent.record(open.workspace_id, now);
            }
            for part in updates {
                if !self.ended.load(Ordering::SeqCst) {
                    self.bus.publish_presence(open.workspace_id, part.encode());
                }
            }
            if self.remove_if_unused(&open) {
                return;
            }
            match wake {
                Some(wake) => tokio::select! {
                    () = open.changed() => {}
                    () = sleep_until(wake) => {}
                },
                None => open.changed().await,
            }
        }
    }

    /// Removes a roster that is unused and has no unpublished changes. Returns whether it did.
    fn remove_if_unused(&self, open: &OpenRoster) -> bool {
        let mut rosters = self.open.lock();
        let unused = open.is_unused();
        if unused {
            rosters.remove(&open.workspace_id);
        }
        unused
    }

    fn subscribe(self: &Arc<Self>, open: &Arc<OpenRoster>) -> BusSubscription {
        let (rosters, weak) = (Arc::downgrade(self), Arc::downgrade(open));
        let handler = move |bytes: Bytes| {
            let (Some(rosters), Some(open)) = (rosters.upgrade(), weak.upgrade()) else { return };
            let Some(update) = PresenceUpdate::decode(&bytes) else { return };
            let now = Instant::now();
            rosters.fleet.lock().peers.record(update.process, now);
            open.receive(rosters.process, &update, now);
        };
        let asks = PresenceUpdate { process: self.process, asks: true, ..PresenceUpdate::default() };
        self.bus.subscribe_presence(open.workspace_id, Arc::new(handler), asks.encode())
    }

    /// Handles a heartbeat of another process.
    fn handle_heartbeat(&self, heartbeat: &Heartbeat, now: Instant) {
        if heartbeat.asks == Some(self.process) {
            self.list_requested.notify_one();
        }
        let rosters = self.open.lock();
        let has_any = !rosters.is_empty();
        // Most heartbeats list few workspaces, or none.
        let open: Vec<Arc<OpenRoster>> = match heartbeat.all {
            None if !heartbeat.ends => heartbeat.told.keys().filter_map(|id| rosters.get(id).cloned()).collect(),
            _ => rosters.values().cloned().collect(),
        };
        drop(rosters);
        if heartbeat.ends {
            self.fleet.lock().peers.remove(heartbeat.process);
            return open.iter().for_each(|open| open.leave(heartbeat.process, Departure::Orderly(now)));
        }
        let is_new = self.fleet.lock().peers.record_heartbeat(heartbeat.process, heartbeat.all.is_some(), now);
        // Without open rosters there is nothing to compare. Rosters opened later request updates themselves.
        if is_new && has_any {
            let asks = Heartbeat { process: self.process, asks: Some(heartbeat.process), ..Heartbeat::default() };
            self.bus.publish_heartbeat(asks.encode());
        }
        open.iter().for_each(|open| open.compare(heartbeat, now));
    }

    /// Removes the members of processes that timed out. Returns when to check again.
    fn expire(&self, now: Instant) -> Option<Instant> {
        let mut fleet = self.fleet.lock();
        let (silent, next) = (fleet.peers.expire(now), fleet.peers.next_expiry());
        drop(fleet);
        if !silent.is_empty() {
            let open: Vec<Arc<OpenRoster>> = self.open.lock().values().cloned().collect();
            let gone = silent.into_iter().flat_map(|process| open.iter().map(move |open| (process, open)));
            gone.for_each(|(process, open)| open.leave(process, Departure::Silent));
        }
        next
    }

    /// Returns the update versions of these workspaces. Reads the overall version first, so that concurrent updates are
    /// newer.
    fn versions_of(
        &self,
        which: impl FnOnce(&HashMap<WorkspaceId, Arc<OpenRoster>>) -> Vec<WorkspaceId>,
    ) -> (u64, BTreeMap<WorkspaceId, u64>) {
        let version = self.versions.load(Ordering::SeqCst);
        let rosters = self.open.lock();
        let told = which(&rosters).into_iter().map(|id| (id, rosters.get(&id).map_or(0, |open| open.version())));
        (version, told.collect())
    }

    /// Returns the heartbeats to send: with all workspaces, or with recently updated ones.
    fn heartbeats(&self, of_all: bool, now: Instant) -> Vec<Heartbeat> {
        if of_all {
            let (version, told) = self.versions_of(|rosters| rosters.keys().copied().collect());
            return Heartbeat::of_all(self.process, version, told.into_iter().filter(|(_, told)| *told > 0).collect());
        }
        let recent = self.fleet.lock().recent.list(now);
        let (version, told) = self.versions_of(|_| recent);
        Heartbeat::listing_recent(self.process, version, told)
    }
}

/// Sends heartbeats and handles those of other processes, until the rosters are dropped.
async fn run_heartbeats(rosters: Weak<Rosters>) {
    let Some((bus, list_requested)) =
        rosters.upgrade().map(|rosters| (rosters.bus.clone(), rosters.list_requested.clone()))
    else {
        return;
    };
    let weak = rosters.clone();
    let _interest = bus.subscribe_heartbeats(Arc::new(move |bytes: &[u8]| {
        if let (Some(rosters), Some(heartbeat)) = (weak.upgrade(), Heartbeat::decode(bytes)) {
            rosters.handle_heartbeat(&heartbeat, Instant::now());
        }
    }));
    let (mut of_all, mut last) = (false, None);
    loop {
        let now = Instant::now();
        let Some(here) = rosters.upgrade().filter(|rosters| !rosters.ended.load(Ordering::SeqCst)) else { return };
        let due = |last: Instant, of_all| last + if of_all { UPDATE_INTERVAL } else { HEARTBEAT_INTERVAL };
        if last.is_none_or(|last| due(last, of_all) <= now) {
            here.heartbeats(of_all, now).iter().for_each(|heartbeat| bus.publish_heartbeat(heartbeat.encode()));
            (last, of_all) = (Some(now), false);
        }
        let next = due(last.unwrap_or(now), of_all);
        let wake = here.expire(now).map_or(next, |expiry| expiry.min(next));
        drop(here);
        tokio::select! {
            () = list_requested.notified() => of_all = true,
            () = sleep_until(wake) => {}
        }
    }
}
