//! The durable readers of the log, one file each.

pub mod notifications;

use crate::app::App;
use crate::log::reader;

/// Starts them.
pub fn start(app: &App) {
    let notifications = notifications::Notifications { rooms: app.rooms.clone(), database: app.database.clone() };
    tokio::spawn(reader::run(app.database.clone(), app.wake.clone(), notifications));
}
