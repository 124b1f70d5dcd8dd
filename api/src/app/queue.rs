//! The queue: what happens to a message that is sent while the database is away and JetStream is not.
//!
//! It is stored in the intake and its sender told that it is queued, which is no acknowledgement; the lane
//! decides it when the database is back (`worker/intake.rs`). Promises: every process knows what waits, in
//! order, as soon as the bus tells it, and what an author sends while something of theirs waits goes behind
//! it. It knows neither the lane nor who may do what: all that is decided again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::bus::intake::{Entry, Intake};
use crate::error::{Error, Result};
use crate::id::{ChannelId, MessageId, WorkspaceId};
use crate::viewer::Viewer;

/// For how long after the database was last heard of messages are taken.
pub const HORIZON: Duration = Duration::from_secs(15 * 60);
/// Messages of one account that may wait.
pub const MOST: usize = 100;
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
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    #[serde(flatten)]
    queued: Queued,
}

/// What waits, as this process knows it.
#[derive(Debug, Default)]
pub struct Queue {
    intake: Option<Arc<Intake>>,
    waiting: Mutex<BTreeMap<u64, Queued>>,
    came: Notify,
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
        let waiting = self.waiting();
        !waiting.is_empty() && waiting.values().any(|queued| queued.is_of(viewer, workspace_id))
    }

    /// Queues a message. One that waits already is not stored again.
    ///
    /// # Errors
    /// `RATE_LIMITED` beyond [`MOST`], `UNAVAILABLE` when it cannot be stored.
    pub async fn put(&self, queued: Queued) -> Result<()> {
        let intake = self.intake.as_ref().ok_or(Error::Away("database"))?;
        let (mut of_account, mut is_known) = (0, false);
        for other in self.waiting().values().filter(|other| other.viewer.account_id == queued.viewer.account_id) {
            of_account += 1;
            is_known |= other.workspace_id == queued.workspace_id && other.message_id == queued.message_id;
        }
        if is_known {
            return Ok(());
        }
        if of_account >= MOST {
            return Err(Error::RateLimited { retry_after: Duration::from_secs(5) });
        }
        let (workspace_id, account_id) = (queued.workspace_id, queued.viewer.account_id);
        let id = format!("{workspace_id}:{account_id}:{}", queued.message_id);
        let payload =
            serde_json::to_vec(&Stored { format: FORMAT, queued: queued.clone() }).map_err(Error::internal)?;
        let put = intake.put(workspace_id, account_id, id, payload.into()).await;
        // What is missing is the database; that there is no place to wait either helps nobody to know.
        let number = put.map_err(|_| Error::Away("database"))?;
        metrics::counter!("confab_queued_total").increment(1);
        self.add(number, queued);
        Ok(())
    }

    /// Takes what the intake says that it stores.
    pub fn hear(&self, entry: &Entry) {
        match serde_json::from_slice::<Stored>(&entry.payload) {
            Ok(stored) if stored.format == FORMAT => self.add(entry.number, stored.queued),
            // A newer process stored it, and will decide it.
            Ok(_) => {}
            Err(error) => tracing::error!(%error, number = entry.number, "what is queued cannot be read"),
        }
    }

    fn add(&self, number: u64, queued: Queued) {
        self.waiting().insert(number, queued);
        self.came.notify_one();
    }

    /// The first that wait, in order, at most `limit`; none if nothing does.
    pub fn first(&self, limit: usize) -> Vec<(u64, Queued)> {
        self.waiting().iter().take(limit).map(|(number, queued)| (*number, queued.clone())).collect()
    }

    /// Those up to a number wait no longer.
    pub fn settle(&self, through: u64) {
        let mut waiting = self.waiting();
        *waiting = waiting.split_off(&through.saturating_add(1));
    }

    /// Nothing is known any more: the intake tells everything anew.
    pub fn forget(&self) {
        self.waiting().clear();
    }

    /// Waits until something waits.
    pub async fn wait(&self) {
        loop {
            let came = self.came.notified();
            if !self.waiting().is_empty() {
                return;
            }
            came.await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, Queued>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queued {
    /// Whether it is of this author in this workspace.
    pub fn is_of(&self, viewer: &Viewer, workspace_id: WorkspaceId) -> bool {
        self.viewer.account_id == viewer.account_id && self.workspace_id == workspace_id
    }
}
