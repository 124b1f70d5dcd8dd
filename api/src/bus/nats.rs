//! NATS between the processes of a fleet: core NATS, at once and unordered, for what happens now.
//!
//! Subjects: `live.<workspace>` carries batches of committed events, `signal.<workspace>` signals,
//! `presence.<workspace>` who is there, `presence.beats` which processes are, `usage` what callers used of their
//! budgets. A process hears only the workspaces in which it has somebody connected. While NATS is away what would be
//! told is dropped: each process asks the database once a second what it missed.

use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event as ClientEvent};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use super::intake::Intake;
use super::log_stream::LogStream;
use super::{Hear, HearPresence, HearProcess, Heard, encoding};
use crate::breaker::Breaker;
use crate::config::NatsSettings;
use crate::error::{Error, Result};
use crate::event::SharedEvent;
use crate::id::WorkspaceId;
use crate::supervise;

/// Where processes tell each other of the use of budgets.
pub(super) const USAGE: &str = "usage";
/// Where they tell each other that they are there.
pub(super) const BEATS: &str = "presence.beats";
/// Messages that may wait for the connection; more are dropped.
const QUEUE: usize = 4096;
/// How long NATS may take to answer a request.
pub const PATIENCE: Duration = Duration::from_millis(1500);
/// How often a lost connection is tried, at most.
const RECONNECT: Duration = Duration::from_millis(500);

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
    /// Answered once what stands before it has been written.
    Flush(oneshot::Sender<()>),
}

impl Nats {
    /// Connects; when NATS is away, in the background for ever.
    ///
    /// # Errors
    /// `UNAVAILABLE` when a setting is wrong.
    pub async fn connect(url: &str, settings: &NatsSettings) -> Result<Self> {
        let options = options(settings).await?.retry_on_initial_connect();
        let client =
            options.connect(servers(url)).await.map_err(|error| Error::Unavailable(format!("NATS: {error}.")))?;
        let (outgoing, mut waiting) = mpsc::channel(QUEUE);
        let sending = client.clone();
        supervise::spawn("bus", async move {
            while supervise::guard("bus", send(&sending, &mut waiting)).await.is_err() {}
        });
        supervise::spawn("bus", say_if_away(client.clone(), url.to_owned(), settings.clone()));
        let breaker = Breaker::new("jetstream");
        let log_stream = Arc::new(LogStream::new(&client, settings, breaker.clone()));
        let intake = Arc::new(Intake::new(&client, settings, breaker));
        Ok(Self(Arc::new(Inner { client, outgoing, log_stream, intake })))
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        self.0.client.connection_state() == State::Connected
    }

    /// Waits until there is a connection; answers the version of the server.
    pub async fn version(&self) -> String {
        // Answered once the connection is there; an error leaves it to what is known.
        let _ = self.0.client.flush().await;
        self.0.client.server_info().version
    }

    /// Whether the server that it is connected to is of 2.15 or later.
    pub fn is_new_enough(&self) -> bool {
        self.0.client.is_server_compatible(2, 15, 0)
    }

    /// The stream of the whole log.
    pub fn log_stream(&self) -> Arc<LogStream> {
        self.0.log_stream.clone()
    }

    pub(super) fn intake(&self) -> Arc<Intake> {
        self.0.intake.clone()
    }

    pub(super) fn publish(&self, events: &[SharedEvent]) {
        if !events.is_empty() {
            self.offer(Outgoing::Events(events.to_vec()));
        }
    }

    pub(super) fn signal(&self, workspace_id: WorkspaceId, signal: Vec<u8>) {
        self.offer(Outgoing::Signal(workspace_id, signal));
    }

    pub(super) fn tell_presence(&self, workspace_id: WorkspaceId, statement: Vec<u8>) {
        self.offer(Outgoing::Presence(workspace_id, statement));
    }

    pub(super) fn listen_presence(
        &self,
        workspace_id: WorkspaceId,
        hear: HearPresence,
        greeting: Vec<u8>,
    ) -> AbortHandle {
        let client = self.0.client.clone();
        let listen = move || listen_presence(client.clone(), workspace_id, hear.clone(), greeting.clone());
        supervise::spawn_forever("presence", listen).abort_handle()
    }

    pub(super) fn tell(&self, subject: &'static str, statement: Vec<u8>) {
        self.offer(Outgoing::Process(subject, statement));
    }

    pub(super) fn listen_to(&self, subject: &'static str, hear: HearProcess) -> AbortHandle {
        let client = self.0.client.clone();
        supervise::spawn_forever(subject, move || listen_to(client.clone(), subject, hear.clone())).abort_handle()
    }

    /// Waits until what was offered has been written, at most as long as NATS may take.
    pub(super) async fn flush(&self) {
        let (written, done) = oneshot::channel();
        self.offer(Outgoing::Flush(written));
        // Dropped where there is no connection; what it stood behind is then dropped as well.
        let _ = tokio::time::timeout(PATIENCE, done).await;
    }

    fn offer(&self, message: Outgoing) {
        if !self.is_connected() || self.0.outgoing.try_send(message).is_err() {
            metrics::counter!("confab_bus_dropped_total").increment(1);
        }
    }

    pub(super) fn listen(&self, workspace_id: WorkspaceId, hear: Hear) -> AbortHandle {
        let client = self.0.client.clone();
        supervise::spawn_forever("bus", move || listen(client.clone(), workspace_id, hear.clone())).abort_handle()
    }
}

async fn options(settings: &NatsSettings) -> Result<ConnectOptions> {
    let mut options = ConnectOptions::new()
        .name("confab")
        // What this process says it knows already.
        .no_echo()
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| {
            RECONNECT.min(Duration::from_millis(20) * u32::try_from(attempts).unwrap_or(25))
        })
        .connection_timeout(PATIENCE)
        .request_timeout(Some(PATIENCE))
        .ping_interval(Duration::from_secs(5))
        .event_callback(note);
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
    Error::Unavailable(format!("The NATS credentials in {}: {error}.", file.display()))
}

fn servers(url: &str) -> Vec<&str> {
    url.split(',').map(str::trim).collect()
}

/// Tries to connect once more, and says why that does not work: the client that tries for ever does not.
pub async fn refusal(url: &str, settings: &NatsSettings) -> Option<String> {
    match options(settings).await {
        Ok(options) => options.connect(servers(url)).await.err().map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

/// A connection that is lost is noted by the client; one that was never there is not.
async fn say_if_away(client: Client, url: String, settings: NatsSettings) {
    tokio::time::sleep(PATIENCE).await;
    if client.connection_state() == State::Connected {
        return;
    }
    if let Some(why) = refusal(&url, &settings).await {
        tracing::warn!(why, "NATS refused the connection; retrying");
    }
}

async fn note(event: ClientEvent) {
    match event {
        ClientEvent::Connected => {
            metrics::gauge!("confab_bus_connected").set(1.0);
            tracing::info!("NATS is connected");
        }
        ClientEvent::Disconnected => {
            metrics::gauge!("confab_bus_connected").set(0.0);
            tracing::warn!("NATS is away; what happens here reaches other processes within a second all the same");
        }
        ClientEvent::SlowConsumer(_) => metrics::counter!("confab_bus_dropped_total").increment(1),
        ClientEvent::LameDuckMode => tracing::info!("a NATS server is about to stop; another one is looked for"),
        ClientEvent::ServerError(error) => tracing::warn!(%error, "NATS refused something"),
        // Each attempt to connect while it is away.
        other => tracing::debug!(%other, "NATS"),
    }
}

async fn send(client: &Client, waiting: &mut mpsc::Receiver<Outgoing>) {
    while let Some(message) = waiting.recv().await {
        let publish = async |subject: String, message: Vec<u8>| {
            client.publish(subject, message.into()).await.map_err(Error::internal)
        };
        let sent = match message {
            Outgoing::Events(events) => send_events(client, &events).await,
            Outgoing::Signal(workspace_id, signal) => publish(format!("signal.{workspace_id}"), signal).await,
            Outgoing::Presence(workspace_id, said) => publish(format!("presence.{workspace_id}"), said).await,
            Outgoing::Process(subject, said) => publish(subject.to_owned(), said).await,
            Outgoing::Flush(written) => {
                let flushed = client.flush().await.map_err(Error::internal);
                let _ = written.send(());
                flushed
            }
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "other processes were not told");
        }
    }
}

async fn send_events(client: &Client, events: &[SharedEvent]) -> Result<()> {
    for run in encoding::runs(events) {
        let Some(first) = run.first() else { continue };
        let subject = format!("live.{}", first.workspace_id);
        client.publish(subject, encoding::encode(run)?).await.map_err(Error::internal)?;
        metrics::counter!("confab_bus_events_total").increment(u64::try_from(run.len()).unwrap_or(0));
    }
    Ok(())
}

/// Listens for ever. The client subscribes again by itself when a connection was lost.
async fn listen(client: Client, workspace_id: WorkspaceId, hear: Hear) {
    let subscribe = async |kind: &str| client.subscribe(format!("{kind}.{workspace_id}")).await;
    let (mut events, mut signals) = match (subscribe("live").await, subscribe("signal").await) {
        (Ok(events), Ok(signals)) => (events, signals),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, workspace = %workspace_id, "nothing is heard from other processes at once");
            return;
        }
    };
    loop {
        tokio::select! {
            Some(message) = events.next() => hear_events(&hear, &message.payload),
            Some(message) = signals.next() => hear(Heard::Signal(message.payload)),
            else => return,
        }
    }
}

/// Listens to who is there for ever, beginning with a greeting to those who are heard.
async fn listen_presence(client: Client, workspace_id: WorkspaceId, hear: HearPresence, greeting: Vec<u8>) {
    let subject = format!("presence.{workspace_id}");
    let mut statements = match client.subscribe(subject.clone()).await {
        Ok(statements) => statements,
        Err(error) => {
            tracing::error!(%error, workspace = %workspace_id, "who is at other processes is not heard");
            return;
        }
    };
    if let Err(error) = client.publish(subject, greeting.into()).await {
        tracing::debug!(%error, "other processes were not greeted");
    }
    while let Some(message) = statements.next().await {
        hear(message.payload);
    }
}

/// Listens for ever to what processes say of themselves.
async fn listen_to(client: Client, subject: &'static str, hear: HearProcess) {
    match client.subscribe(subject).await {
        Ok(mut statements) => {
            while let Some(message) = statements.next().await {
                hear(&message.payload);
            }
        }
        Err(error) => tracing::error!(%error, subject, "what other processes say of themselves is not heard"),
    }
}

fn hear_events(hear: &Hear, payload: &Bytes) {
    match encoding::decode(payload) {
        Ok(events) => hear(Heard::Events(events)),
        // The heartbeat meets the same event in the database and decides.
        Err(error) => tracing::warn!(%error, "another process said something unknown"),
    }
}
