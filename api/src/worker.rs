//! What goes on beside the requests, one file each: the durable readers of the log, and what decides what was
//! queued.

pub mod collector;
pub mod daily;
pub mod intake;
pub mod media_audit;
pub mod notifications;
pub mod previews;
pub mod publisher;
pub mod reindex;
pub mod search;
pub mod search_audit;
pub mod sessions;

use crate::app::App;
use crate::error::{Error, Result};
use crate::log::entity::reader_failure;
use crate::log::reader::{self, Handler};
use notifications::Notifications;
use publisher::Publisher;

/// Starts them, each with connections of its own, so that one that is stuck delays no other.
///
/// # Errors
/// When the database cannot be reached.
pub async fn start(app: &App) -> Result<()> {
    tokio::spawn(reader::run(app.database.isolated().await?, app.wake.clone(), notifications(app)));
    if let Some(stream) = app.bus.log_stream() {
        let database = app.database.isolated().await?;
        let publisher = Publisher::new(stream, database.clone());
        tokio::spawn(publisher.clone().watch());
        tokio::spawn(reader::run(database, app.wake.clone(), publisher));
    }
    let database = app.database.isolated().await?;
    if !app.search.engine().is_shared()
        && let Err(error) = app.search.refresh(&database).await
    {
        tracing::warn!(%error, "the search index cannot be opened");
    }
    if app.media.storage().is_ok() {
        tokio::spawn(previews::run(app.clone(), database.clone()));
        tokio::spawn(collector::run(app.clone()));
        tokio::spawn(daily::run(app.clone(), database.clone(), media_audit::when_due));
    }
    tokio::spawn(daily::run(app.clone(), database.clone(), search_audit::when_due));
    tokio::spawn(daily::run(app.clone(), database.clone(), sessions::prune_when_due));
    tokio::spawn(sessions::run(app.clone()));
    tokio::spawn(search::run(app.clone(), database));
    if let Some(intake) = app.queue.intake() {
        tokio::spawn(intake::run(app.clone(), intake.clone()));
    }
    Ok(())
}

/// Handles an event again that its reader gave up on.
///
/// # Errors
/// Why it failed again, or `NOT_FOUND` for a reader that is no more.
pub async fn retry(app: &App, failure: reader_failure::Model) -> Result<()> {
    match failure.name.as_str() {
        Notifications::NAME => reader::retry(&app.database, &notifications(app), failure).await,
        _ => Err(Error::NotFound("reader")),
    }
}

fn notifications(app: &App) -> Notifications {
    Notifications { rooms: app.rooms.clone(), database: app.database.clone() }
}
