//! What one process of a fleet does once a day.
//!
//! The time of the last is the cursor of its name in the log of the server, which is held while it is done. What
//! failed, and what a process died of, is tried again at the next look.

use std::time::Duration;

use crate::app::App;
use crate::db::{self, Database, Scope};
use crate::error::Result;
use crate::id::{CommandId, WorkspaceId};
use crate::log::leases;

/// How often it is done.
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// How often it is looked whether it is time.
const LOOK: Duration = Duration::from_secs(600);

/// Looks for ever whether it is time.
pub async fn run<F: Future<Output = Result<()>>>(app: App, database: Database, look: impl Fn(App, Database) -> F) {
    let mut looks = tokio::time::interval(LOOK);
    // Not at once: a server that has just been started has other things to do.
    looks.tick().await;
    loop {
        looks.tick().await;
        if let Err(error) = look(app.clone(), database.clone()).await {
            tracing::warn!(%error, "what is due once a day was not done");
        }
    }
}

/// Does it if nobody has for a day.
///
/// # Errors
/// Those of the work, and when the database does not answer.
pub async fn once(database: &Database, name: &str, work: impl Future<Output = Result<()>>) -> Result<()> {
    let process = CommandId::mint().0;
    let Some(taken) = leases::take(database, WorkspaceId::SERVER, name, process).await? else { return Ok(()) };
    let now = db::now(&database.snapshot(Scope::Server).await?).await?;
    let every = i64::try_from(EVERY.as_millis()).unwrap_or(i64::MAX);
    if now.0 - taken.cursor < every {
        return taken.give_back(database, taken.cursor).await;
    }
    let done = tokio::select! {
        done = work => done,
        lost = taken.keep(database) => Err(lost),
    };
    taken.give_back(database, if done.is_ok() { now.0 } else { taken.cursor }).await?;
    done
}
