//! Batches the private writes of members that update read states.
//!
//! Waiting writes share a transaction: per workspace on Postgres, where a transaction sees a single workspace, and all
//! of them on SQLite, which has one writer. Callers are answered after the commit. Writes of one member are applied in
//! order. Each group runs at most one transaction per [`BATCH_INTERVAL`] and yields to commands. The queue is bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::oneshot;

use super::counts::read_states;
use super::writes::{Affected, Write, apply, bump_private_rev};
use crate::ground::db::{Database, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::ground::supervise;
use crate::live::notification::unread;
use crate::live::rooms::Rooms;
use crate::live::signal::Signal;
use crate::log::logs::Logs;

/// Pause after a transaction, during which further writes are collected.
const BATCH_INTERVAL: Duration = Duration::from_millis(50);
/// Maximum number of writes per transaction.
const MAX_BATCH: usize = 128;
/// Maximum number of waiting writes per group. Further writes fail with `UNAVAILABLE`.
const MAX_WAITING: usize = 4096;
/// Maximum number of members notified concurrently.
const MAX_CONCURRENT_NOTIFICATIONS: usize = 2;

/// The member that a write belongs to.
pub type Key = (WorkspaceId, MemberId);
/// The workspace whose writes share a transaction. `None` on SQLite, for all workspaces.
type Group = Option<WorkspaceId>;

struct Waiting {
    key: Key,
    write: Write,
    sender: oneshot::Sender<Result<i64>>,
}

/// The queue of private writes. Cheap to clone.
#[derive(Clone)]
pub struct Private(Arc<Inner>);

struct Inner {
    database: Database,
    logs: Arc<Logs>,
    rooms: Arc<Rooms>,
    /// A group exists while a task is writing it.
    groups: Mutex<HashMap<Group, VecDeque<Waiting>>>,
    transactions: AtomicU64,
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Private").finish_non_exhaustive()
    }
}

impl Private {
    /// Creates an empty queue. Signals are sent through `rooms`.
    pub fn new(database: Database, logs: Arc<Logs>, rooms: Arc<Rooms>) -> Self {
        Self(Arc::new(Inner { database, logs, rooms, groups: Mutex::default(), transactions: AtomicU64::new(0) }))
    }

    /// Applies a write and returns the private revision that includes it.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the database is unavailable or too many writes are waiting.
    pub async fn write(&self, key: Key, write: Write) -> Result<i64> {
        let group = (!self.0.database.is_sqlite()).then_some(key.0);
        let (sender, receiver) = oneshot::channel();
        let first = {
            let mut groups = self.0.groups.lock();
            let first = !groups.contains_key(&group);
            let waiting = groups.entry(group).or_default();
            if waiting.len() >= MAX_WAITING {
                return Err(Error::Unavailable("Too many read marks are pending. Retry later.".into()));
            }
            waiting.push_back(Waiting { key, write, sender });
            first
        };
        if first {
            let inner = self.0.clone();
            supervise::spawn("read_states", async move {
                if supervise::guard("read_states", inner.run(group)).await.is_err() {
                    // Dropping the senders fails the waiting callers.
                    inner.groups.lock().remove(&group);
                }
            });
        }
        receiver.await.map_err(|_| Error::Unavailable("The read mark was not stored. Retry.".into()))?
    }

    /// Returns the number of transactions since the process started.
    pub fn transactions(&self) -> u64 {
        self.0.transactions.load(Ordering::SeqCst)
    }
}

impl Inner {
    /// Takes the next batch of a group. Removes the group if no write is waiting.
    fn take(&self, group: Group) -> Option<Vec<Waiting>> {
        let mut groups = self.groups.lock();
        let waiting = groups.get_mut(&group)?;
        if waiting.is_empty() {
            groups.remove(&group);
            return None;
        }
        let count = waiting.len().min(MAX_BATCH);
        Some(waiting.drain(..count).collect())
    }

    async fn run(&self, group: Group) {
        while let Some(batch) = self.take(group) {
            self.logs.yield_to_commands().await;
            let members = group_by_member(batch);
            match self.write_all(&members).await {
                Ok(revs) => self.answer_all(members.into_iter().zip(revs.into_iter().map(Ok)).collect()).await,
                // Retry each member alone, so that only the faulty write fails.
                Err(error) if members.len() > 1 && !error.is_transient() => {
                    for member in members {
                        let rev = self.write_all(std::slice::from_ref(&member)).await.map(|revs| revs.first().copied());
                        let rev = rev.and_then(|rev| rev.ok_or_else(|| Error::internal("no revision was written")));
                        self.answer_all(vec![(member, rev)]).await;
                    }
                }
                Err(error) => {
                    self.answer_all(members.into_iter().map(|member| (member, Err(error.clone()))).collect()).await;
                }
            }
            tokio::time::sleep(BATCH_INTERVAL).await;
        }
    }

    /// Writes a batch in one transaction and returns the new revision of each member.
    async fn write_all(&self, members: &[Member]) -> Result<Vec<i64>> {
        let Some((workspace_id, _)) = members.first().map(|member| member.key) else { return Ok(Vec::new()) };
        self.transactions.fetch_add(1, Ordering::SeqCst);
        // On Postgres all of them belong to one workspace. SQLite has no scopes.
        let transaction = self.database.write(Scope::Workspace(workspace_id)).await?;
        let mut revs = Vec::with_capacity(members.len());
        for Member { key: (workspace_id, member_id), writes, .. } in members {
            // First, because it locks the member's row against concurrent private writes.
            revs.push(bump_private_rev(&transaction, *workspace_id, *member_id, Affected::by(writes).len()).await?);
            for write in writes {
                apply(&transaction, *workspace_id, *member_id, *write).await?;
            }
        }
        transaction.commit().await?;
        Ok(revs)
    }

    /// Answers the waiting callers, and then notifies all devices of each member.
    async fn answer_all(&self, results: Vec<(Member, Result<i64>)>) {
        let mut written = Vec::new();
        for (member, rev) in results {
            for sender in member.senders {
                let _ = sender.send(rev.clone());
            }
            written.extend(rev.ok().map(|rev| (member.key, member.writes, rev)));
        }
        let notifying =
            stream::iter(written).for_each_concurrent(MAX_CONCURRENT_NOTIFICATIONS, async |(key, writes, rev)| {
                if let Err(error) = self.notify_devices(key, &writes, rev).await {
                    tracing::warn!(%error, "counting unread messages after a read state update failed");
                    self.rooms.signal(key.0, key.1, Signal::PrivateChanged { private_rev: rev });
                }
            });
        notifying.await;
    }

    /// Notifies all devices of a member. The last signal carries the revision that was returned for the writes.
    ///
    /// # Errors
    /// Fails if the database is unavailable.
    async fn notify_devices(&self, (workspace_id, member_id): Key, writes: &[Write], private_rev: i64) -> Result<()> {
        let affected = Affected::by(writes);
        let snapshot = self.database.snapshot(Scope::Workspace(workspace_id)).await?;
        let unread = unread::count(&snapshot, workspace_id, member_id).await?;
        let first = private_rev - affected.len() + 1;
        let channels: Vec<ChannelId> = affected.channels.into_iter().collect();
        let read_states = read_states(&snapshot, workspace_id, member_id, Some(&channels)).await?;
        for (rev, channel_id) in (first..).zip(channels) {
            let signal = match read_states.get(&channel_id).copied() {
                Some(read_state) => Signal::ReadStateChanged { read_state, unread, private_rev: rev },
                // The member has left the channel in the meantime.
                None => Signal::NotificationsChanged { unread, private_rev: rev },
            };
            self.rooms.signal(workspace_id, member_id, signal);
        }
        if affected.notifications {
            self.rooms.signal(workspace_id, member_id, Signal::NotificationsChanged { unread, private_rev });
        }
        Ok(())
    }
}

/// The writes of one member in order, and the callers waiting for them.
struct Member {
    key: Key,
    writes: Vec<Write>,
    senders: Vec<oneshot::Sender<Result<i64>>>,
}

fn group_by_member(batch: Vec<Waiting>) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    let mut index: HashMap<Key, usize> = HashMap::new();
    for Waiting { key, write, sender } in batch {
        let at = *index.entry(key).or_insert_with(|| {
            members.push(Member { key, writes: Vec::new(), senders: Vec::new() });
            members.len() - 1
        });
        if let Some(member) = members.get_mut(at) {
            member.writes.push(write);
            member.senders.push(sender);
        }
    }
    // A fixed order, so that concurrent transactions do not deadlock.
    members.sort_unstable_by_key(|member| member.key);
    members
}
