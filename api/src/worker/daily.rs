//! Runs a task once per day in one process of a deployment.
//!
//! The time of the last run is the cursor of the task's name in the server's log, which is leased while the task runs.
//! A failed or interrupted run is retried at the next check.

use std::time::Duration;

use crate::app::App;
use crate::ground::db::{self, Database, Scope};
use crate::ground::error::Result;
use crate::ground::id::{CommandId, WorkspaceId};
use crate::log::leases;

/// Interval between runs.
const INTERVAL: Duration = Duration::from_secs(24 * 3600);
/// Interval between checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(600);

/// Calls `check` forever, every [`CHECK_INTERVAL`].
pub async fn run<F: Future<Output = Result<()>>>(app: App, database: Database, check: impl Fn(App, Database) -> F) {
    let mut ticks = tokio::time::interval(CHECK_INTERVAL);
    // Skips the immediate first tick, to keep startup light.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if let Err(error) = check(app.clone(), database.clone()).await {
            tracing::warn!(%error, "daily task failed");
        }
    }
}

/// Runs `work` unless it ran within the last day.
///
/// # Errors
/// Returns the errors of `work`, or an error if the database does not respond.
pub async fn run_if_due(database: &Database, name: &str, work: impl Future<Output = Result<()>>) -> Result<()> {
    let process = CommandId::mint().0;
    let Some(lease) = leases::acquire(database, WorkspaceId::SERVER, name, process).await? else { return Ok(()) };
    let now = db::now(&database.snapshot(Scope::Server).await?).await?;
    let interval = i64::try_from(INTERVAL.as_millis()).unwrap_or(i64::MAX);
    if now.0 - lease.cursor < interval {
        return lease.release(database, lease.cursor).await;
    }
    let result = tokio::select! {
        result = work => result,
        error = lease.keep_renewed(database) => Err(error),
    };
    lease.release(database, if result.is_ok() { now.0 } else { lease.cursor }).await?;
    result
}
