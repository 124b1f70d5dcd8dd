//! What goes on beside the requests, one file each: the durable readers of the log, and what decides what was
//! queued.

pub mod collector;
pub mod daily;
pub mod intake;
pub mod media_audit;
pub mod notifications;
pub mod previews;
pub mod pruning;
pub mod publisher;
pub mod reindex;
pub mod search;
pub mod search_audit;
pub mod sessions;

use crate::app::App;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::log::entity::reader_failure;
use crate::log::reader::{self, Handler};
use crate::supervise::spawn_forever;
use notifications::Notifications;
use publisher::Publisher;

/// Starts them, each with connections of its own, so that one that is stuck delays no other.
///
/// # Errors
/// When the database cannot be reached.
pub async fn start(app: &App) -> Result<()> {
    let (database, wake, handler) = (app.database.isolated().await?, app.wake.clone(), notifications(app));
    spawn_forever(Notifications::NAME, move || reader::run(database.clone(), wake.clone(), handler.clone()));
    if let Some(stream) = app.bus.log_stream() {
        let database = app.database.isolated().await?;
        let publisher = Publisher::new(stream, database.clone());
        let (watching, wake) = (publisher.clone(), app.wake.clone());
        spawn_forever("publisher's watch", move || watching.clone().watch());
        spawn_forever(Publisher::NAME, move || reader::run(database.clone(), wake.clone(), publisher.clone()));
    }
    let database = app.database.isolated().await?;
    if !app.search.engine().is_shared()
        && let Err(error) = app.search.refresh(&database).await
    {
        tracing::warn!(%error, "the search index cannot be opened");
    }
    if app.media.storage().is_ok() {
        forever(app, &database, "previews", previews::run);
        forever(app, &database, "collector", |app, _| collector::run(app));
        forever(app, &database, "media audit", |app, database| daily::run(app, database, media_audit::when_due));
    }
    forever(app, &database, "search audit", |app, database| daily::run(app, database, search_audit::when_due));
    forever(app, &database, "pruning", |app, database| daily::run(app, database, pruning::when_due));
    forever(app, &database, "session pruning", |app, database| daily::run(app, database, sessions::prune_when_due));
    forever(app, &database, "sessions", |app, _| sessions::run(app));
    forever(app, &database, "search", search::run);
    if let Some(intake) = app.queue.intake().cloned() {
        forever(app, &database, "intake", move |app, _| intake::run(app, intake.clone()));
    }
    Ok(())
}

fn forever<F>(app: &App, database: &Database, name: &'static str, run: impl Fn(App, Database) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (app, database) = (app.clone(), database.clone());
    spawn_forever(name, move || run(app.clone(), database.clone()));
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
    Notifications { telling: app.telling.clone() }
}
