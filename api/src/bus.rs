//! The bus: carries events and signals to the other processes of a fleet, and the whole log to programs
//! outside.
//!
//! What it carries live may be lost, doubled and out of order: rooms take events by their numbers and
//! read what is missing. With one process there is nobody to tell, so the embedded variant does
//! nothing: the lane gives the events to this process's room itself.

pub mod encoding;
pub mod intake;
pub mod log_stream;
pub mod nats;
pub mod sync;

use std::sync::Arc;

use bytes::Bytes;

use crate::config::NatsSettings;
use crate::error::Result;
use crate::event::SharedEvent;
use crate::id::WorkspaceId;
use intake::Intake;
use log_stream::LogStream;
use nats::Nats;

/// What comes from another process.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Committed events of the log that is listened to.
    Events(Vec<SharedEvent>),
    /// A signal, as it was given to [`Bus::signal`].
    Signal(Bytes),
}

/// What is done with it. Called for one message after another.
pub type Hear = Arc<dyn Fn(Heard) + Send + Sync>;

/// What is done with what another process says of who is there.
pub type HearPresence = Arc<dyn Fn(Bytes) + Send + Sync>;

/// What is done with what another process says of itself: of the use of budgets, or that it is there.
pub type HearProcess = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// Listening lasts as long as this is held.
#[derive(Debug)]
pub struct Interest(Option<tokio::task::AbortHandle>);

impl Drop for Interest {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// The ways to the other processes.
#[derive(Debug, Clone)]
pub enum Bus {
    /// One process; everybody who must hear of an event is here.
    InProcess,
    /// A fleet on NATS.
    Nats(Nats),
}

impl Bus {
    /// NATS if the settings name it. A NATS that is away now is no error: it is found when it is back.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a sentence on the setting that is wrong.
    pub async fn open(settings: &NatsSettings) -> Result<Self> {
        crate::tls::choose();
        match &settings.url {
            Some(url) => Ok(Self::Nats(Nats::connect(url, settings).await?)),
            None => Ok(Self::InProcess),
        }
    }

    /// Tells the other processes of committed events. Never waits.
    pub fn publish(&self, events: &[SharedEvent]) {
        if let Self::Nats(nats) = self {
            nats.publish(events);
        }
    }

    /// Tells the other processes a signal of a workspace. Never waits.
    pub fn signal(&self, workspace_id: WorkspaceId, signal: impl FnOnce() -> Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.signal(workspace_id, signal());
        }
    }

    /// Listens to what other processes say of one log, until the answer is dropped.
    pub fn listen(&self, workspace_id: WorkspaceId, hear: Hear) -> Interest {
        match self {
            Self::InProcess => Interest(None),
            Self::Nats(nats) => Interest(Some(nats.listen(workspace_id, hear))),
        }
    }

    /// Whether there are no other processes.
    pub fn is_in_process(&self) -> bool {
        matches!(self, Self::InProcess)
    }

    /// Tells the other processes who is in a workspace. Never waits.
    pub fn tell_presence(&self, workspace_id: WorkspaceId, statement: Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.tell_presence(workspace_id, statement);
        }
    }

    /// Listens to who is in a workspace at other processes, until the answer is dropped. The greeting is
    /// told to them once they are heard.
    pub fn listen_presence(&self, workspace_id: WorkspaceId, hear: HearPresence, greeting: Vec<u8>) -> Interest {
        match self {
            Self::InProcess => Interest(None),
            Self::Nats(nats) => Interest(Some(nats.listen_presence(workspace_id, hear, greeting))),
        }
    }

    /// Tells the other processes that this one is there. Never waits.
    pub fn beat(&self, beat: Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.tell(nats::BEATS, beat);
        }
    }

    /// Listens to the beats of other processes, until the answer is dropped.
    pub fn listen_beats(&self, hear: HearProcess) -> Interest {
        self.listen_to(nats::BEATS, hear)
    }

    /// Tells the other processes what callers used here. Never waits.
    pub fn tell_usage(&self, statement: Vec<u8>) {
        if let Self::Nats(nats) = self {
            nats.tell(nats::USAGE, statement);
        }
    }

    /// Listens to what callers use at other processes, until the answer is dropped.
    pub fn listen_usage(&self, hear: HearProcess) -> Interest {
        self.listen_to(nats::USAGE, hear)
    }

    fn listen_to(&self, subject: &'static str, hear: HearProcess) -> Interest {
        match self {
            Self::InProcess => Interest(None),
            Self::Nats(nats) => Interest(Some(nats.listen_to(subject, hear))),
        }
    }

    /// Waits a little until what was told has gone out.
    pub async fn flush(&self) {
        if let Self::Nats(nats) = self {
            nats.flush().await;
        }
    }

    /// The whole log for programs outside, where the bus keeps one.
    pub fn log_stream(&self) -> Option<Arc<LogStream>> {
        match self {
            Self::InProcess => None,
            Self::Nats(nats) => Some(nats.log_stream()),
        }
    }

    /// Where messages wait while the database is away, where the bus has such a place.
    pub fn intake(&self) -> Option<Arc<Intake>> {
        match self {
            Self::InProcess => None,
            Self::Nats(nats) => Some(nats.intake()),
        }
    }

    /// Whether other processes are heard now; `None` where there are none.
    pub fn is_connected(&self) -> Option<bool> {
        match self {
            Self::InProcess => None,
            Self::Nats(nats) => Some(nats.is_connected()),
        }
    }
}
