//! Building the search index anew: `confab reindex`.
//!
//! Asking for it is a row in the database; whoever feeds the indexes builds it beside the one in use. That is the
//! server, where one runs, and this program where none does or where all processes share the engine.

use std::time::Duration;

use super::search::Keeper;
use crate::app;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::log::wake::Logs;
use crate::search::generation::Generations;

/// How often it is looked how far the server has come.
const LOOK: Duration = Duration::from_millis(300);
/// For how long a server may do nothing before it is said.
const PATIENCE: Duration = Duration::from_secs(60);

/// Builds a new index and waits until it is in use; `alone` where no server has the data directory. Tells events
/// done and all as it goes; answers how many there were.
///
/// # Errors
/// `UNAVAILABLE` when the engine, the database or the server that must do it does not answer.
pub async fn run(config: &Config, alone: bool, mut tell: impl FnMut(u64, u64)) -> Result<u64> {
    let database = app::open(&config.store).await?.migrate().await?;
    let search = Generations::new(app::engine(config)?);
    search.ask_for_new(&database).await?;
    let works = alone || search.engine().is_shared();
    let mut keeper = Keeper::new(database.clone());
    let (mut all, mut last, mut still) = (0, -1, Duration::ZERO);
    while let Some(progress) = search.building(&database).await? {
        let positive = |number: i64| u64::try_from(number).unwrap_or(0);
        all = positive(progress.all);
        tell(positive(progress.done), all);
        still = if progress.done == last { still + LOOK } else { Duration::ZERO };
        last = progress.done;
        if still > PATIENCE {
            let why = "Nothing is being built. Is the server running that has this data directory?";
            return Err(Error::Unavailable(why.into()));
        }
        if !works || !keeper.step(&search, &Logs::All).await?.more {
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(all)
}
