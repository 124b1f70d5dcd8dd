//! All boards of this process, one for each workspace in which somebody is connected here or watches, and
//! the voice with which it tells the other processes of them.
//!
//! A task per board sleeps until something changes, and one for all of them beats. Promises: whoever holds a
//! [`Here`] is shown until it is dropped; a board stands as long as somebody uses it; a process that ends
//! says so. It knows the bus and the boards, not who may ask.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::beat::{Beat, Late};
use super::board::{Arrival, Leaving, Whose};
use super::open::{Open, State};
use super::peers::Peers;
use super::statement::Statement;
use super::watching::Watcher;
use super::{Activity, BEAT, PACE};
use crate::bus::{Bus, Interest};
use crate::error::Result;
use crate::id::{MemberId, SignInId, WorkspaceId};
use crate::live::renderings::Renderings;
use crate::supervise;
use crate::viewer::Connection;

/// The boards of this process.
#[derive(Debug)]
pub struct Boards {
    /// What others know this process by. A new one each time, so that what an earlier one said fades.
    process: Uuid,
    bus: Bus,
    open: Mutex<HashMap<WorkspaceId, Arc<Open>>>,
    fleet: Mutex<Fleet>,
    /// Another process wants to compare what it knows with all that there is here.
    asked: Arc<Notify>,
    /// Numbers the statements of all boards.
    versions: AtomicU64,
    arrivals: AtomicU64,
    ended: AtomicBool,
    renderings: Renderings,
}

/// What this process knows of the others, and they are to hear of it.
#[derive(Debug, Default)]
struct Fleet {
    peers: Peers,
    late: Late,
}

/// A member is here while this is held.
#[derive(Debug)]
pub struct Here {
    open: Arc<Open>,
    member_id: MemberId,
    key: u64,
}

impl Drop for Here {
    fn drop(&mut self) {
        self.open.depart(self.member_id, self.key);
    }
}

impl Boards {
    /// No boards yet.
    pub fn new(bus: Bus) -> Arc<Self> {
        let boards = Arc::new(Self {
            process: Uuid::from_u128(rand::random()),
            bus,
            open: Mutex::default(),
            fleet: Mutex::default(),
            asked: Arc::default(),
            versions: AtomicU64::new(0),
            arrivals: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            renderings: Renderings::default(),
        });
        if !boards.bus.is_in_process() {
            let weak = Arc::downgrade(&boards);
            supervise::spawn_forever("presence", move || beat(weak.clone()));
        }
        boards
    }

    /// What writes for those who watch.
    pub fn renderings(&self) -> &Renderings {
        &self.renderings
    }

    /// A member's `events` begin here, with this sign-in and on this connection.
    pub fn arrive(
        self: &Arc<Self>,
        workspace_id: WorkspaceId,
        member_id: MemberId,
        sign_in_id: SignInId,
        connection: Option<Connection>,
        activity: Activity,
    ) -> Here {
        let key = self.arrivals.fetch_add(1, Ordering::Relaxed);
        let arrival = Arrival { key, sign_in_id, connection, activity };
        let (open, ()) = self.open(workspace_id, |state| state.arrive(member_id, arrival));
        Here { open, member_id, key }
    }

    /// Somebody says how they are there. What concerns connections of other processes is told to them.
    pub fn set(&self, workspace_id: WorkspaceId, member_id: MemberId, whose: Whose, activity: Activity) {
        let found = self.boards().get(&workspace_id).cloned();
        if let Some(open) = found {
            open.set(member_id, whose, activity);
        } else if let Whose::SignIn(sign_in_id) = whose {
            let activities = vec![(member_id, sign_in_id, activity)];
            let said = Statement { process: self.process, activities, ..Statement::default() };
            self.bus.tell_presence(workspace_id, said.encode());
        }
    }

    /// Begins to tell a watcher, who is this member.
    ///
    /// # Errors
    /// `UNAVAILABLE` when they watch from too many places already.
    pub(super) fn watch(
        self: &Arc<Self>,
        workspace_id: WorkspaceId,
        member_id: MemberId,
        watcher: &Arc<Watcher>,
    ) -> Result<Arc<Open>> {
        let (open, begun) = self.open(workspace_id, |state| state.watch(member_id, watcher));
        begun.map(|()| open)
    }

    /// This process ends: the others are told at once, and nothing more is said.
    pub async fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.bus.beat(Beat { process: self.process, ends: true, ..Beat::default() }.encode());
        self.bus.flush().await;
    }

    fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn boards(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the board of a workspace, which is put up if there is none.
    fn open<T>(self: &Arc<Self>, workspace_id: WorkspaceId, change: impl FnOnce(&mut State) -> T) -> (Arc<Open>, T) {
        let mut boards = self.boards();
        let open = boards.entry(workspace_id).or_insert_with(|| {
            let open = Arc::new(Open::new(workspace_id, !self.bus.is_in_process()));
            let (boards, kept) = (self.clone(), open.clone());
            supervise::spawn_forever("presence", move || boards.clone().keep(kept.clone()));
            open
        });
        let open = open.clone();
        // Changed before the others are let in, so that a board in use is never taken down.
        let changed = open.change(change);
        drop(boards);
        (open, changed)
    }

    /// The life of a board.
    async fn keep(self: Arc<Self>, open: Arc<Open>) {
        let _interest = self.listen(&open);
        loop {
            let now = Instant::now();
            let (said, wake) = open.step(self.process, &self.versions, now);
            if said.iter().any(Statement::tells) {
                self.fleet().late.note(open.workspace_id, now);
            }
            for part in said {
                if !self.ended.load(Ordering::SeqCst) {
                    self.bus.tell_presence(open.workspace_id, part.encode());
                }
            }
            if self.take_down(&open) {
                return;
            }
            match wake {
                Some(wake) => tokio::select! {
                    () = open.stirred() => {}
                    () = sleep_until(wake) => {}
                },
                None => open.stirred().await,
            }
        }
    }

    /// Takes down a board that nobody uses and that has nothing more to say.
    fn take_down(&self, open: &Open) -> bool {
        let mut boards = self.boards();
        let unused = open.is_unused();
        if unused {
            boards.remove(&open.workspace_id);
        }
        unused
    }

    fn listen(self: &Arc<Self>, open: &Arc<Open>) -> Interest {
        let (boards, weak) = (Arc::downgrade(self), Arc::downgrade(open));
        let hear = move |bytes: Bytes| {
            let (Some(boards), Some(open)) = (boards.upgrade(), weak.upgrade()) else { return };
            let Some(said) = Statement::decode(&bytes) else { return };
            let now = Instant::now();
            boards.fleet().peers.note(said.process, now);
            open.hear(boards.process, &said, now);
        };
        let asks = Statement { process: self.process, asks: true, ..Statement::default() };
        self.bus.listen_presence(open.workspace_id, Arc::new(hear), asks.encode())
    }

    /// Takes the beat of another process.
    fn hear(&self, beat: &Beat, now: Instant) {
        if beat.asks == Some(self.process) {
            self.asked.notify_one();
        }
        let boards = self.boards();
        let has_any = !boards.is_empty();
        // Most beats list few workspaces, or none.
        let open: Vec<Arc<Open>> = match beat.all {
            None if !beat.ends => beat.told.keys().filter_map(|id| boards.get(id).cloned()).collect(),
            _ => boards.values().cloned().collect(),
        };
        drop(boards);
        if beat.ends {
            self.fleet().peers.ended(beat.process);
            return open.iter().for_each(|open| open.leave(beat.process, Leaving::Orderly(now)));
        }
        let is_new = self.fleet().peers.beat(beat.process, beat.all.is_some(), now);
        // With nothing open there is nothing to compare; what is opened later asks for itself.
        if is_new && has_any {
            let asks = Beat { process: self.process, asks: Some(beat.process), ..Beat::default() };
            self.bus.beat(asks.encode());
        }
        open.iter().for_each(|open| open.compare(beat, now));
    }

    /// Lets go the people of processes that fell silent; answers when to look again.
    fn expire(&self, now: Instant) -> Option<Instant> {
        let mut fleet = self.fleet();
        let (silent, next) = (fleet.peers.expire(now), fleet.peers.next_expiry());
        drop(fleet);
        if !silent.is_empty() {
            let open: Vec<Arc<Open>> = self.boards().values().cloned().collect();
            let gone = silent.into_iter().flat_map(|process| open.iter().map(move |open| (process, open)));
            gone.for_each(|(process, open)| open.leave(process, Leaving::Silent));
        }
        next
    }

    /// What was told of these workspaces. The version is looked at first: what is told meanwhile is newer.
    fn told(
        &self,
        which: impl FnOnce(&HashMap<WorkspaceId, Arc<Open>>) -> Vec<WorkspaceId>,
    ) -> (u64, BTreeMap<WorkspaceId, u64>) {
        let version = self.versions.load(Ordering::SeqCst);
        let boards = self.boards();
        let told = which(&boards).into_iter().map(|id| (id, boards.get(&id).map_or(0, |open| open.told())));
        (version, told.collect())
    }

    /// The beats that are due: of all workspaces, or of those that were told of lately.
    fn beats(&self, of_all: bool, now: Instant) -> Vec<Beat> {
        if of_all {
            let (version, told) = self.told(|boards| boards.keys().copied().collect());
            return Beat::of_all(self.process, version, told.into_iter().filter(|(_, told)| *told > 0).collect());
        }
        let late = self.fleet().late.list(now);
        let (version, told) = self.told(|_| late);
        Beat::of_late(self.process, version, told)
    }
}

/// Beats for as long as the boards are there, and hears the beats of other processes.
async fn beat(boards: Weak<Boards>) {
    let Some((bus, asked)) = boards.upgrade().map(|boards| (boards.bus.clone(), boards.asked.clone())) else { return };
    let heard = boards.clone();
    let _interest = bus.listen_beats(Arc::new(move |said: &[u8]| {
        if let (Some(boards), Some(beat)) = (heard.upgrade(), Beat::decode(said)) {
            boards.hear(&beat, Instant::now());
        }
    }));
    let (mut of_all, mut last) = (false, None);
    loop {
        let now = Instant::now();
        let Some(here) = boards.upgrade().filter(|boards| !boards.ended.load(Ordering::SeqCst)) else { return };
        let due = |last: Instant, of_all| last + if of_all { PACE } else { BEAT };
        if last.is_none_or(|last| due(last, of_all) <= now) {
            here.beats(of_all, now).iter().for_each(|beat| bus.beat(beat.encode()));
            (last, of_all) = (Some(now), false);
        }
        let next = due(last.unwrap_or(now), of_all);
        let wake = here.expire(now).map_or(next, |expiry| expiry.min(next));
        drop(here);
        tokio::select! {
            () = asked.notified() => of_all = true,
            () = sleep_until(wake) => {}
        }
    }
}
