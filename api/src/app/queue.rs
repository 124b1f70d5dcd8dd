//! The queue: what happens to a message that is sent while the database is away and JetStream is not.
//!
//! It is stored in the intake and its sender told that it is queued, which is no acknowledgement; the lane
//! decides it when the database is back (`worker/intake.rs`). Promises: every process knows what waits, in
//! order, as soon as the bus tells it, and what an author sends while something of theirs waits goes behind
//! it. It knows neither the lane nor who may do what: all that is decided again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::bus::intake::{Entry, Intake};
use crate::error::{Error, Result};
use crate::id::{AccountId, ChannelId, FileId, MessageId, WorkspaceId};
use crate::viewer::Viewer;

/// For how long after the database was last heard of messages are taken.
pub const HORIZON: Duration = Duration::from_secs(15 * 60);
/// Messages of one account that may wait in a workspace.
pub const MOST: usize = crate::bus::intake::MOST_OF_SUBJECT;
/// The shape of what is stored.
const FORMAT: u32 = 1;

/// A message that waits, with all that it takes to decide it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    pub viewer: Viewer,
    pub workspace_id: WorkspaceId,
    pub message_id: MessageId,
    pub channel_id: ChannelId,
    pub thread_id: Option<MessageId>,
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file_ids: Vec<FileId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_confirmed: bool,
}

impl Queued {
    fn author(&self) -> Author {
        (self.workspace_id, self.viewer.account_id)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    #[serde(flatten)]
    queued: Queued,
}

type Author = (WorkspaceId, AccountId);

/// What waits, as this process knows it.
#[derive(Debug, Default)]
pub struct Queue {
    intake: Option<Arc<Intake>>,
    waiting: Mutex<Waiting>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: BTreeMap<u64, Slot>,
    authors: HashMap<Author, BTreeMap<MessageId, u64>>,
    /// Everything that is stored up to here has been heard.
    heard: u64,
}

#[derive(Debug)]
enum Slot {
    Waits(Queued),
    /// Decided, but something before it is not.
    Decided,
    /// Written by a newer process, which will decide it.
    Foreign,
}

impl Waiting {
    fn add(&mut self, number: u64, queued: Queued) {
        // What is decided stays so, however often it is heard.
        if !self.entries.contains_key(&number) {
            self.authors.entry(queued.author()).or_default().insert(queued.message_id, number);
            self.entries.insert(number, Slot::Waits(queued));
        }
    }

    fn forget_author(&mut self, queued: &Queued, number: u64) {
        if let Some(own) = self.authors.get_mut(&queued.author()) {
            own.retain(|_, other| *other != number);
            if own.is_empty() {
                self.authors.remove(&queued.author());
            }
        }
    }

    fn settle(&mut self, through: u64) {
        let rest = self.entries.split_off(&through.saturating_add(1));
        for (number, slot) in std::mem::replace(&mut self.entries, rest) {
            if let Slot::Waits(queued) = slot {
                self.forget_author(&queued, number);
            }
        }
    }
}

impl Queue {
    /// On an intake; without one nothing is ever queued.
    pub fn new(intake: Option<Arc<Intake>>) -> Self {
        Self { intake, ..Self::default() }
    }

    /// Where it is stored.
    pub fn intake(&self) -> Option<&Arc<Intake>> {
        self.intake.as_ref()
    }

    /// Whether messages can be queued now.
    pub fn is_open(&self) -> bool {
        self.intake.as_ref().is_some_and(|intake| intake.is_open())
    }

    /// Whether something of this author waits in this workspace, so that what they send now must wait as well.
    pub fn has_of(&self, viewer: &Viewer, workspace_id: WorkspaceId) -> bool {
        self.waiting().authors.contains_key(&(workspace_id, viewer.account_id))
    }

    /// Queues a message. One that waits already is not stored again.
    ///
    /// # Errors
    /// `RATE_LIMITED` beyond [`MOST`], `UNAVAILABLE` when it cannot be stored.
    pub async fn put(&self, queued: Queued) -> Result<()> {
        // What is missing is the database; that there is no place to wait either helps nobody to know.
        let away = || Error::Away("database");
        let intake = self.intake.as_ref().filter(|intake| intake.is_open()).ok_or_else(away)?;
        let (of_author, is_known) = match self.waiting().authors.get(&queued.author()) {
            Some(own) => (own.len(), own.contains_key(&queued.message_id)),
            None => (0, false),
        };
        if is_known {
            return Ok(());
        }
        if of_author >= MOST {
            return Err(Error::RateLimited { retry_after: Duration::from_secs(5) });
        }
        let (workspace_id, account_id) = queued.author();
        let id = format!("{workspace_id}:{account_id}:{}", queued.message_id);
        let payload =
            serde_json::to_vec(&Stored { format: FORMAT, queued: queued.clone() }).map_err(Error::internal)?;
        let number = intake.put(workspace_id, account_id, id, payload.into()).await.map_err(|_| away())?;
        metrics::counter!("confab_queued_total").increment(1);
        self.waiting().add(number, queued);
        self.came.notify_one();
        Ok(())
    }

    /// Takes what the intake says that it stores.
    pub fn hear(&self, entry: &Entry) {
        let stored = serde_json::from_slice::<Stored>(&entry.payload);
        let mut waiting = self.waiting();
        match stored {
            Ok(stored) if stored.format == FORMAT => waiting.add(entry.number, stored.queued),
            Ok(_) => drop(waiting.entries.insert(entry.number, Slot::Foreign)),
            Err(error) => tracing::error!(%error, number = entry.number, "what is queued cannot be read"),
        }
        waiting.heard = waiting.heard.max(entry.number);
        self.came.notify_one();
    }

    /// The first that wait, in order, at most `limit`: none behind one that this process has not heard of or
    /// cannot read.
    pub fn first(&self, limit: usize) -> Vec<(u64, Queued)> {
        let waiting = self.waiting();
        let heard = waiting.entries.range(..=waiting.heard);
        let readable = heard.take_while(|(_, slot)| !matches!(slot, Slot::Foreign));
        let waits = readable.filter_map(|(number, slot)| match slot {
            Slot::Waits(queued) => Some((*number, queued.clone())),
            Slot::Decided | Slot::Foreign => None,
        });
        waits.take(limit).collect()
    }

    /// One is decided.
    pub fn decided(&self, number: u64) {
        let mut waiting = self.waiting();
        if let Some(Slot::Waits(queued)) = waiting.entries.insert(number, Slot::Decided) {
            waiting.forget_author(&queued, number);
        }
    }

    /// Up to where everything is decided, if that is anywhere.
    pub fn decided_through(&self) -> Option<u64> {
        let waiting = self.waiting();
        let decided = waiting.entries.iter().take_while(|(_, slot)| matches!(slot, Slot::Decided));
        decided.last().map(|(number, _)| *number)
    }

    /// Those up to a number wait no longer.
    pub fn settle(&self, through: u64) {
        self.waiting().settle(through);
    }

    /// Nothing is known any more: the intake tells everything anew.
    pub fn forget(&self) {
        *self.waiting() = Waiting::default();
    }

    /// Waits until something waits.
    pub async fn wait(&self) {
        loop {
            let came = self.came.notified();
            if !self.waiting().entries.is_empty() {
                return;
            }
            came.await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SignInId;

    fn entry(number: u64, format: u32, author: AccountId, workspace_id: WorkspaceId) -> Entry {
        let queued = Queued {
            file_ids: Vec::new(),
            is_confirmed: false,
            viewer: Viewer { account_id: author, sign_in_id: SignInId::mint() },
            workspace_id,
            message_id: MessageId::mint(),
            channel_id: ChannelId::mint(),
            thread_id: None,
            text: number.to_string(),
        };
        Entry { number, payload: serde_json::to_vec(&Stored { format, queued }).unwrap().into() }
    }

    fn numbers(queue: &Queue) -> Vec<u64> {
        queue.first(10).into_iter().map(|(number, _)| number).collect()
    }

    #[test]
    fn only_what_stands_before_everything_unheard_or_foreign_is_first() {
        let (queue, author, workspace) = (Queue::default(), AccountId::mint(), WorkspaceId::mint());
        let viewer = Viewer { account_id: author, sign_in_id: SignInId::mint() };
        for number in [3, 4] {
            queue.hear(&entry(number, FORMAT, author, workspace));
        }
        // Put by this process itself, ahead of what it has heard.
        let own: Stored = serde_json::from_slice(&entry(9, FORMAT, author, workspace).payload).unwrap();
        queue.waiting().add(9, own.queued);
        assert_eq!(numbers(&queue), [3, 4]);
        queue.hear(&entry(5, FORMAT + 1, author, workspace));
        queue.hear(&entry(6, FORMAT, author, workspace));
        assert_eq!(numbers(&queue), [3, 4], "5 is of a newer process");
        queue.decided(4);
        assert_eq!((numbers(&queue), queue.decided_through()), (vec![3], None));
        queue.decided(3);
        assert_eq!(queue.decided_through(), Some(4));
        queue.settle(6);
        assert!(queue.has_of(&viewer, workspace), "9 still waits");
        queue.settle(9);
        assert!(!queue.has_of(&viewer, workspace) && !queue.has_of(&viewer, WorkspaceId::mint()));
    }
}
