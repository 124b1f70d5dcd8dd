//! Background workers, one file each: the durable readers of the log, the processing of queued messages, and periodic
//! maintenance.
//!
//! Workers import everything up to [`chat`](crate::chat), and know no HTTP.

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
use crate::ground::db::Database;
use crate::ground::error::{Error, Result};
use crate::ground::supervise::spawn_forever;
use crate::log::reader::{self, Handler};
use crate::model::log::entity::reader_failure;
use notifications::Notifications;
use publisher::Publisher;

/// Starts the workers. Readers that can stall have their own connections, so that a stalled one delays no other.
///
/// # Errors
/// Returns an error if the database cannot be reached.
pub async fn start(app: &App) -> Result<()> {
    let (database, wake, handler) = (app.database.isolated().await?, app.readers.clone(), notifications(app));
    spawn_forever(Notifications::NAME, move || reader::run(database.clone(), wake.clone(), handler.clone()));
    if let Some(stream) = app.bus.log_stream() {
        let database = app.database.isolated().await?;
        let publisher = Publisher::new(stream, database.clone());
        let (watching, wake) = (publisher.clone(), app.readers.clone());
        spawn_forever("publisher watch", move || watching.clone().watch());
        spawn_forever(Publisher::NAME, move || reader::run(database.clone(), wake.clone(), publisher.clone()));
    }
    let database = app.database.isolated().await?;
    if !app.search.engine().is_shared()
        && let Err(error) = app.search.refresh(&database).await
    {
        tracing::warn!(%error, "failed to open the search index");
    }
    if app.media.storage().is_ok() {
        spawn_worker(app, &database, "previews", previews::run);
        spawn_worker(app, &database, "collector", |app, _| collector::run(app));
        spawn_worker(app, &database, "media audit", |app, database| daily::run(app, database, media_audit::when_due));
    }
    spawn_worker(app, &database, "search audit", |app, database| daily::run(app, database, search_audit::when_due));
    spawn_worker(app, &database, "pruning", |app, database| daily::run(app, database, pruning::when_due));
    spawn_worker(app, &database, "session pruning", |app, database| {
        daily::run(app, database, sessions::prune_when_due)
    });
    spawn_worker(app, &database, "sessions", |app, _| sessions::run(app));
    spawn_worker(app, &database, "search", search::run);
    if let Some(intake) = app.queue.intake().cloned() {
        spawn_worker(app, &database, "intake", move |app, _| intake::run(app, intake.clone()));
    }
    Ok(())
}

fn spawn_worker<F>(
    app: &App,
    database: &Database,
    name: &'static str,
    run: impl Fn(App, Database) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let (app, database) = (app.clone(), database.clone());
    spawn_forever(name, move || run(app.clone(), database.clone()));
}

/// Retries an event that its reader gave up on.
///
/// # Errors
/// Returns the reason if it fails again, or `NOT_FOUND` if the reader no longer exists.
pub async fn retry(app: &App, failure: reader_failure::Model) -> Result<()> {
    match failure.name.as_str() {
        Notifications::NAME => reader::retry(&app.database, &notifications(app), failure).await,
        _ => Err(Error::NotFound("reader")),
    }
}

fn notifications(app: &App) -> Notifications {
    Notifications { notifier: app.notifier.clone() }
}
