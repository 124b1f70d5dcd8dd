//! The running checks of uploads: one per file, and a bounded number per account and in total.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::ground::error::Result;
use crate::ground::id::{AccountId, FileId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::log::Receipt;

/// Maximum number of concurrent checks.
pub const MAX_CONCURRENT_CHECKS: usize = 4;
/// Maximum number of concurrent checks per account.
pub const MAX_CONCURRENT_CHECKS_PER_ACCOUNT: usize = 2;
/// Running checks of this process.
pub struct Checks {
    running: Mutex<Running>,
    permits: Semaphore,
}

/// The result of a check: `None` if another process is checking the file.
pub type Outcome = Result<Option<Arc<Receipt>>>;
type Key = (WorkspaceId, FileId);
type Running = HashMap<Key, Check>;

/// A check that is running or waiting for a permit.
struct Check {
    outcome: watch::Receiver<Option<Outcome>>,
    account_id: AccountId,
    /// Permits of the account, shared by all of its checks.
    share: Arc<Semaphore>,
}

/// Returns the permits of an account.
fn share(running: &Running, account_id: AccountId) -> Arc<Semaphore> {
    let another = running.values().find(|check| check.account_id == account_id);
    another.map_or_else(|| Arc::new(Semaphore::new(MAX_CONCURRENT_CHECKS_PER_ACCOUNT)), |check| check.share.clone())
}

impl Default for Checks {
    fn default() -> Self {
        Self { running: Mutex::default(), permits: Semaphore::new(MAX_CONCURRENT_CHECKS) }
    }
}

impl Checks {
    /// Returns the outcome of the running check of a file. Without one, `start` receives where to send the outcome, and
    /// the permits of the account.
    pub fn get_or_start(
        &self,
        key: Key,
        account_id: AccountId,
        start: impl FnOnce(watch::Sender<Option<Outcome>>, Arc<Semaphore>),
    ) -> watch::Receiver<Option<Outcome>> {
        let mut running = self.running.lock();
        let share = share(&running, account_id);
        let check = running.entry(key).or_insert_with(|| {
            let (sender, outcome) = watch::channel(None);
            start(sender, share.clone());
            Check { outcome, account_id, share }
        });
        check.outcome.clone()
    }

    /// Removes a check that has ended.
    pub fn remove(&self, key: Key) {
        self.running.lock().remove(&key);
    }

    /// Permits of the process.
    pub fn permits(&self) -> &Semaphore {
        &self.permits
    }
}
