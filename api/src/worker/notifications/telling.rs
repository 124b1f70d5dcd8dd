//! Tells members what changed of their notifications, with how many are unread.
//!
//! A count looks into each channel that its member is in, and one message can name many members. Promises: counts are
//! made by the turns of those who caused them, so that whoever names many delays their own; for one member one is made
//! at a time, and tells all that has come until then; each member's revisions are told in order; what waits of one
//! member is bounded, beyond which they are told to read again; the reader waits for a second at most, so that what is
//! told is not behind what is written where nobody floods.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;

use crate::budget::Owner;
use crate::db::{Database, Scope};
use crate::error::Result;
use crate::gate::Gate;
use crate::id::{MemberId, WorkspaceId};
use crate::live::rooms::Rooms;
use crate::live::signal::{Signal, Unread};
use crate::notification::entity::Model;
use crate::notification::unread;
use crate::supervise;

/// Counts that are made in one turn, on one snapshot.
const COUNTS: usize = 10;
/// For how long the reader waits until members are told.
const PATIENCE: Duration = Duration::from_secs(1);
/// Signals that wait for one member.
const SIGNALS: usize = 64;

/// What a run of the reader changed for one member.
#[derive(Debug)]
pub struct Change {
    /// The revision of what is private to them since.
    pub private_rev: i64,
    /// The notifications that were added.
    pub added: Vec<Model>,
    /// Who did it.
    pub by: Option<MemberId>,
}

type Key = (WorkspaceId, MemberId);

/// What a member is to be told; nothing while they are being told all of it.
#[derive(Debug, Default)]
struct Waiting {
    changes: VecDeque<Change>,
    signals: usize,
}

impl Waiting {
    fn add(&mut self, change: Change) {
        self.signals += change.added.len().max(1);
        if self.signals > SIGNALS {
            // They are told to read again: only the last is of interest.
            self.changes.clear();
        }
        self.changes.push_back(change);
    }

    /// What they are told, in order.
    fn signals(self, unread: Option<Unread>) -> Vec<Signal> {
        let last = self.changes.back().map(|change| change.private_rev);
        match unread {
            Some(unread) if self.signals <= SIGNALS => {
                self.changes.into_iter().flat_map(|change| change.signals(unread)).collect()
            }
            _ => last.map(|private_rev| Signal::PrivateChanged { private_rev }).into_iter().collect(),
        }
    }
}

impl Change {
    fn signals(self, unread: Unread) -> Vec<Signal> {
        let private_rev = self.private_rev;
        let added = |row: Model| {
            let Model { seq, channel_id, message_id, reason, .. } = row;
            Signal::NotificationAdded { unread, seq, channel_id, message_id, reason, private_rev }
        };
        match self.added.is_empty() {
            true => vec![Signal::NotificationsChanged { unread, private_rev }],
            false => self.added.into_iter().map(added).collect(),
        }
    }
}

/// What tells them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Telling(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rooms: Arc<Rooms>,
    database: Database,
    turns: Gate<Owner>,
    /// Whoever is here is told by a task.
    waiting: Mutex<HashMap<Key, Waiting>>,
    counts: AtomicU64,
}

impl Telling {
    /// Counts in this database, as many at once as the gate lets in.
    pub fn new(rooms: Arc<Rooms>, database: Database, turns: Gate<Owner>) -> Self {
        Self(Arc::new(Inner { rooms, database, turns, waiting: Mutex::default(), counts: AtomicU64::new(0) }))
    }

    /// Tells members of a workspace. It goes on by itself where that takes long.
    pub async fn tell(&self, workspace_id: WorkspaceId, changes: impl IntoIterator<Item = (MemberId, Change)>) {
        let tasks = self.add(workspace_id, changes).into_iter().map(|(owner, members)| {
            let task = Task { telling: self.clone(), workspace_id, members };
            supervise::spawn("telling", task.run(owner))
        });
        let tasks: Vec<_> = tasks.collect();
        let _ = tokio::time::timeout(PATIENCE, join_all(tasks)).await;
    }

    /// Notes what members are to be told; answers those of them whom nobody tells yet, by whom they are told for.
    fn add(
        &self,
        workspace_id: WorkspaceId,
        changes: impl IntoIterator<Item = (MemberId, Change)>,
    ) -> HashMap<Owner, VecDeque<MemberId>> {
        let mut new: HashMap<Owner, VecDeque<MemberId>> = HashMap::new();
        let workspace = self.0.rooms.peek(workspace_id).map(|room| room.fork());
        let account = |id: MemberId| workspace.as_ref()?.member(id).map(|member| Owner::Account(member.account_id));
        let mut waiting = self.0.waiting();
        for (member_id, change) in changes {
            let owner = change.by.and_then(account).unwrap_or(Owner::Server);
            let waits = waiting.entry((workspace_id, member_id)).or_insert_with(|| {
                new.entry(owner).or_default().push_back(member_id);
                Waiting::default()
            });
            waits.add(change);
        }
        new
    }

    /// How often it was counted.
    pub fn counts(&self) -> u64 {
        self.0.counts.load(Ordering::SeqCst)
    }
}

impl Inner {
    fn waiting(&self) -> MutexGuard<'_, HashMap<Key, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells some members of one workspace. If it breaks, those whom it did not come to can be told by another.
struct Task {
    telling: Telling,
    workspace_id: WorkspaceId,
    members: VecDeque<MemberId>,
}

impl Drop for Task {
    fn drop(&mut self) {
        let mut waiting = self.telling.0.waiting();
        self.members.iter().for_each(|id| drop(waiting.remove(&(self.workspace_id, *id))));
    }
}

impl Task {
    async fn run(mut self, owner: Owner) {
        while !self.members.is_empty() {
            let _turn = self.telling.0.turns.wait(owner).await;
            self.tell_some().await;
        }
    }

    /// Tells the next ones. For whom more has come meanwhile is told again after the others.
    async fn tell_some(&mut self) {
        let some: Vec<MemberId> = self.members.iter().take(COUNTS).copied().collect();
        let inner = self.telling.0.clone();
        let take = |id: &MemberId| inner.waiting().get_mut(&(self.workspace_id, *id)).map(std::mem::take);
        let taken: Vec<Waiting> = some.iter().map(|id| take(id).unwrap_or_default()).collect();
        let counts = self.count(&some).await.inspect_err(|error| {
            tracing::warn!(%error, workspace_id = %self.workspace_id, "notifications were stored but not counted");
        });
        for (at, (member_id, waiting)) in some.iter().zip(taken).enumerate() {
            let unread = counts.as_ref().ok().and_then(|counts| counts.get(at).copied());
            for signal in waiting.signals(unread) {
                inner.rooms.signal(self.workspace_id, *member_id, signal);
            }
        }
        let mut waiting = inner.waiting();
        for member_id in some {
            self.members.pop_front();
            let key = (self.workspace_id, member_id);
            match waiting.get(&key) {
                Some(more) if !more.changes.is_empty() => self.members.push_back(member_id),
                _ => drop(waiting.remove(&key)),
            }
        }
    }

    async fn count(&self, members: &[MemberId]) -> Result<Vec<Unread>> {
        let Inner { database, counts, .. } = &*self.telling.0;
        let snapshot = database.snapshot(Scope::Workspace(self.workspace_id)).await?;
        let mut unread = Vec::with_capacity(members.len());
        for member_id in members {
            counts.fetch_add(1, Ordering::SeqCst);
            unread.push(unread::count(&snapshot, self.workspace_id, *member_id).await?);
        }
        Ok(unread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::id::{ChannelId, MessageId};
    use crate::notification::Reason;

    fn change(private_rev: i64, added: usize) -> Change {
        let (workspace_id, member_id, channel_id) = (WorkspaceId::SERVER, MemberId::mint(), ChannelId::mint());
        let (reason, message_id, in_thread, created_at) = (Reason::Mention, MessageId::mint(), false, Moment(0));
        let seq = private_rev;
        let row = Model { workspace_id, member_id, seq, reason, channel_id, message_id, in_thread, created_at };
        Change { private_rev, added: vec![row; added], by: None }
    }

    #[test]
    fn each_revision_is_told_in_order_with_the_latest_count() {
        let (mut waiting, unread) = (Waiting::default(), Unread { count: 3, seq: 9 });
        [change(1, 2), change(2, 0), change(3, 1)].into_iter().for_each(|one| waiting.add(one));
        let told = waiting.signals(Some(unread));
        assert_eq!(told.iter().map(Signal::private_rev).collect::<Vec<_>>(), [1, 1, 2, 3]);
        assert!(matches!(told[0], Signal::NotificationAdded { unread: Unread { count: 3, .. }, seq: 1, .. }));
        assert_eq!(told[2], Signal::NotificationsChanged { unread, private_rev: 2 });
    }

    #[test]
    fn what_waits_of_one_member_is_bounded() {
        let mut waiting = Waiting::default();
        let most = i64::try_from(SIGNALS).unwrap();
        for rev in 1..=most * 10 {
            waiting.add(change(rev, 1));
            assert!(waiting.changes.len() <= SIGNALS);
        }
        let unread = Some(Unread { count: 1, seq: 1 });
        let again = |private_rev| vec![Signal::PrivateChanged { private_rev }];
        assert_eq!(waiting.signals(unread), again(most * 10));
        let mut waiting = Waiting::default();
        (1..=most).for_each(|rev| waiting.add(change(rev, 1)));
        assert_eq!(waiting.signals(unread).len(), SIGNALS);
        // They are told to read again as well where there is no count.
        let mut waiting = Waiting::default();
        [change(1, 1), change(2, 1)].into_iter().for_each(|one| waiting.add(one));
        assert_eq!(waiting.signals(None), again(2));
    }
}
