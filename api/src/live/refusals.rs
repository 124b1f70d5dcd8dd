//! The workspaces that this process refuses until it is restarted, because their logs have events that it does
//! not know: a newer version of the server writes there. What is in memory, and what the tables say, may mean
//! something else by then, so nothing is read, decided or delivered here; the newer processes serve them.
//! Metric: `confab_refused_logs`.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::id::WorkspaceId;

/// The workspaces that are refused.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashSet<WorkspaceId>>);

impl Refusals {
    /// Refuses a workspace from now on.
    pub fn refuse(&self, id: WorkspaceId) {
        let mut refused = self.refused();
        if refused.insert(id) {
            metrics::gauge!("confab_refused_logs").set(u32::try_from(refused.len()).unwrap_or(u32::MAX));
            tracing::error!(workspace = %id, "a log has events of a newer version; it is refused until a restart");
        }
    }

    /// That a workspace is not refused.
    ///
    /// # Errors
    /// `UNAVAILABLE` if it is.
    pub fn check(&self, id: WorkspaceId) -> Result<()> {
        if self.refused().contains(&id) { Err(Error::Newer) } else { Ok(()) }
    }

    /// How many are refused.
    pub fn count(&self) -> usize {
        self.refused().len()
    }

    fn refused(&self) -> MutexGuard<'_, HashSet<WorkspaceId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
