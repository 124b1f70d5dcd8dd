//! Sends changed notifications to members, together with their unread count.
//!
//! Counting visits every channel of a member, and one message can mention many members.
//!
//! - Counts run under permits of the accounts that caused them, so that mass mentions delay their own author.
//! - At most one count per member runs at a time. It covers all changes until then.
//! - Each member's revisions are sent in order.
//! - The pending signals of a member are bounded. Beyond that, the member is told to reload their private state.
//! - The reader waits at most one second, so that under normal load signals do not fall behind the stored
//!   notifications.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use crate::ground::budget::Owner;
use crate::ground::db::{Database, Scope};
use crate::ground::error::Result;
use crate::ground::fair_semaphore::FairSemaphore;
use crate::ground::id::{MemberId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::ground::supervise;
use crate::live::notification::unread;
use crate::live::rooms::Rooms;
use crate::live::signal::{Signal, Unread};
use crate::log::logs::Logs;
use crate::model::notification::entity::Model;

/// Number of counts per permit and snapshot.
const COUNTS_PER_PERMIT: usize = 10;
/// How long the reader waits for the signals to be sent.
const SEND_TIMEOUT: Duration = Duration::from_secs(1);
/// Maximum number of pending signals per member.
const MAX_PENDING_SIGNALS: usize = 64;

/// The changes of one member's notifications by a batch of the reader.
#[derive(Debug)]
pub struct Change {
    /// The member's new private revision.
    pub private_rev: i64,
    /// The notifications that were added.
    pub added: Vec<Model>,
    /// The member who caused the change.
    pub by: Option<MemberId>,
}

type Key = (WorkspaceId, MemberId);

/// The pending changes of a member. Empty while all of them are being sent.
#[derive(Debug, Default)]
struct PendingChanges {
    changes: VecDeque<Change>,
    signals: usize,
}

impl PendingChanges {
    fn add(&mut self, change: Change) {
        self.signals += change.added.len().max(1);
        if self.signals > MAX_PENDING_SIGNALS {
            // The member will be told to reload, so only the last change matters.
            self.changes.clear();
        }
        self.changes.push_back(change);
    }

    /// Returns the signals to send, in order.
    fn signals(self, unread: Option<Unread>) -> Vec<Signal> {
        let last = self.changes.back().map(|change| change.private_rev);
        match unread {
            Some(unread) if self.signals <= MAX_PENDING_SIGNALS => {
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

/// Sends notification changes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    logs: Arc<Logs>,
    rooms: Arc<Rooms>,
    database: Database,
    permits: FairSemaphore<Owner>,
    /// Members in this map are being handled by a task.
    pending: Mutex<HashMap<Key, PendingChanges>>,
    counts: AtomicU64,
}

impl Notifier {
    /// Creates a notifier that counts in `database`, with concurrency limited by `permits`.
    pub fn new(logs: Arc<Logs>, rooms: Arc<Rooms>, database: Database, permits: FairSemaphore<Owner>) -> Self {
        Self(Arc::new(Inner { logs, rooms, database, permits, pending: Mutex::default(), counts: AtomicU64::new(0) }))
    }

    /// Sends changes to members of a workspace. Continues in the background if that takes longer than [`SEND_TIMEOUT`].
    pub async fn publish(&self, workspace_id: WorkspaceId, changes: impl IntoIterator<Item = (MemberId, Change)>) {
        let tasks = self.add(workspace_id, changes).into_iter().map(|(owner, members)| {
            let task = Task { notifier: self.clone(), workspace_id, members };
            supervise::spawn("notifier", task.run(owner))
        });
        let tasks: Vec<_> = tasks.collect();
        let _ = tokio::time::timeout(SEND_TIMEOUT, join_all(tasks)).await;
    }

    /// Adds pending changes. Returns the members without a running task, grouped by the account that caused the change.
    fn add(
        &self,
        workspace_id: WorkspaceId,
        changes: impl IntoIterator<Item = (MemberId, Change)>,
    ) -> HashMap<Owner, VecDeque<MemberId>> {
        let mut new: HashMap<Owner, VecDeque<MemberId>> = HashMap::new();
        let workspace = self.0.logs.peek(workspace_id).map(|log| log.fork());
        let account = |id: MemberId| workspace.as_ref()?.member(id).map(|member| Owner::Account(member.account_id));
        let mut waiting = self.0.pending.lock();
        for (member_id, change) in changes {
            let owner = change.by.and_then(account).unwrap_or(Owner::Server);
            let pending = waiting.entry((workspace_id, member_id)).or_insert_with(|| {
                new.entry(owner).or_default().push_back(member_id);
                PendingChanges::default()
            });
            pending.add(change);
        }
        new
    }

    /// The number of counts made.
    pub fn counts(&self) -> u64 {
        self.0.counts.load(Ordering::SeqCst)
    }
}

/// Sends the pending changes of some members. If it panics, the members it did not reach are removed, so that another
/// task can handle them.
struct Task {
    notifier: Notifier,
    workspace_id: WorkspaceId,
    members: VecDeque<MemberId>,
}

impl Drop for Task {
    fn drop(&mut self) {
        let mut waiting = self.notifier.0.pending.lock();
        self.members.iter().for_each(|id| drop(waiting.remove(&(self.workspace_id, *id))));
    }
}

impl Task {
    async fn run(mut self, owner: Owner) {
        while !self.members.is_empty() {
            let _permit = self.notifier.0.permits.wait(owner).await;
            self.send_some().await;
        }
    }

    /// Handles the next members. Members with new changes are handled again after the others.
    async fn send_some(&mut self) {
        let some: Vec<MemberId> = self.members.iter().take(COUNTS_PER_PERMIT).copied().collect();
        let inner = self.notifier.0.clone();
        let take = |id: &MemberId| inner.pending.lock().get_mut(&(self.workspace_id, *id)).map(std::mem::take);
        let changes: Vec<PendingChanges> = some.iter().map(|id| take(id).unwrap_or_default()).collect();
        let counts = self.count(&some).await.inspect_err(|error| {
            tracing::warn!(%error, workspace_id = %self.workspace_id, "failed to count notifications");
        });
        for (at, (member_id, waiting)) in some.iter().zip(changes).enumerate() {
            let unread = counts.as_ref().ok().and_then(|counts| counts.get(at).copied());
            for signal in waiting.signals(unread) {
                inner.rooms.signal(self.workspace_id, *member_id, signal);
            }
        }
        let mut waiting = inner.pending.lock();
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
        let Inner { database, counts, .. } = &*self.notifier.0;
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
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{ChannelId, MessageId};
    use crate::model::notification::Reason;

    fn change(private_rev: i64, added: usize) -> Change {
        let (workspace_id, member_id, channel_id) = (WorkspaceId::SERVER, MemberId::mint(), ChannelId::mint());
        let (reason, message_id, in_thread, created_at) = (Reason::Mention, MessageId::mint(), false, Timestamp(0));
        let seq = private_rev;
        let row = Model { workspace_id, member_id, seq, reason, channel_id, message_id, in_thread, created_at };
        Change { private_rev, added: vec![row; added], by: None }
    }

    #[test]
    fn sends_each_revision_in_order_with_the_latest_count() {
        let (mut waiting, unread) = (PendingChanges::default(), Unread { count: 3, seq: 9 });
        [change(1, 2), change(2, 0), change(3, 1)].into_iter().for_each(|one| waiting.add(one));
        let sent = waiting.signals(Some(unread));
        assert_eq!(sent.iter().map(Signal::private_rev).collect::<Vec<_>>(), [1, 1, 2, 3]);
        assert!(matches!(sent[0], Signal::NotificationAdded { unread: Unread { count: 3, .. }, seq: 1, .. }));
        assert_eq!(sent[2], Signal::NotificationsChanged { unread, private_rev: 2 });
    }

    #[test]
    fn limits_pending_changes_per_member() {
        let mut waiting = PendingChanges::default();
        let max = i64::try_from(MAX_PENDING_SIGNALS).unwrap();
        for rev in 1..=max * 10 {
            waiting.add(change(rev, 1));
            assert!(waiting.changes.len() <= MAX_PENDING_SIGNALS);
        }
        let unread = Some(Unread { count: 1, seq: 1 });
        let reload = |private_rev| vec![Signal::PrivateChanged { private_rev }];
        assert_eq!(waiting.signals(unread), reload(max * 10));
        let mut waiting = PendingChanges::default();
        (1..=max).for_each(|rev| waiting.add(change(rev, 1)));
        assert_eq!(waiting.signals(unread).len(), MAX_PENDING_SIGNALS);
        // Without a count the member is told to reload as well.
        let mut waiting = PendingChanges::default();
        [change(1, 1), change(2, 1)].into_iter().for_each(|one| waiting.add(one));
        assert_eq!(waiting.signals(None), reload(2));
    }
}
