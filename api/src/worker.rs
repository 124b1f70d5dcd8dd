//! The durable readers of the log, one file each.

pub mod notifications;

use crate::app::App;
use crate::error::{Error, Result};
use crate::log::entity::reader_failure;
use crate::log::reader::{self, Handler};
use notifications::Notifications;

/// Starts them.
pub fn start(app: &App) {
    tokio::spawn(reader::run(app.database.clone(), app.wake.clone(), notifications(app)));
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
