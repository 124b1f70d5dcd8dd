//! The durable readers of the log, one file each, and what wakes them.

pub mod notifications;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::app::App;
use crate::log::reader;

/// Wakes the readers after an append. A lost wake costs only time: they also look by themselves.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// There is something to read.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Waits for a wake, at most `patience`.
    pub async fn wait(&self, patience: Duration) {
        let _ = tokio::time::timeout(patience, self.0.notified()).await;
    }
}

/// Starts them.
pub fn start(app: &App) {
    tokio::spawn(reader::run(app.clone(), notifications::Notifications));
}
