//! The intake: a JetStream queue for messages sent while the database is unavailable.
//!
//! Entries that [`Intake::enqueue`] acknowledged are stored with the durability of JetStream, once per id, until they
//! are purged or exceed the stream's maximum age. A follower receives every stored entry in order. A full stream
//! rejects new entries. Payloads are opaque.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};

use crate::ground::breaker::Breaker;
use crate::ground::config::NatsSettings;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, WorkspaceId};

/// The stream's name in JetStream.
pub const STREAM: &str = "confab_intake";
/// Maximum size of all queued entries in bytes, over all workspaces.
const MAX_BYTES: i64 = 256 * 1024 * 1024;
/// Maximum number of queued messages per account and workspace.
pub const MAX_MESSAGES_PER_ACCOUNT: usize = 100;
/// Time within which JetStream recognizes a repeated id.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// A handle to the stream. Publishing requires an active follower.
#[derive(Debug)]
pub struct Intake {
    client: Client,
    context: Context,
    config: Config,
    breaker: Breaker,
    /// Whether this process follows the stream, so that queued messages will be processed.
    is_followed: AtomicBool,
}

/// A queued message.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Sequence number in the stream, strictly increasing.
    pub number: u64,
    pub payload: Bytes,
}

impl Intake {
    pub(super) fn new(client: &Client, context: &Context, settings: &NatsSettings, breaker: Breaker) -> Self {
        let (context, is_followed) = (context.clone(), AtomicBool::new(false));
        Self { client: client.clone(), context, config: config(settings), breaker, is_followed }
    }

    /// Returns whether the queue currently accepts messages, as far as this process knows.
    pub fn is_open(&self) -> bool {
        self.is_followed.load(Ordering::SeqCst) && self.is_connected() && !self.breaker.is_open()
    }

    /// Returns whether NATS is connected.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Stores a payload of an account under an id and returns its sequence number.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not acknowledge it or the stream is full.
    pub async fn enqueue(
        &self,
        workspace_id: WorkspaceId,
        account_id: AccountId,
        id: String,
        payload: Bytes,
    ) -> Result<u64> {
        if !self.is_open() {
            return Err(Error::DependencyUnavailable("message queue"));
        }
        let message = PublishMessage::build().payload(payload).message_id(id);
        let subject = format!("intake.{}.{}", workspace_id.0, account_id.0);
        let pass = self.breaker.try_acquire().ok_or(Error::DependencyUnavailable("message queue"))?;
        let acknowledged = self.context.send_publish(subject, message).await.map_err(unavailable)?;
        let stored = match acknowledged.await {
            Ok(stored) => stored,
            Err(error) => {
                let is_unavailable = matches!(
                    error.kind(),
                    PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe | PublishErrorKind::StreamNotFound
                );
                // Any other error is an answer: the stream is full.
                if is_unavailable {
                    pass.failed();
                } else {
                    pass.succeeded();
                }
                return Err(unavailable(error));
            }
        };
        pass.succeeded();
        // JetStream still recognizes the id of an entry that was processed and purged, and has stored nothing.
        if stored.duplicate && stored.sequence < self.first_sequence().await? {
            return Err(unavailable("the entry was already processed"));
        }
        Ok(stored.sequence)
    }

    /// Returns all stored and future entries in order. Creates the stream if necessary. Ends with an error when the
    /// consumer is lost; the caller then follows again.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not respond.
    pub async fn follow(self: Arc<Self>) -> Result<BoxStream<'static, Result<Entry>>> {
        let subscription = async {
            let stream = self.context.get_or_create_stream(self.config.clone()).await.map_err(unavailable)?;
            let current = &stream.cached_info().config;
            let differs = current.num_replicas != self.config.num_replicas
                || current.max_age != self.config.max_age
                || current.max_bytes != self.config.max_bytes
                || current.max_messages_per_subject != self.config.max_messages_per_subject;
            if differs {
                self.context.update_stream(self.config.clone()).await.map_err(unavailable)?;
            }
            let consumer = stream.create_consumer(OrderedConfig::default()).await.map_err(unavailable)?;
            consumer.messages().await.map_err(unavailable)
        };
        let messages = self.guarded(subscription).await?;
        self.is_followed.store(true, Ordering::SeqCst);
        let entries = messages.map(move |message| {
            let message = message.map_err(unavailable)?;
            let number = message.info().map_err(unavailable)?.stream_sequence;
            Ok(Entry { number, payload: message.payload.clone() })
        });
        let following = Following(self);
        // The stream owns the guard, so that dropping it stops following.
        let guarded = entries.map(move |entry| {
            let _ = &following;
            entry
        });
        Ok(guarded.boxed())
    }

    /// Returns when the stream was created, in nanoseconds since 1970. Distinguishes a recreated stream.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not respond or the stream does not exist.
    pub async fn created_at(&self) -> Result<i128> {
        let request = async { self.context.get_stream(STREAM).await.map_err(unavailable) };
        Ok(self.guarded(request).await?.cached_info().created.unix_timestamp_nanos())
    }

    /// Returns the sequence number of the oldest stored entry, or of the next entry if the stream is empty.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not respond.
    pub async fn first_sequence(&self) -> Result<u64> {
        let request = async { self.context.get_stream(STREAM).await.map_err(unavailable) };
        Ok(self.guarded(request).await?.cached_info().state.first_sequence)
    }

    /// Deletes all entries up to and including a sequence number.
    ///
    /// # Errors
    /// `UNAVAILABLE` if JetStream does not respond.
    pub async fn purge_through(&self, through: u64) -> Result<()> {
        let purged = async {
            let stream = self.context.get_stream_no_info(STREAM).await.map_err(unavailable)?;
            stream.purge().sequence(through + 1).await.map_err(unavailable)
        };
        self.guarded(purged).await.map(drop)
    }

    /// Runs a request through the circuit breaker. The client's own timeout bounds it.
    async fn guarded<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let pass = self.breaker.try_acquire().ok_or(Error::DependencyUnavailable("message queue"))?;
        let result = work.await;
        if result.is_ok() {
            pass.succeeded();
        } else {
            pass.failed();
        }
        result
    }
}

/// Guard: the intake counts as followed until it is dropped.
struct Following(Arc<Intake>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.is_followed.store(false, Ordering::SeqCst);
    }
}

fn config(settings: &NatsSettings) -> Config {
    Config {
        name: STREAM.to_owned(),
        description: Some("Messages waiting for Confab's database.".to_owned()),
        subjects: vec!["intake.*.*".to_owned()],
        storage: StorageType::File,
        num_replicas: settings.replicas,
        // A full stream rejects new entries instead of dropping old ones: an acknowledged entry stays queued.
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        max_messages_per_subject: i64::try_from(MAX_MESSAGES_PER_ACCOUNT).unwrap_or(i64::MAX),
        max_bytes: MAX_BYTES,
        max_age: Duration::from_secs(u64::from(settings.keep_hours) * 3600),
        duplicate_window: DUPLICATE_WINDOW,
        ..Config::default()
    }
}

fn unavailable(reason: impl std::fmt::Display) -> Error {
    tracing::debug!(error = %reason, "intake request failed");
    Error::DependencyUnavailable("message queue")
}
