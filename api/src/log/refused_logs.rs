//! The workspaces that this process refuses to serve until it is restarted, because their logs have an unsupported
//! version.
//!
//! A later release writes to them, and both the in-memory state and the tables may have a meaning that this release
//! does not know. Nothing is read, decided or delivered here; processes of the later release serve them. Metric:
//! `confab_refused_logs`.

use std::collections::HashSet;

use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::mutex::Mutex;

/// The refused workspaces.
#[derive(Debug, Default)]
pub struct RefusedLogs(Mutex<HashSet<WorkspaceId>>);

impl RefusedLogs {
    /// Refuses a workspace from now on.
    pub fn refuse(&self, id: WorkspaceId) {
        let mut refused = self.0.lock();
        if refused.insert(id) {
            metrics::gauge!("confab_refused_logs").set(u32::try_from(refused.len()).unwrap_or(u32::MAX));
            tracing::error!(workspace = %id.0, "log has an unsupported version; refusing the workspace until restart");
        }
    }

    /// Requires that a workspace is not refused.
    ///
    /// # Errors
    /// Returns `UNAVAILABLE` if it is refused.
    pub fn require_supported(&self, id: WorkspaceId) -> Result<()> {
        if self.0.lock().contains(&id) { Err(Error::UnsupportedVersion) } else { Ok(()) }
    }

    /// The number of refused workspaces.
    pub fn count(&self) -> usize {
        self.0.lock().len()
    }
}
