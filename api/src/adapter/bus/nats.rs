//! Core NATS between the processes of a fleet: immediate, unordered and best effort.
//!
//! Subjects: `live.<workspace>` carries batches of committed events, `signal.<workspace>` signals,
//! `presence.<workspace>` presence updates, `presence.heartbeats` process heartbeats, and `usage` budget usage.
//! A process subscribes only to workspaces with local connections. While NATS is unavailable, messages are dropped:
//! each process polls the database once a second for what it missed.

use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event as ClientEvent, jetstream};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use super::encoding;
use super::intake::Intake;
use super::log_stream::LogStream;
use super::subscription::{Handler, Incoming, PresenceHandler, ProcessHandler};
use crate::ground::breaker::Breaker;
use crate::ground::config::NatsSettings;
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::supervise;
use crate::model::event::SharedEvent;

/// Subject for budget usage.
pub(super) const USAGE_SUBJECT: &str = "usage";
/// Subject for process heartbeats.
pub(super) const HEARTBEATS_SUBJECT: &str = "presence.heartbeats";
/// Maximum number of messages waiting to be written. Further messages are dropped.
const MAX_WAITING_MESSAGES: usize = 4096;
/// Timeout of connecting to NATS and of each request.
pub const REQUEST_TIMEOUT: Duration = Duration::from_millis(1500);
/// Maximum delay between attempts to reconnect.
const MAX_RECONNECT_DELAY: Duration = Duration::from_millis(500);

/// A connection to NATS. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Nats(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    outgoing: mpsc::Sender<Outgoing>,
    log_stream: Arc<LogStream>,
    intake: Arc<Intake>,
}

#[derive(Debug)]
enum Outgoing {
    Events(Vec<SharedEvent>),
    Signal(WorkspaceId, Vec<u8>),
    Presence(WorkspaceId, Vec<u8>),
    Process(&'static str, Vec<u8>),
    /// Replied to once all earlier messages have been written.
    Flush(oneshot::Sender<()>),
}

impl Nats {
    /// Connects. While NATS is unavailable, retries in the background without limit.
    ///
    /// # Errors
    /// `UNAVAILABLE` if a setting is invalid.
    pub async fn connect(url: &str, settings: &NatsSettings) -> Result<Self> {
        let options = options(settings).await?.retry_on_initial_connect();
        let client =
            options.connect(servers(url)).await.map_err(|error| Error::Unavailable(format!("NATS: {error}.")))?;
        let (outgoing, mut waiting) = mpsc::channel(MAX_WAITING_MESSAGES);
        let sending = client.clone();
        supervise::spawn("bus", async move {
            while supervise::guard("bus", send(&sending, &mut waiting)).await.is_err() {}
        });
        supervise::spawn("bus", log_initial_failure(client.clone(), url.to_owned(), settings.clone()));
        let breaker = Breaker::new("jetstream");
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(REQUEST_TIMEOUT);
        let log_stream = Arc::new(LogStream::new(&client, &jetstream, settings, breaker.clone()));
        let intake = Arc::new(Intake::new(&client, &jetstream, settings, breaker));
        Ok(Self(Arc::new(Inner { client, outgoing, log_stream, intake })))
    }

    /// Returns whether NATS is connected.
    pub fn is_connected(&self) -> bool {
        self.0.client.connection_state() == State::Connected
    }

    /// Waits for a connection and returns the server's version.
    pub async fn version(&self) -> String {
        // Returns once connected. After an error, the last known server information is used.
        let _ = self.0.client.flush().await;
        self.0.client.server_info().version
    }

    /// Returns whether the connected server is version 2.15 or later.
    pub fn is_supported_version(&self) -> bool {
        self.0.client.is_server_compatible(2, 15, 0)
    }

    /// Returns the stream of the whole log.
    pub fn log_stream(&self) -> Arc<LogStream> {
        self.0.log_stream.clone()
    }

    pub(super) fn intake(&self) -> Arc<Intake> {
        self.0.intake.clone()
    }

    pub(super) fn publish(&self, events: &[SharedEvent]) {
        if !events.is_empty() {
            self.enqueue(Outgoing::Events(events.to_vec()));
        }
    }

    pub(super) fn signal(&self, workspace_id: WorkspaceId, signal: Vec<u8>) {
        self.enqueue(Outgoing::Signal(workspace_id, signal));
    }

    pub(super) fn publish_presence(&self, workspace_id: WorkspaceId, payload: Vec<u8>) {
        self.enqueue(Outgoing::Presence(workspace_id, payload));
    }

    pub(super) fn subscribe_presence(
        &self,
        workspace_id: WorkspaceId,
        handler: PresenceHandler,
        greeting: Vec<u8>,
    ) -> AbortHandle {
        let client = self.0.client.clone();
        let receive = move || receive_presence(client.clone(), workspace_id, handler.clone(), greeting.clone());
        supervise::spawn_forever("presence", receive).abort_handle()
    }

    pub(super) fn publish_to(&self, subject: &'static str, payload: Vec<u8>) {
        self.enqueue(Outgoing::Process(subject, payload));
    }

    pub(super) fn subscribe_to(&self, subject: &'static str, handler: ProcessHandler) -> AbortHandle {
        let client = self.0.client.clone();
        supervise::spawn_forever(subject, move || receive_from(client.clone(), subject, handler.clone())).abort_handle()
    }

    /// Waits until all enqueued messages have been written, at most [`REQUEST_TIMEOUT`].
    pub(super) async fn flush(&self) {
        let (sender, receiver) = oneshot::channel();
        self.enqueue(Outgoing::Flush(sender));
        // Without a connection the flush is dropped, as are the messages before it.
        let _ = tokio::time::timeout(REQUEST_TIMEOUT, receiver).await;
    }

    fn enqueue(&self, message: Outgoing) {
        if !self.is_connected() || self.0.outgoing.try_send(message).is_err() {
            metrics::counter!("confab_bus_dropped_total").increment(1);
        }
    }

    pub(super) fn subscribe(&self, workspace_id: WorkspaceId, handler: Handler) -> AbortHandle {
        let client = self.0.client.clone();
        supervise::spawn_forever("bus", move || receive(client.clone(), workspace_id, handler.clone())).abort_handle()
    }
}

async fn options(settings: &NatsSettings) -> Result<ConnectOptions> {
    let mut options = ConnectOptions::new()
        .name("confab")
        // A process does not need its own messages.
        .no_echo()
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| {
            MAX_RECONNECT_DELAY.min(Duration::from_millis(20) * u32::try_from(attempts).unwrap_or(25))
        })
        .connection_timeout(REQUEST_TIMEOUT)
        .request_timeout(Some(REQUEST_TIMEOUT))
        .ping_interval(Duration::from_secs(5))
        .event_callback(log_client_event);
    if let Some(file) = &settings.credentials {
        options = options.credentials_file(file).await.map_err(|error| unreadable(file, &error))?;
    }
    if let Some(file) = &settings.ca {
        options = options.add_root_certificates(file.clone()).require_tls(true);
    }
    if let (Some(certificate), Some(key)) = (&settings.certificate, &settings.key) {
        options = options.add_client_certificate(certificate.clone(), key.clone()).require_tls(true);
    }
    Ok(options)
}

fn unreadable(file: &std::path::Path, error: &std::io::Error) -> Error {
    Error::Unavailable(format!("Cannot read the NATS credentials in {}: {error}.", file.display()))
}

fn servers(url: &str) -> Vec<&str> {
    url.split(',').map(str::trim).collect()
}

/// Connects once more and returns why that fails. The background client retries without reporting the reason.
pub async fn connection_error(url: &str, settings: &NatsSettings) -> Option<String> {
    match options(settings).await {
        Ok(options) => options.connect(servers(url)).await.err().map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

/// Logs why the initial connection fails. The client reports only lost connections.
async fn log_initial_failure(client: Client, url: String, settings: NatsSettings) {
    tokio::time::sleep(REQUEST_TIMEOUT).await;
    if client.connection_state() == State::Connected {
        return;
    }
    if let Some(error) = connection_error(&url, &settings).await {
        tracing::warn!(error, "NATS connection failed; retrying");
    }
}

async fn log_client_event(event: ClientEvent) {
    match event {
        ClientEvent::Connected => {
            metrics::gauge!("confab_bus_connected").set(1.0);
            tracing::info!("NATS connected");
        }
        ClientEvent::Disconnected => {
            metrics::gauge!("confab_bus_connected").set(0.0);
            tracing::warn!("NATS disconnected; other processes poll the database once a second");
        }
        ClientEvent::SlowConsumer(_) => metrics::counter!("confab_bus_dropped_total").increment(1),
        ClientEvent::LameDuckMode => tracing::info!("NATS server is shutting down; reconnecting to another one"),
        ClientEvent::ServerError(error) => tracing::warn!(%error, "NATS server reported an error"),
        // Includes each failed attempt to reconnect.
        event => tracing::debug!(%event, "NATS client event"),
    }
}

async fn send(client: &Client, waiting: &mut mpsc::Receiver<Outgoing>) {
    while let Some(message) = waiting.recv().await {
        let publish = async |subject: String, message: Vec<u8>| {
            client.publish(subject, message.into()).await.map_err(Error::internal)
        };
        let sent = match message {
            Outgoing::Events(events) => send_events(client, &events).await,
            Outgoing::Signal(workspace_id, signal) => publish(format!("signal.{}", workspace_id.0), signal).await,
            Outgoing::Presence(workspace_id, update) => publish(format!("presence.{}", workspace_id.0), update).await,
            Outgoing::Process(subject, payload) => publish(subject.to_owned(), payload).await,
            Outgoing::Flush(done_sender) => {
                let flushed = client.flush().await.map_err(Error::internal);
                let _ = done_sender.send(());
                flushed
            }
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "publishing to other processes failed");
        }
    }
}

async fn send_events(client: &Client, events: &[SharedEvent]) -> Result<()> {
    for run in encoding::runs(events) {
        let Some(first) = run.first() else { continue };
        let subject = format!("live.{}", first.workspace_id.0);
        client.publish(subject, encoding::encode(run)?).await.map_err(Error::internal)?;
        metrics::counter!("confab_bus_events_total").increment(u64::try_from(run.len()).unwrap_or(0));
    }
    Ok(())
}

/// Receives events and signals of a log without end. The client resubscribes by itself after a reconnect.
async fn receive(client: Client, workspace_id: WorkspaceId, handler: Handler) {
    let subscribe = async |kind: &str| client.subscribe(format!("{kind}.{}", workspace_id.0)).await;
    let (mut events, mut signals) = match (subscribe("live").await, subscribe("signal").await) {
        (Ok(events), Ok(signals)) => (events, signals),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, workspace = %workspace_id.0, "subscribing to live events failed");
            return;
        }
    };
    loop {
        tokio::select! {
            Some(message) = events.next() => handle_events(&handler, &message.payload),
            Some(message) = signals.next() => handler(Incoming::Signal(message.payload)),
            else => return,
        }
    }
}

/// Receives presence updates without end, and publishes a greeting once subscribed.
async fn receive_presence(client: Client, workspace_id: WorkspaceId, handler: PresenceHandler, greeting: Vec<u8>) {
    let subject = format!("presence.{}", workspace_id.0);
    let mut updates = match client.subscribe(subject.clone()).await {
        Ok(updates) => updates,
        Err(error) => {
            tracing::error!(%error, workspace = %workspace_id.0, "subscribing to presence failed");
            return;
        }
    };
    if let Err(error) = client.publish(subject, greeting.into()).await {
        tracing::debug!(%error, "publishing the presence greeting failed");
    }
    while let Some(message) = updates.next().await {
        handler(message.payload);
    }
}

/// Receives messages about other processes without end.
async fn receive_from(client: Client, subject: &'static str, handler: ProcessHandler) {
    match client.subscribe(subject).await {
        Ok(mut messages) => {
            while let Some(message) = messages.next().await {
                handler(&message.payload);
            }
        }
        Err(error) => tracing::error!(%error, subject, "subscribing to a process subject failed"),
    }
}

fn handle_events(handler: &Handler, payload: &Bytes) {
    match encoding::decode(payload) {
        Ok(events) => handler(Incoming::Events(events)),
        // The heartbeat finds the same events in the database and decides how to proceed.
        Err(error) => tracing::warn!(%error, "decoding a batch from another process failed"),
    }
}
