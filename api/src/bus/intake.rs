//! The intake on JetStream: messages that could not be decided because the database was away, kept in the
//! order in which they came until they are.
//!
//! Promises: what [`Intake::put`] acknowledged is stored as durably as JetStream stores, once for each id,
//! until it is forgotten or older than the stream keeps; whoever follows hears all that is stored, in order.
//! When the stream is full it refuses. It does not know what it stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};

use super::nats::PATIENCE;
use crate::breaker::Breaker;
use crate::config::NatsSettings;
use crate::error::{Error, Result};
use crate::id::{AccountId, WorkspaceId};

/// The stream's name in JetStream.
pub const STREAM: &str = "confab_intake";
/// What may wait, over all workspaces. More is refused.
const BYTES: i64 = 256 * 1024 * 1024;
/// Messages of one account in one workspace that may wait.
pub const MOST_OF_SUBJECT: usize = 100;
/// In which the server knows what comes again under the same id.
const DUPLICATES: Duration = Duration::from_secs(120);

/// The stream.
#[derive(Debug)]
pub struct Intake {
    client: Client,
    context: Context,
    wanted: Config,
    breaker: Breaker,
    /// Somebody follows it, so that what is put there will be decided.
    followed: AtomicBool,
}

/// What waits.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place: grows.
    pub number: u64,
    pub payload: Bytes,
}

impl Intake {
    pub(super) fn new(client: &Client, settings: &NatsSettings, breaker: Breaker) -> Self {
        let mut context = jetstream::new(client.clone());
        context.set_timeout(PATIENCE);
        Self { client: client.clone(), context, wanted: wanted(settings), breaker, followed: AtomicBool::new(false) }
    }

    /// Whether something can be put there now, as far as is known.
    pub fn is_open(&self) -> bool {
        self.followed.load(Ordering::SeqCst) && self.is_connected() && !self.breaker.is_open()
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Stores something of an account under an id; answers its number.
    ///
    /// # Errors
    /// `UNAVAILABLE` when it was not acknowledged, or the stream is full.
    pub async fn put(
        &self,
        workspace_id: WorkspaceId,
        account_id: AccountId,
        id: String,
        payload: Bytes,
    ) -> Result<u64> {
        if !self.is_open() {
            return Err(Error::Away("intake of messages"));
        }
        let message = PublishMessage::build().payload(payload).message_id(id);
        let subject = format!("intake.{workspace_id}.{account_id}");
        let pass = self.breaker.enter().ok_or(Error::Away("intake of messages"))?;
        let acknowledged = self.context.send_publish(subject, message).await.map_err(away)?;
        let stored = match acknowledged.await {
            Ok(stored) => stored,
            Err(error) => {
                let is_away = matches!(
                    error.kind(),
                    PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe | PublishErrorKind::StreamNotFound
                );
                // Otherwise it answered: it is full.
                if is_away {
                    pass.failed();
                } else {
                    pass.succeeded();
                }
                return Err(away(error));
            }
        };
        pass.succeeded();
        // The server knows the id of something that was decided and forgotten meanwhile, and stores nothing.
        if stored.duplicate && stored.sequence < self.first().await? {
            return Err(away("it was decided just now"));
        }
        Ok(stored.sequence)
    }

    /// Everything that is stored and will be, in order. Ends with an error when the way there is lost; then
    /// follow again. Makes the stream if it is not there.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream does not answer.
    pub async fn follow(self: Arc<Self>) -> Result<BoxStream<'static, Result<Entry>>> {
        let begun = async {
            let stream = self.context.get_or_create_stream(self.wanted.clone()).await.map_err(away)?;
            let found = &stream.cached_info().config;
            let differs = found.num_replicas != self.wanted.num_replicas
                || found.max_age != self.wanted.max_age
                || found.max_bytes != self.wanted.max_bytes
                || found.max_messages_per_subject != self.wanted.max_messages_per_subject;
            if differs {
                self.context.update_stream(self.wanted.clone()).await.map_err(away)?;
            }
            let consumer = stream.create_consumer(OrderedConfig::default()).await.map_err(away)?;
            consumer.messages().await.map_err(away)
        };
        let messages = self.guarded(begun).await?;
        self.followed.store(true, Ordering::SeqCst);
        let entries = messages.map(move |message| {
            let message = message.map_err(away)?;
            let number = message.info().map_err(away)?.stream_sequence;
            Ok(Entry { number, payload: message.payload.clone() })
        });
        let following = Following(self);
        let held = entries.map(move |entry| {
            let _ = &following;
            entry
        });
        Ok(held.boxed())
    }

    /// When the stream was made, in nanoseconds since 1970: tells one that was made anew.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream does not answer, or the stream is not there.
    pub async fn made(&self) -> Result<i128> {
        let asked = async { self.context.get_stream(STREAM).await.map_err(away) };
        Ok(self.guarded(asked).await?.cached_info().created.unix_timestamp_nanos())
    }

    /// The number of the first that is still stored, or that comes next if there is none.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream does not answer.
    pub async fn first(&self) -> Result<u64> {
        let asked = async { self.context.get_stream(STREAM).await.map_err(away) };
        Ok(self.guarded(asked).await?.cached_info().state.first_sequence)
    }

    /// Forgets everything up to a number.
    ///
    /// # Errors
    /// `UNAVAILABLE` when JetStream does not answer.
    pub async fn forget(&self, through: u64) -> Result<()> {
        let purged = async {
            let stream = self.context.get_stream_no_info(STREAM).await.map_err(away)?;
            stream.purge().sequence(through + 1).await.map_err(away)
        };
        self.guarded(purged).await.map(drop)
    }

    /// Behind the breaker. The client's own timeout is the deadline.
    async fn guarded<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let pass = self.breaker.enter().ok_or(Error::Away("intake of messages"))?;
        let done = work.await;
        if done.is_ok() {
            pass.succeeded();
        } else {
            pass.failed();
        }
        done
    }
}

/// While it lives the intake is followed.
struct Following(Arc<Intake>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.followed.store(false, Ordering::SeqCst);
    }
}

fn wanted(settings: &NatsSettings) -> Config {
    Config {
        name: STREAM.to_owned(),
        description: Some("Messages that wait for Confab's database.".to_owned()),
        subjects: vec!["intake.*.*".to_owned()],
        storage: StorageType::File,
        num_replicas: settings.replicas,
        // Refuses what it cannot keep: nobody is told that something waits which does not.
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        max_messages_per_subject: i64::try_from(MOST_OF_SUBJECT).unwrap_or(i64::MAX),
        max_bytes: BYTES,
        max_age: Duration::from_secs(u64::from(settings.keep_hours) * 3600),
        duplicate_window: DUPLICATES,
        ..Config::default()
    }
}

fn away(why: impl std::fmt::Display) -> Error {
    tracing::debug!(%why, "the intake did not answer");
    Error::Away("intake of messages")
}
