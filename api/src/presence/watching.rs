//! Watching: one subscription to the presence of some members.
//!
//! It says first how all of them are, and then, at most once a second, who is otherwise than it last said.
//! Promises: what a slow reader has not taken costs one mark per member, however often they changed;
//! nothing comes after the sign-in has ended or the member has left; a process that cannot know whether
//! they have left says nothing. It knows no schema.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::boards::Boards;
use super::open::Open;
use super::{PACE, Presence, SETTLE};
use crate::bus::Interest;
use crate::error::{Error, Result};
use crate::id::MemberId;
use crate::live::ending::Ending;
use crate::live::heartbeat::Fresh;
use crate::live::room::Room;

/// One who watches, as the board knows them.
#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) ids: Vec<MemberId>,
    marked: Mutex<HashSet<MemberId>>,
    woken: Notify,
}

impl Watcher {
    /// Something else is shown of a member who is watched.
    pub(super) fn mark(&self, member_id: MemberId) {
        self.marked.lock().unwrap_or_else(PoisonError::into_inner).insert(member_id);
        self.woken.notify_one();
    }

    fn take_marked(&self) -> HashSet<MemberId> {
        std::mem::take(&mut *self.marked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What watching begins with.
pub struct Start {
    /// Where the members may be.
    pub boards: Arc<Boards>,
    /// The room of the workspace; it stays in memory, and hears of others, while somebody watches.
    pub room: Arc<Room>,
    /// Other processes are listened to while this lives.
    pub interest: Arc<Interest>,
    /// Who watches.
    pub member_id: MemberId,
    /// Whom. What a workspace does not have is offline.
    pub ids: Vec<MemberId>,
    /// Whether this process may speak.
    pub fresh: Fresh,
    /// The end of the sign-in.
    pub ended: Ending,
    /// Cancelled when the member leaves the workspace.
    pub left: CancellationToken,
}

/// A running subscription.
pub struct Watching {
    start: Start,
    open: Arc<Open>,
    watcher: Arc<Watcher>,
    /// What was said last of each, and when; nothing yet at first.
    said: HashMap<MemberId, Presence>,
    last: Option<Instant>,
}

impl Watching {
    /// Begins to watch.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the member watches from too many places already.
    pub fn begin(mut start: Start) -> Result<Self> {
        let mut seen = HashSet::new();
        start.ids.retain(|id| seen.insert(*id));
        let ids = std::mem::take(&mut start.ids);
        let watcher = Arc::new(Watcher { ids, marked: Mutex::default(), woken: Notify::new() });
        let open = start.boards.watch(start.room.workspace_id(), start.member_id, &watcher)?;
        Ok(Self { start, open, watcher, said: HashMap::new(), last: None })
    }

    /// Waits for what is to be said next: of everybody at first, then of those who changed.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the sign-in has ended, `NOT_FOUND` when the member is no longer in the
    /// workspace, `UNAVAILABLE` to come back later. Nothing comes after an error.
    pub async fn next(&mut self) -> Result<Vec<(MemberId, Presence)>> {
        let (ended, left) = (self.start.ended.clone(), self.start.left.clone());
        let room = self.start.room.ending().clone();
        tokio::select! {
            biased;
            why = ended.ended() => Err(why),
            why = room.ended() => Err(why),
            () = left.cancelled() => Err(Error::NotFound("workspace")),
            changes = self.changes() => Ok(changes),
        }
    }

    async fn changes(&mut self) -> Vec<(MemberId, Presence)> {
        let Some(mut last) = self.last else { return self.first().await };
        loop {
            self.watcher.woken.notified().await;
            sleep_until(last + PACE).await;
            self.start.fresh.wait().await;
            let marked = self.watcher.take_marked();
            let changes = self.look(marked.into_iter());
            last = Instant::now();
            if !changes.is_empty() {
                self.last = Some(last);
                return changes;
            }
        }
    }

    async fn first(&mut self) -> Vec<(MemberId, Presence)> {
        if self.open.in_fleet {
            // The others were asked when this process began to listen.
            sleep_until(self.open.began + SETTLE).await;
        }
        self.start.fresh.wait().await;
        let ids = self.watcher.ids.clone();
        let everybody = self.look(ids.into_iter());
        self.last = Some(Instant::now());
        everybody
    }

    /// Of these, who is otherwise than was last said.
    fn look(&mut self, ids: impl Iterator<Item = MemberId>) -> Vec<(MemberId, Presence)> {
        let now = ids.map(|id| (id, self.open.presence(id)));
        now.filter(|(id, presence)| self.said.insert(*id, *presence) != Some(*presence)).collect()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.open.unwatch(self.start.member_id, &self.watcher);
    }
}
