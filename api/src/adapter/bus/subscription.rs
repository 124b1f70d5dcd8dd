//! What a process receives from other processes, and its subscriptions to it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::task::AbortHandle;

use crate::model::event::SharedEvent;

/// A message from another process.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// Committed events of the subscribed log.
    Events(Vec<SharedEvent>),
    /// A signal, as passed to [`Bus::signal`](super::Bus::signal).
    Signal(Bytes),
}

/// Handles messages of one log, one at a time.
pub type Handler = Arc<dyn Fn(Incoming) + Send + Sync>;

/// Handles presence updates from other processes.
pub type PresenceHandler = Arc<dyn Fn(Bytes) + Send + Sync>;

/// Handles messages that processes publish about themselves: budget usage and heartbeats.
pub type ProcessHandler = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// A subscription. Dropping it unsubscribes.
#[derive(Debug)]
pub struct BusSubscription(pub(super) Option<AbortHandle>);

impl Drop for BusSubscription {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
