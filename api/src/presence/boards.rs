//! All boards of this process, one for each workspace in which somebody is connected here or watches, and
//! the voice with which it tells the other processes of them.
//!
//! A task per board sleeps until something changes or it is time to speak. Promises: whoever holds a
//! [`Here`] is shown until it is dropped; a board stands as long as somebody uses it; a process that ends
//! says so. It knows the bus and the boards, not who may ask.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::Activity;
use super::board::{Arrival, Whose};
use super::open::{Open, State};
use super::statement::Statement;
use super::watching::Watcher;
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
    arrivals: AtomicU64,
    ended: AtomicBool,
    renderings: Renderings,
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
        let process = Uuid::from_u128(rand::random());
        let (arrivals, ended) = (AtomicU64::new(0), AtomicBool::new(false));
        let renderings = Renderings::default();
        Arc::new(Self { process, bus, open: Mutex::default(), arrivals, ended, renderings })
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
        let said = Statement { process: self.process, ends: true, ..Statement::default() };
        let workspaces: Vec<WorkspaceId> = self.boards().keys().copied().collect();
        for workspace_id in workspaces {
            self.bus.tell_presence(workspace_id, said.encode());
        }
        self.bus.flush().await;
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
            let (said, wake) = open.step(self.process, Instant::now());
            for part in said.into_iter().flat_map(Statement::cut) {
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

    fn listen(&self, open: &Arc<Open>) -> Interest {
        let weak = Arc::downgrade(open);
        let hear = move |bytes: Bytes| {
            let (Some(open), Some(said)) = (weak.upgrade(), Statement::decode(&bytes)) else { return };
            open.hear(&said, Instant::now());
        };
        let asks = Statement { process: self.process, asks: true, ..Statement::default() };
        self.bus.listen_presence(open.workspace_id, Arc::new(hear), asks.encode())
    }
}
