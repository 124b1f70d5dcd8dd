//! The whole log on JetStream, for programs outside: `log.<workspace>`, every event once and in order.
//!
//! The stream is made, checked and brought up to date here. Each message is appended only after the one
//! that was read as the last of its subject, so two processes never interleave and an append whose answer
//! was lost is not repeated. JetStream is a copy: whatever it loses is filled again from the database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, LastRawMessageErrorKind, StorageType};
use async_nats::jetstream::{self, Context, ErrorCode};

use super::encoding;
use super::nats::PATIENCE;
use super::sync::{self, Sync};
use crate::breaker::Breaker;
use crate::config::NatsSettings;
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::WorkspaceId;

/// The stream's name in JetStream.
pub const STREAM: &str = "confab_log";
/// Where a message says the numbers of its first and last event.
pub const FIRST: &str = "Confab-First";
/// See [`FIRST`].
pub const LAST: &str = "Confab-Last";
/// In which the server itself knows a message again.
const DUPLICATES: Duration = Duration::from_secs(120);

/// The stream.
#[derive(Debug)]
pub struct LogStream {
    client: Client,
    context: Context,
    wanted: Config,
    monitor: Option<String>,
    allow_lazy_sync: bool,
    breaker: Breaker,
    tails: Mutex<HashMap<WorkspaceId, Tail>>,
}

/// The last message of a subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tail {
    /// Its number in the stream, 0 if there is none.
    pub message: u64,
    /// The number of its last event, 0 if there is none.
    pub seq: Seq,
}

/// How the stream stands: what tells a new or rebuilt one from the one that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When it was made, in nanoseconds since 1970.
    pub created: i64,
    /// The number of its last message.
    pub messages: i64,
}

impl LogStream {
    pub(super) fn new(client: &Client, settings: &NatsSettings, breaker: Breaker) -> Self {
        let mut context = jetstream::new(client.clone());
        context.set_timeout(PATIENCE);
        Self {
            client: client.clone(),
            context,
            wanted: wanted(settings),
            monitor: settings.monitor_url.clone(),
            allow_lazy_sync: settings.allow_lazy_sync,
            breaker,
            tails: Mutex::default(),
        }
    }

    /// How long the stream keeps events.
    pub fn retention(&self) -> Duration {
        self.wanted.max_age
    }

    /// Whether NATS writes what it acknowledges to the disk first.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a sentence on what must be set, when it does not or cannot be asked.
    pub async fn check_sync(&self) -> Result<Sync> {
        if self.allow_lazy_sync {
            return Ok(Sync::Allowed);
        }
        sync::check(self.monitor.as_deref()).await
    }

    /// Makes the stream if it is not there, and its settings what they must be.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream does not answer, or cannot change the settings.
    pub async fn ensure(&self) -> Result<Standing> {
        self.connected()?;
        let stream = self.context.get_or_create_stream(self.wanted.clone()).await.map_err(away)?;
        let info = stream.cached_info();
        if !as_wanted(&info.config, &self.wanted) {
            tracing::info!("the settings of the stream {STREAM} are brought up to date");
            self.context.update_stream(self.wanted.clone()).await.map_err(away)?;
        }
        Ok(Standing {
            created: i64::try_from(info.created.unix_timestamp_nanos()).unwrap_or(0),
            messages: i64::try_from(info.state.last_sequence).unwrap_or(i64::MAX),
        })
    }

    /// How the stream is, in words for an operator; `None` if it is not there. Changes nothing.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream does not answer.
    pub async fn look(&self) -> Result<Option<String>> {
        self.connected()?;
        match self.context.get_stream(STREAM).await {
            Ok(stream) => {
                let info = stream.cached_info();
                let replicas = info.config.num_replicas;
                Ok(Some(format!("{} messages on {replicas} of the servers", info.state.messages)))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(away(error)),
        }
    }

    /// The last message of a log's subject.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream does not answer.
    pub async fn tail(&self, workspace_id: WorkspaceId) -> Result<Tail> {
        let known = self.tails().get(&workspace_id).copied();
        match known {
            Some(tail) => Ok(tail),
            None => self.ask_tail(workspace_id).await,
        }
    }

    async fn ask_tail(&self, workspace_id: WorkspaceId) -> Result<Tail> {
        self.connected()?;
        let stream = self.context.get_stream_no_info(STREAM).await.map_err(away)?;
        let tail = match stream.get_last_raw_message_by_subject(&subject(workspace_id)).await {
            Ok(message) => {
                let last = message.headers.get(LAST).and_then(|last| last.as_str().parse().ok());
                Tail { message: message.sequence, seq: last.ok_or_else(|| away("a message without its numbers"))? }
            }
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Tail::default(),
            Err(error) => return Err(away(error)),
        };
        self.tails().insert(workspace_id, tail);
        Ok(tail)
    }

    /// Appends consecutive events of one log, all after its tail.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream did not acknowledge; the tail must be asked for again.
    pub async fn append(&self, events: &[SharedEvent]) -> Result<()> {
        self.connected()?;
        for run in encoding::runs(events) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let workspace_id = first.workspace_id;
            let tail = self.tail(workspace_id).await?;
            let message = PublishMessage::build()
                .payload(encoding::encode(run)?)
                // With both numbers: another cut of the same events is another message.
                .message_id(format!("{workspace_id}:{}-{}", first.seq, last.seq))
                .expected_last_subject_sequence(tail.message)
                .header(FIRST, first.seq.to_string().as_str())
                .header(LAST, last.seq.to_string().as_str());
            match self.send(subject(workspace_id), message).await {
                Ok(number) => self.tails().insert(workspace_id, Tail { message: number, seq: last.seq }),
                Err(error) => {
                    self.tails().remove(&workspace_id);
                    return Err(error);
                }
            };
        }
        Ok(())
    }

    async fn send(&self, subject: String, message: PublishMessage) -> Result<u64> {
        let pass = self.breaker.enter().ok_or_else(|| away("it is taken to be away"))?;
        let acknowledged = self.context.send_publish(subject, message).await.map_err(away)?;
        match acknowledged.await {
            Ok(answer) => {
                pass.succeeded();
                Ok(answer.sequence)
            }
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                pass.succeeded();
                Err(away("another process was first"))
            }
            Err(error) => {
                pass.failed();
                Err(away(error))
            }
        }
    }

    /// Forgets what is known of the messages: the stream is another one.
    pub fn forget(&self) {
        self.tails().clear();
    }

    fn tails(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, Tail>> {
        self.tails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails at once instead of after a deadline while there is no connection.
    fn connected(&self) -> Result<()> {
        (self.client.connection_state() == State::Connected).then_some(()).ok_or_else(|| away("not connected"))
    }
}

/// The subject of a log.
pub fn subject(workspace_id: WorkspaceId) -> String {
    format!("log.{workspace_id}")
}

fn wanted(settings: &NatsSettings) -> Config {
    Config {
        name: STREAM.to_owned(),
        description: Some("Every event of every workspace of Confab, in order.".to_owned()),
        subjects: vec!["log.*".to_owned()],
        storage: StorageType::File,
        num_replicas: settings.replicas,
        discard: DiscardPolicy::Old,
        max_age: Duration::from_secs(u64::from(settings.keep_hours) * 3600),
        duplicate_window: DUPLICATES,
        deny_delete: true,
        deny_purge: true,
        ..Config::default()
    }
}

fn as_wanted(found: &Config, wanted: &Config) -> bool {
    found.subjects == wanted.subjects
        && found.num_replicas == wanted.num_replicas
        && found.max_age == wanted.max_age
        && found.discard == wanted.discard
        && found.duplicate_window == wanted.duplicate_window
        && found.description == wanted.description
        && found.max_bytes <= 0
        && found.max_messages <= 0
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(refusal) if refusal.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn away(why: impl std::fmt::Display) -> Error {
    Error::Unavailable(format!("JetStream: {why}."))
}
