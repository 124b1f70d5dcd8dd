//! The bus: carries events and signals between the processes of a fleet, and the whole log to external programs.
//!
//! Live messages may be lost, duplicated and reordered: rooms apply events by `seq` and read missing ones from the
//! database. With a single process the in-process variant does nothing, because the lane hands events to the local
//! room itself.

pub mod encoding;
pub mod intake;
pub mod log_stream;
pub mod nats;
mod subscription;
pub mod sync;

use std::sync::Arc;

use crate::ground::config::NatsSettings;
use crate::ground::error::Result;
use crate::ground::id::WorkspaceId;
use crate::model::event::SharedEvent;
use intake::Intake;
use log_stream::LogStream;
use nats::Nats;
pub use subscription::{BusSubscription, Handler, Incoming, PresenceHandler, ProcessHandler};

/// The transport to the other processes.
#[derive(Debug, Clone)]
pub enum Bus {
    /// A single process. Publishing and subscribing do nothing.
    InProcess,
    /// A fleet on NATS.
    Nats(Nats),
}

impl Bus {
    /// Opens NATS if the settings name a server, otherwise the in-process variant. An unavailable server is not an
    /// error: the client keeps connecting in the background.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a message that names the invalid setting.
    pub async fn open(settings: &NatsSettings) -> Result<Self> {
        crate::ground::tls::install_provider();
        match &settings.url {
            Some(url) => Ok(Self::Nats(Nats::connect(url, settings).await?)),
            None => Ok(Self::InProcess),
        }
    }

    /// Publishes committed events to the other processes. Never waits.
    pub fn publish(&self, events: &[SharedEvent]) {
        if let Self::Nats(nats) = self {
            nats.publish(events);
        }
    }

    /// Publishes a signal of a workspace to the other processes. Never waits.
    pub fn signal(&self, workspace_id: WorkspaceId, signal: impl FnOnce() -> Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.signal(workspace_id, signal());
        }
    }

    /// Subscribes to the events and signals of one log from other processes.
    pub fn subscribe(&self, workspace_id: WorkspaceId, handler: Handler) -> BusSubscription {
        match self {
            Self::InProcess => BusSubscription(None),
            Self::Nats(nats) => BusSubscription(Some(nats.subscribe(workspace_id, handler))),
        }
    }

    /// Returns whether this is the only process.
    pub fn is_in_process(&self) -> bool {
        matches!(self, Self::InProcess)
    }

    /// Publishes a presence update of a workspace to the other processes. Never waits.
    pub fn publish_presence(&self, workspace_id: WorkspaceId, update: Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.publish_presence(workspace_id, update);
        }
    }

    /// Subscribes to the presence updates of a workspace from other processes. Publishes `greeting` to them once the
    /// subscription is active.
    pub fn subscribe_presence(
        &self,
        workspace_id: WorkspaceId,
        handler: PresenceHandler,
        greeting: Vec<u8>,
    ) -> BusSubscription {
        match self {
            Self::InProcess => BusSubscription(None),
            Self::Nats(nats) => BusSubscription(Some(nats.subscribe_presence(workspace_id, handler, greeting))),
        }
    }

    /// Publishes a heartbeat of this process. Never waits.
    pub fn publish_heartbeat(&self, beat: Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.publish_to(nats::HEARTBEATS_SUBJECT, beat);
        }
    }

    /// Subscribes to the heartbeats of other processes.
    pub fn subscribe_heartbeats(&self, handler: ProcessHandler) -> BusSubscription {
        self.subscribe_to(nats::HEARTBEATS_SUBJECT, handler)
    }

    /// Publishes the budget usage of callers of this process. Never waits.
    pub fn publish_usage(&self, update: Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.publish_to(nats::USAGE_SUBJECT, update);
        }
    }

    /// Subscribes to the budget usage of callers of other processes.
    pub fn subscribe_usage(&self, handler: ProcessHandler) -> BusSubscription {
        self.subscribe_to(nats::USAGE_SUBJECT, handler)
    }

    fn subscribe_to(&self, subject: &'static str, handler: ProcessHandler) -> BusSubscription {
        match self {
            Self::InProcess => BusSubscription(None),
            Self::Nats(nats) => BusSubscription(Some(nats.subscribe_to(subject, handler))),
        }
    }

    /// Waits until published messages have been written, for a bounded time.
    pub async fn flush(&self) {
        if let Self::Nats(nats) = self {
            nats.flush().await;
        }
    }

    /// Returns the stream of the whole log for external programs, if the bus has one.
    pub fn log_stream(&self) -> Option<Arc<LogStream>> {
        match self {
            Self::InProcess => None,
            Self::Nats(nats) => Some(nats.log_stream()),
        }
    }

    /// Returns the queue for messages sent while the database is unavailable, if the bus has one.
    pub fn intake(&self) -> Option<Arc<Intake>> {
        match self {
            Self::InProcess => None,
            Self::Nats(nats) => Some(nats.intake()),
        }
    }

    /// Returns whether the bus is connected. `None` for a single process.
    pub fn is_connected(&self) -> Option<bool> {
        match self {
            Self::InProcess => None,
            Self::Nats(nats) => Some(nats.is_connected()),
        }
    }
}
