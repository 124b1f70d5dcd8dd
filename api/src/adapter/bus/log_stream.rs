//! The whole log on JetStream for external programs: `log.<workspace>` carries every event once and in order.
//!
//! Creates the stream and keeps its settings current. Each append names the expected last message of its subject, so
//! two processes never interleave, and an append whose response was lost is not repeated. The stream is a copy: lost
//! events are published again from the database.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, LastRawMessageErrorKind, StorageType};
use async_nats::jetstream::{Context, ErrorCode};

use super::encoding;
use super::sync::{self, SyncCheck};
use crate::ground::breaker::Breaker;
use crate::ground::config::NatsSettings;
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::mutex::Mutex;
use crate::model::event::{Seq, SharedEvent};

/// The stream's name in JetStream.
pub const STREAM: &str = "confab_log";
/// Header with the `seq` of a message's first event.
pub const FIRST_SEQ_HEADER: &str = "Confab-First";
/// Header with the `seq` of a message's last event.
pub const LAST_SEQ_HEADER: &str = "Confab-Last";
/// Time within which JetStream recognizes a repeated message id.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// A handle to the stream.
#[derive(Debug)]
pub struct LogStream {
    client: Client,
    context: Context,
    config: Config,
    monitor: Option<String>,
    allow_lazy_sync: bool,
    breaker: Breaker,
    tails: Mutex<HashMap<WorkspaceId, Tail>>,
}

/// The last message of a subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tail {
    /// Sequence number in the stream, 0 if there is none.
    pub message: u64,
    /// `seq` of its last event, 0 if there is none.
    pub seq: Seq,
}

/// Identity and position of the stream. Distinguishes a recreated or restored stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamState {
    /// Time of creation in nanoseconds since 1970.
    pub created: i64,
    /// Sequence number of the last message.
    pub messages: i64,
}

impl LogStream {
    pub(super) fn new(client: &Client, context: &Context, settings: &NatsSettings, breaker: Breaker) -> Self {
        Self {
            client: client.clone(),
            context: context.clone(),
            config: config(settings),
            monitor: settings.monitor_url.clone(),
            allow_lazy_sync: settings.allow_lazy_sync,
            breaker,
            tails: Mutex::default(),
        }
    }

    /// Returns how long the stream keeps events.
    pub fn retention(&self) -> Duration {
        self.config.max_age
    }

    /// Checks whether NATS syncs messages to disk before it acknowledges them.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a message that names the setting to change, if it does not or this cannot be determined.
    pub async fn check_sync(&self) -> Result<SyncCheck> {
        if self.allow_lazy_sync {
            return Ok(SyncCheck::Allowed);
        }
        sync::check(self.monitor.as_deref()).await
    }

    /// Creates the stream if it does not exist, and updates its settings if they differ.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not respond or rejects the settings.
    pub async fn ensure(&self) -> Result<StreamState> {
        self.require_connected()?;
        let stream = self.context.get_or_create_stream(self.config.clone()).await.map_err(unavailable)?;
        let info = stream.cached_info();
        if !has_settings_of(&info.config, &self.config) {
            tracing::info!(stream = STREAM, "updating stream settings");
            self.context.update_stream(self.config.clone()).await.map_err(unavailable)?;
        }
        Ok(StreamState {
            created: i64::try_from(info.created.unix_timestamp_nanos()).unwrap_or(0),
            messages: i64::try_from(info.state.last_sequence).unwrap_or(i64::MAX),
        })
    }

    /// Describes the stream for an operator. `None` if it does not exist. Changes nothing.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not respond.
    pub async fn describe(&self) -> Result<Option<String>> {
        self.require_connected()?;
        match self.context.get_stream(STREAM).await {
            Ok(stream) => {
                let info = stream.cached_info();
                let replicas = info.config.num_replicas;
                Ok(Some(format!("{} messages, {replicas} replicas", info.state.messages)))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Returns the last message of a log's subject.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not respond.
    pub async fn tail(&self, workspace_id: WorkspaceId) -> Result<Tail> {
        let known = self.tails.lock().get(&workspace_id).copied();
        match known {
            Some(tail) => Ok(tail),
            None => self.fetch_tail(workspace_id).await,
        }
    }

    async fn fetch_tail(&self, workspace_id: WorkspaceId) -> Result<Tail> {
        self.require_connected()?;
        let stream = self.context.get_stream_no_info(STREAM).await.map_err(unavailable)?;
        let tail = match stream.get_last_raw_message_by_subject(&subject(workspace_id)).await {
            Ok(message) => {
                let last = message.headers.get(LAST_SEQ_HEADER).and_then(|last| last.as_str().parse().ok());
                let seq = last.ok_or_else(|| unavailable("a message lacks its seq headers"))?;
                Tail { message: message.sequence, seq }
            }
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Tail::default(),
            Err(error) => return Err(unavailable(error)),
        };
        self.tails.lock().insert(workspace_id, tail);
        Ok(tail)
    }

    /// Appends consecutive events of one log, all after its tail.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not acknowledge. The next append fetches the tail again.
    pub async fn append(&self, events: &[SharedEvent]) -> Result<()> {
        self.require_connected()?;
        for run in encoding::runs(events) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let workspace_id = first.workspace_id;
            let tail = self.tail(workspace_id).await?;
            let message = PublishMessage::build()
                .payload(encoding::encode(run)?)
                // Both bounds: another split of the same events is another message.
                .message_id(format!("{}:{}-{}", workspace_id.0, first.seq, last.seq))
                .expected_last_subject_sequence(tail.message)
                .header(FIRST_SEQ_HEADER, first.seq.to_string().as_str())
                .header(LAST_SEQ_HEADER, last.seq.to_string().as_str());
            match self.send(subject(workspace_id), message).await {
                Ok(number) => self.tails.lock().insert(workspace_id, Tail { message: number, seq: last.seq }),
                Err(error) => {
                    self.tails.lock().remove(&workspace_id);
                    return Err(error);
                }
            };
        }
        Ok(())
    }

    async fn send(&self, subject: String, message: PublishMessage) -> Result<u64> {
        let pass = self.breaker.try_acquire().ok_or_else(|| unavailable("circuit open"))?;
        let acknowledged = self.context.send_publish(subject, message).await.map_err(unavailable)?;
        match acknowledged.await {
            Ok(ack) => {
                pass.succeeded();
                Ok(ack.sequence)
            }
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                pass.succeeded();
                Err(unavailable("another process appended first"))
            }
            Err(error) => {
                pass.failed();
                Err(unavailable(error))
            }
        }
    }

    /// Clears the cached tails, because the stream was recreated.
    pub fn clear_tails(&self) {
        self.tails.lock().clear();
    }

    /// Fails at once instead of after a timeout while NATS is disconnected.
    fn require_connected(&self) -> Result<()> {
        (self.client.connection_state() == State::Connected).then_some(()).ok_or_else(|| unavailable("not connected"))
    }
}

/// Returns the subject of a log.
pub fn subject(workspace_id: WorkspaceId) -> String {
    format!("log.{}", workspace_id.0)
}

fn config(settings: &NatsSettings) -> Config {
    Config {
        name: STREAM.to_owned(),
        description: Some("Every event of every workspace of Confab, in order.".to_owned()),
        subjects: vec!["log.*".to_owned()],
        storage: StorageType::File,
        num_replicas: settings.replicas,
        discard: DiscardPolicy::Old,
        max_age: Duration::from_secs(u64::from(settings.keep_hours) * 3600),
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        deny_purge: true,
        ..Config::default()
    }
}

fn has_settings_of(current: &Config, config: &Config) -> bool {
    current.subjects == config.subjects
        && current.num_replicas == config.num_replicas
        && current.max_age == config.max_age
        && current.discard == config.discard
        && current.duplicate_window == config.duplicate_window
        && current.description == config.description
        && current.max_bytes <= 0
        && current.max_messages <= 0
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(refusal) if refusal.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn unavailable(reason: impl std::fmt::Display) -> Error {
    Error::Unavailable(format!("JetStream: {reason}."))
}
