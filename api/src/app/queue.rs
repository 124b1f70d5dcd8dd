//! The outage queue: messages that are sent while the database is unavailable but JetStream is available.
//!
//! A message is stored in the intake and reported to its sender as queued, which is not an acknowledgement. The
//! lane decides it when the database is available again (`worker/intake.rs`). Guarantees that every process
//! knows the queued messages in order as soon as the bus delivers them, and that later messages of the same
//! author are queued behind them. The queue checks no permissions: everything is decided again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Notify;

use crate::adapter::bus::intake::{Entry, Intake};
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, MessageId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::model::viewer::Viewer;

/// How long after the last contact with the database messages are accepted.
pub const ACCEPTANCE_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Maximum queued messages of an account in a workspace.
pub const MAX_PER_AUTHOR: usize = crate::adapter::bus::intake::MAX_MESSAGES_PER_ACCOUNT;
/// Version of the stored format.
const FORMAT: u32 = 1;

/// A queued message, with its author.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Queued {
    pub viewer: Viewer,
    pub workspace_id: WorkspaceId,
    message_id: MessageId,
    /// The serialized command that sends it.
    command: Box<RawValue>,
}

impl Queued {
    /// Serializes the command that sends a message.
    ///
    /// # Errors
    /// `INTERNAL` if it cannot be serialized.
    pub fn new(
        viewer: Viewer,
        workspace_id: WorkspaceId,
        message_id: MessageId,
        command: &impl Serialize,
    ) -> Result<Self> {
        let command = serde_json::value::to_raw_value(command).map_err(Error::internal)?;
        Ok(Self { viewer, workspace_id, message_id, command })
    }

    /// Returns the command that sends the message.
    ///
    /// # Errors
    /// `INTERNAL` if it cannot be decoded.
    pub fn command<C: DeserializeOwned>(&self) -> Result<C> {
        serde_json::from_str(self.command.get()).map_err(Error::internal)
    }

    fn author(&self) -> Author {
        (self.workspace_id, self.viewer.account_id)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    queued: Queued,
}

type Author = (WorkspaceId, AccountId);

/// The queued messages known to this process.
#[derive(Debug, Default)]
pub struct Queue {
    intake: Option<Arc<Intake>>,
    entries: Mutex<Entries>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    slots: BTreeMap<u64, Slot>,
    authors: HashMap<Author, BTreeMap<MessageId, u64>>,
    /// All entries up to this sequence number have been received.
    received_through: u64,
}

#[derive(Debug)]
enum Slot {
    Pending(Queued),
    /// Decided, but an earlier entry is not.
    Decided,
    /// Written in an unsupported version. A later version of the server decides it.
    Unsupported,
}

impl Entries {
    fn add(&mut self, number: u64, queued: Queued) {
        // A decided entry stays decided if it is received again.
        if !self.slots.contains_key(&number) {
            self.authors.entry(queued.author()).or_default().insert(queued.message_id, number);
            self.slots.insert(number, Slot::Pending(queued));
        }
    }

    fn remove_author_entry(&mut self, queued: &Queued, number: u64) {
        if let Some(own) = self.authors.get_mut(&queued.author()) {
            own.retain(|_, other| *other != number);
            if own.is_empty() {
                self.authors.remove(&queued.author());
            }
        }
    }

    fn remove_through(&mut self, through: u64) {
        let rest = self.slots.split_off(&through.saturating_add(1));
        for (number, slot) in std::mem::replace(&mut self.slots, rest) {
            if let Slot::Pending(queued) = slot {
                self.remove_author_entry(&queued, number);
            }
        }
    }
}

impl Queue {
    /// Creates a queue. Without an intake it never accepts messages.
    pub fn new(intake: Option<Arc<Intake>>) -> Self {
        Self { intake, ..Self::default() }
    }

    /// Returns the intake that stores the messages.
    pub fn intake(&self) -> Option<&Arc<Intake>> {
        self.intake.as_ref()
    }

    /// Whether messages can be queued now.
    pub fn is_open(&self) -> bool {
        self.intake.as_ref().is_some_and(|intake| intake.is_open())
    }

    /// Whether the author has queued messages in this workspace. New messages must then be queued as well.
    pub fn has_queued(&self, viewer: &Viewer, workspace_id: WorkspaceId) -> bool {
        self.entries.lock().authors.contains_key(&(workspace_id, viewer.account_id))
    }

    /// Queues a message. A message that is already queued is not stored again.
    ///
    /// # Errors
    /// `RATE_LIMITED` beyond [`MAX_PER_AUTHOR`], `UNAVAILABLE` if it cannot be stored.
    pub async fn insert(&self, queued: Queued) -> Result<()> {
        // Reports the database as unavailable: the state of the queue does not help the caller.
        let unavailable = || Error::DependencyUnavailable("database");
        let intake = self.intake.as_ref().filter(|intake| intake.is_open()).ok_or_else(unavailable)?;
        let (author_entries, is_known) = match self.entries.lock().authors.get(&queued.author()) {
            Some(own) => (own.len(), own.contains_key(&queued.message_id)),
            None => (0, false),
        };
        if is_known {
            return Ok(());
        }
        if author_entries >= MAX_PER_AUTHOR {
            return Err(Error::RateLimited { retry_after: Duration::from_secs(5) });
        }
        let (workspace_id, account_id) = queued.author();
        let id = format!("{}:{}:{}", workspace_id.0, account_id.0, queued.message_id.0);
        let payload =
            serde_json::to_vec(&Stored { format: FORMAT, queued: queued.clone() }).map_err(Error::internal)?;
        let number = intake.enqueue(workspace_id, account_id, id, payload.into()).await.map_err(|_| unavailable())?;
        metrics::counter!("confab_queued_total").increment(1);
        self.entries.lock().add(number, queued);
        self.changed.notify_one();
        Ok(())
    }

    /// Receives an entry of the intake.
    pub fn receive(&self, entry: &Entry) {
        let stored = serde_json::from_slice::<Stored>(&entry.payload);
        let mut entries = self.entries.lock();
        match stored {
            Ok(stored) if stored.format == FORMAT => entries.add(entry.number, stored.queued),
            Ok(_) => drop(entries.slots.insert(entry.number, Slot::Unsupported)),
            Err(error) => tracing::error!(%error, number = entry.number, "cannot decode queued message"),
        }
        entries.received_through = entries.received_through.max(entry.number);
        self.changed.notify_one();
    }

    /// Returns the first undecided messages in order, at most `limit`. Stops at the first entry that has not
    /// been received or has an unsupported version.
    pub fn next_undecided(&self, limit: usize) -> Vec<(u64, Queued)> {
        let entries = self.entries.lock();
        let received = entries.slots.range(..=entries.received_through);
        let readable = received.take_while(|(_, slot)| !matches!(slot, Slot::Unsupported));
        let waits = readable.filter_map(|(number, slot)| match slot {
            Slot::Pending(queued) => Some((*number, queued.clone())),
            Slot::Decided | Slot::Unsupported => None,
        });
        waits.take(limit).collect()
    }

    /// Marks an entry as decided.
    pub fn mark_decided(&self, number: u64) {
        let mut entries = self.entries.lock();
        if let Some(Slot::Pending(queued)) = entries.slots.insert(number, Slot::Decided) {
            entries.remove_author_entry(&queued, number);
        }
    }

    /// Returns the sequence number up to which all entries are decided.
    pub fn decided_through(&self) -> Option<u64> {
        let entries = self.entries.lock();
        let decided = entries.slots.iter().take_while(|(_, slot)| matches!(slot, Slot::Decided));
        decided.last().map(|(number, _)| *number)
    }

    /// Removes all entries up to a sequence number.
    pub fn remove_through(&self, through: u64) {
        self.entries.lock().remove_through(through);
    }

    /// Clears the queue. The intake delivers all entries again.
    pub fn clear(&self) {
        *self.entries.lock() = Entries::default();
    }

    /// Waits until the queue is not empty.
    pub async fn wait(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.entries.lock().slots.is_empty() {
                return;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::id::SessionId;

    fn entry(number: u64, format: u32, author: AccountId, workspace_id: WorkspaceId) -> Entry {
        let viewer = Viewer { account_id: author, session_id: SessionId::mint() };
        let queued = Queued::new(viewer, workspace_id, MessageId::mint(), &number).unwrap();
        Entry { number, payload: serde_json::to_vec(&Stored { format, queued }).unwrap().into() }
    }

    fn numbers(queue: &Queue) -> Vec<u64> {
        queue.next_undecided(10).into_iter().map(|(number, _)| number).collect()
    }

    #[test]
    fn first_stops_at_missing_and_unsupported_entries() {
        let (queue, author, workspace) = (Queue::default(), AccountId::mint(), WorkspaceId::mint());
        let viewer = Viewer { account_id: author, session_id: SessionId::mint() };
        for number in [3, 4] {
            queue.receive(&entry(number, FORMAT, author, workspace));
        }
        // Inserted by this process, ahead of the received entries.
        let own: Stored = serde_json::from_slice(&entry(9, FORMAT, author, workspace).payload).unwrap();
        queue.entries.lock().add(9, own.queued);
        assert_eq!(numbers(&queue), [3, 4]);
        queue.receive(&entry(5, FORMAT + 1, author, workspace));
        queue.receive(&entry(6, FORMAT, author, workspace));
        assert_eq!(numbers(&queue), [3, 4], "5 has an unsupported version");
        queue.mark_decided(4);
        assert_eq!((numbers(&queue), queue.decided_through()), (vec![3], None));
        queue.mark_decided(3);
        assert_eq!(queue.decided_through(), Some(4));
        queue.remove_through(6);
        assert!(queue.has_queued(&viewer, workspace), "9 is still queued");
        queue.remove_through(9);
        assert!(!queue.has_queued(&viewer, workspace) && !queue.has_queued(&viewer, WorkspaceId::mint()));
    }
}
