//! Rebuilds the search index: `confab reindex`.
//!
//! The request is a row in the database. The process that feeds the indexes builds the new one beside the one in use:
//! the server if one runs, otherwise this process. If all processes share the engine, this process builds it in any
//! case.

use std::time::Duration;

use super::search::IndexFeeder;
use crate::adapter::search::engine::Engine;
use crate::app::generations::Generations;
use crate::ground::config::Config;
use crate::ground::db::store;
use crate::ground::error::{Error, Result};
use crate::log::wake::LogSet;

/// How often progress is checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(300);
/// How long progress may stall before the command fails.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Builds a new index and waits until it is in use. `is_alone` means that no server uses the data directory. Reports
/// the number of events done and the total through `report`. Returns the total.
///
/// # Errors
/// Returns `UNAVAILABLE` if the engine, the database, or the server that builds the index does not respond.
pub async fn run(config: &Config, is_alone: bool, mut report: impl FnMut(u64, u64)) -> Result<u64> {
    let database = store::open(&config.store).await?.migrate().await?;
    let search = Generations::new(Engine::configured(config)?);
    search.request_rebuild(&database).await?;
    let builds_here = is_alone || search.engine().is_shared();
    let mut feeder = IndexFeeder::new(database.clone());
    let (mut all, mut last, mut stalled) = (0, -1, Duration::ZERO);
    while let Some(progress) = search.building(&database).await? {
        let positive = |number: i64| u64::try_from(number).unwrap_or(0);
        all = positive(progress.all);
        report(positive(progress.done), all);
        stalled = if progress.done == last { stalled + CHECK_INTERVAL } else { Duration::ZERO };
        last = progress.done;
        if stalled > STALL_TIMEOUT {
            let message = "No index is being built. Check that the server of this data directory is running.";
            return Err(Error::Unavailable(message.into()));
        }
        if !builds_here || !feeder.step(&search, &LogSet::All).await?.has_more {
            tokio::time::sleep(CHECK_INTERVAL).await;
        }
    }
    Ok(all)
}
