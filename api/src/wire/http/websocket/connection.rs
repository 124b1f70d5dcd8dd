//! A WebSocket connection, from `connection_init` to its close.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Value};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::{FutureExt, SinkExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::alternator::{Alternator, Event};
use super::control::ControlAllowance;
use super::messages::{
    self, Close, End, Incoming, PROTOCOL, admission_rejected, authorization, close, evicted, init_rejected, restarting,
    try_again_later,
};
use super::operations::{Batch, MAX_OPERATIONS, Operations, Outcome, session_revoked};
use crate::ground::budget::Payer;
use crate::ground::error::Error;
use crate::ground::id::AccountId;
use crate::ground::permits::Permit;
use crate::log::closure::Closure;
use crate::model::viewer;
use crate::wire::http::caller::{Caller, Credentials, bearer_token};
use crate::wire::http::charge;
use crate::wire::http::connections::ConnectionSlot;
use crate::wire::http::execution::prepare;
use crate::wire::http::refusal::Refusal;
use crate::wire::http::refusal_delay::is_rate_limit_error;
use crate::wire::http::state::HttpState;
use crate::wire::http::timeout::with_timeout;

/// Maximum messages per write.
const MAX_BATCH_MESSAGES: usize = 64;
/// Maximum bytes per write, after which no more messages are collected.
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// Missed pings after which the peer is considered gone.
const MAX_MISSED_PINGS: u8 = 2;
/// Interval at which an open connection counts as use of its session.
const SESSION_USE_INTERVAL: Duration = Duration::from_secs(3600);
/// Timeout for the response to a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A WebSocket connection and its state.
pub(super) struct Connection {
    state: HttpState,
    socket: WebSocket,
    caller: Caller,
    operations: Operations,
    /// Revocation of the session.
    revocation: Closure,
    /// Whether anything was received since the last ping, and the number of missed pings.
    received_since_ping: bool,
    missed_pings: u8,
    /// When the connection last counted as use of its session.
    use_recorded_at: Instant,
    /// Reading is suspended until then, after rate limit errors.
    reading_suspended_until: Instant,
    /// Free control messages.
    control_allowance: ControlAllowance,
    /// Alternates between reading and writing.
    alternator: Alternator,
    permits: ConnectionPermits,
    account: Option<Permit<AccountId>>,
}

/// The connection slot, and the permit for live connections of its IP address.
pub(super) struct ConnectionPermits {
    pub slot: Arc<ConnectionSlot>,
    pub _address: Permit<IpAddr>,
}

impl Connection {
    pub fn new(state: HttpState, socket: WebSocket, caller: Caller, permits: ConnectionPermits) -> Self {
        Self {
            state,
            socket,
            caller: Caller { connection: Some(viewer::Connection(rand::random())), ..caller },
            operations: Operations::new(),
            revocation: Closure::default(),
            received_since_ping: true,
            missed_pings: 0,
            use_recorded_at: Instant::now(),
            reading_suspended_until: Instant::now(),
            control_allowance: ControlAllowance::new(std::time::Instant::now()),
            alternator: Alternator::default(),
            permits,
            account: None,
        }
    }

    /// Serves the connection until it closes. `spoken`: whether the peer supports the subprotocol.
    pub async fn serve(mut self, has_protocol: bool, credentials: Credentials) {
        let open = metrics::gauge!("confab_sockets");
        open.increment(1.0);
        let end = self.run(has_protocol, credentials).await;
        self.operations = Operations::new();
        if let End::Close(close) = end {
            self.send_close(close).await;
        }
        open.decrement(1.0);
    }

    async fn run(&mut self, has_protocol: bool, credentials: Credentials) -> End {
        if !has_protocol {
            return close(4406, format!("Subprotocol not acceptable: use {PROTOCOL}"));
        }
        let ended = match self.initialize(credentials).await {
            Ok(()) => self.event_loop().await,
            Err(end) => Err(end),
        };
        match ended {
            Err(end) => end,
        }
    }

    /// Waits for `connection_init`, authenticates the caller and acknowledges.
    async fn initialize(&mut self, credentials: Credentials) -> Result<(), End> {
        let closing = self.state.closing().clone();
        let slot = self.permits.slot.clone();
        let init_timeout = self.state.settings().timing.init_timeout;
        let payload = tokio::select! {
            biased;
            () = closing.cancelled() => return Err(restarting()),
            () = slot.closed().cancelled() => return Err(evicted()),
            first = timeout(init_timeout, self.receive_init()) => match first {
                Ok(payload) => payload?,
                Err(_) => return Err(close(4408, "Connection initialisation timeout")),
            },
        };
        let now = std::time::Instant::now();
        self.state.admission().admit(self.caller.address.0, now, rand::random()).map_err(admission_rejected)?;
        let credentials = match authorization(&payload) {
            Some(text) => match bearer_token(text) {
                Some(token) => Credentials::Bearer(token.to_owned()),
                None => return Err(close(4403, "Forbidden: `authorization` must be Bearer …")),
            },
            None => credentials,
        };
        let viewer = with_timeout(&self.state, credentials.viewer(&self.state, self.caller.owner())).await;
        self.caller.viewer = viewer.flatten().map_err(init_rejected)?;
        if let Err(error) = charge::socket_to_account(&self.state, &self.caller) {
            return Err(self.budget_exhausted(error).await);
        }
        self.account = match self.state.socket_limits().acquire_for_account(self.caller.viewer) {
            Ok(permit) => permit,
            Err(refusal) => {
                let owner = self.caller.owner();
                return Err(init_rejected(
                    self.state.refusal_delay().delay_refusal(owner, &self.permits.slot, refusal).await,
                ));
            }
        };
        if let Some(viewer) = self.caller.viewer {
            self.revocation = self.state.app().rooms.revocations().watch(viewer.session_id);
        }
        self.write(vec![messages::ack()]).await
    }

    /// Returns the payload of `connection_init`. Only control messages may precede it.
    async fn receive_init(&mut self) -> Result<Value, End> {
        loop {
            match read(&mut self.socket, &mut self.received_since_ping).await? {
                Incoming::Init(payload) => return Ok(payload),
                Incoming::Subscribe { .. } => return Err(close(4401, "Unauthorized")),
                other => self.handle(other).await?,
            }
        }
    }

    /// Accounts for a control message.
    async fn charge_control_message(&mut self) -> Result<(), End> {
        if self.control_allowance.take(std::time::Instant::now()) {
            return Ok(());
        }
        match charge::control_message(&self.state, &self.caller) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.budget_exhausted(error).await),
        }
    }

    /// Returns the close for an exhausted budget, after the refusal delay.
    async fn budget_exhausted(&mut self, error: Error) -> End {
        let (owner, slot) = (self.caller.owner(), self.permits.slot.clone());
        let refusal = self.state.refusal_delay().delay_refusal(owner, &slot, Refusal::from(error)).await;
        refusal.count("websocket");
        try_again_later(refusal.code, refusal.retry_after)
    }

    /// Serves the connection after `connection_ack`.
    async fn event_loop(&mut self) -> Result<Infallible, End> {
        // Child tokens avoid contention on the locks of the shared tokens.
        let (ended, closing) = (self.revocation.child_token(), self.state.closing().child_token());
        let (mut ended, mut closing) = (pin!(ended.cancelled()), pin!(closing.cancelled()));
        let slot = self.permits.slot.clone();
        let mut evicted_signal = pin!(slot.closed().cancelled());
        let timing = self.state.settings().timing.clone();
        let mut timer = pin!(sleep(timing.ping_interval));
        let mut is_closing = false;
        loop {
            tokio::select! {
                biased;
                () = &mut ended => return Err(self.revoked()),
                () = &mut evicted_signal => return Err(evicted()),
                () = &mut closing, if !is_closing => {
                    // Spreads the closes, so that clients reconnect to other processes gradually.
                    is_closing = true;
                    timer.as_mut().reset(Instant::now() + timing.drain_period.mul_f64(rand::random()));
                }
                () = &mut timer => {
                    if is_closing {
                        return Err(restarting());
                    }
                    timer.as_mut().reset(Instant::now() + timing.ping_interval);
                    self.ping_peer().await?;
                }
                next = self.next() => match next {
                    Event::Produced(outcome) => self.write_outcomes(outcome).await?,
                    Event::Received(message) => self.handle(message?).await?,
                },
            }
        }
    }

    /// Returns the next event: a message of the peer, unless reading is suspended, or the outcome of an
    /// operation.
    async fn next(&mut self) -> Event<Result<Incoming, End>, Outcome> {
        let Self { socket, received_since_ping, operations, reading_suspended_until, alternator, .. } = self;
        let receiving = async {
            if *reading_suspended_until > Instant::now() {
                sleep_until(*reading_suspended_until).await;
            }
            read(socket, received_since_ping).await
        };
        let producing = async {
            match operations.next().await {
                Some(outcome) => outcome,
                None => std::future::pending().await,
            }
        };
        alternator.next(receiving, producing).await
    }

    /// Sends a ping and checks for missed ones.
    async fn ping_peer(&mut self) -> Result<(), End> {
        self.missed_pings = if self.received_since_ping { 0 } else { self.missed_pings + 1 };
        if self.missed_pings >= MAX_MISSED_PINGS {
            return Err(End::Gone);
        }
        self.received_since_ping = false;
        if let Some(viewer) = self.caller.viewer
            && self.use_recorded_at.elapsed() >= SESSION_USE_INTERVAL
        {
            self.use_recorded_at = Instant::now();
            // An open connection is use, even without requests.
            self.state.app().seen.record(viewer.session_id);
        }
        self.write(vec![messages::ping()]).await
    }

    async fn handle(&mut self, message: Incoming) -> Result<(), End> {
        match message {
            Incoming::Init(_) => Err(close(4429, "Too many initialisation requests")),
            Incoming::Pong | Incoming::Frame => self.charge_control_message().await,
            Incoming::Ping(payload) => {
                self.charge_control_message().await?;
                self.write(vec![messages::pong(payload.as_deref())]).await
            }
            // Charged when the operation started.
            Incoming::Complete { id } if self.operations.contains(&id) => {
                self.operations.cancel(&id);
                Ok(())
            }
            Incoming::Complete { .. } => self.charge_control_message().await,
            Incoming::Subscribe { id, .. } if self.operations.contains(&id) => {
                Err(close(4409, format!("Subscriber for {id} already exists")))
            }
            Incoming::Subscribe { id, request } => match request.and_then(|request| self.start(&id, request)) {
                Ok(()) => Ok(()),
                Err(refusal) => {
                    refusal.count("websocket");
                    let error = refusal.into_error();
                    self.record_rate_limit(is_rate_limit_error(&error));
                    let error = messages::error(&id, &[error]);
                    self.write(vec![error]).await
                }
            },
        }
    }

    fn start(&mut self, id: &str, request: Request) -> Result<(), Refusal> {
        if self.operations.len() >= MAX_OPERATIONS {
            let message = format!("Too many operations: maximum {MAX_OPERATIONS} per connection. End one first.");
            return Err(Refusal::too_many(message));
        }
        charge::request(&self.state, &Payer::for_address(self.caller.address.0))?;
        charge::request_to_account(&self.state, &self.caller)?;
        let prepared = prepare(&self.state, request, &self.caller)?;
        let (id, state) = (id.into(), self.state.clone());
        match prepared.kind {
            OperationType::Subscription => {
                self.operations.subscribe(id, state, &self.caller, prepared);
            }
            _ => self.operations.execute(id, state, prepared),
        }
        Ok(())
    }

    /// Writes the outcome of an operation, and others that are ready.
    async fn write_outcomes(&mut self, first: Outcome) -> Result<(), End> {
        let mut batch = Batch::default();
        self.record_rate_limit(first.is_rate_limited());
        self.operations.settle(first, &mut batch)?;
        while batch.messages.len() < MAX_BATCH_MESSAGES && batch.bytes() < MAX_BATCH_BYTES {
            let Some(Some(outcome)) = self.operations.next().now_or_never() else {
                break;
            };
            self.record_rate_limit(outcome.is_rate_limited());
            self.operations.settle(outcome, &mut batch)?;
        }
        // The reservations are released after everything is written.
        let Batch { messages, reservations, frames } = batch;
        let frame_reservation = self.state.response_budget().reserve_frames(self.caller.owner(), frames);
        let frame_reservation =
            frame_reservation.map_err(|error| try_again_later(error.code(), error.retry_after()))?;
        let written = self.write(messages).await;
        drop((reservations, frame_reservation));
        written
    }

    /// Suspends reading for the refusal delay after a rate limit error.
    fn record_rate_limit(&mut self, is_rate_limit_error: bool) {
        if is_rate_limit_error {
            let delay = self.state.refusal_delay().count(self.caller.owner());
            self.reading_suspended_until = self.reading_suspended_until.max(Instant::now() + delay);
        }
    }

    /// Writes messages. If the session is revoked while a slow peer reads them, the connection is dropped,
    /// because a partial write cannot be undone.
    async fn write(&mut self, messages: Vec<Utf8Bytes>) -> Result<(), End> {
        if self.revocation.is_closed() {
            return Err(self.revoked());
        }
        let (socket, operations) = (&mut self.socket, &mut self.operations);
        let writing = async move {
            for message in messages {
                socket.feed(Message::Text(message)).await?;
            }
            socket.flush().await
        };
        let write_timeout = self.state.settings().timing.write_timeout;
        tokio::select! {
            biased;
            written = timeout(write_timeout, writing) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(close(1013, "Try again: the client reads too slowly")),
            },
            _ = self.revocation.closed() => Err(End::Gone),
            never = operations.drive() => match never {},
        }
    }

    /// Returns the close for a revoked session, or for a process that no longer receives revocations: then the
    /// client reconnects to another process.
    fn revoked(&self) -> End {
        match self.revocation.reason() {
            Some(Error::Unauthenticated) | None => session_revoked(),
            Some(error) => try_again_later(error.code(), error.retry_after()),
        }
    }

    /// Sends the close frame and waits briefly for the response, so that the code arrives even if the peer has
    /// sent unread data.
    async fn send_close(&mut self, close: Close) {
        let Close { code, reason } = close;
        tracing::debug!(code, reason, "closing connection");
        let reason = reason.into();
        let closing_handshake = async {
            let frame = Message::Close(Some(CloseFrame { code, reason }));
            if self.socket.send(frame).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        // Peers that do not respond are disconnected.
        let _ = timeout(CLOSE_TIMEOUT, closing_handshake).await;
    }
}

/// Reads the next message of the peer.
async fn read(socket: &mut WebSocket, received: &mut bool) -> Result<Incoming, End> {
    loop {
        let message = socket.recv().await.ok_or(End::Gone)?;
        *received = true;
        match message {
            Ok(Message::Text(text)) => {
                return Incoming::parse(&text).map_err(|reason| close(4400, reason));
            }
            Ok(Message::Binary(_)) => return Err(close(4400, "Invalid message: expected a text frame")),
            // The library answers pings.
            Ok(Message::Ping(_) | Message::Pong(_)) => return Ok(Incoming::Frame),
            // The stream ends afterwards.
            Ok(Message::Close(_)) => {}
            // An oversized or malformed frame. If the peer is gone, nothing reads the code.
            Err(error) => return Err(close(4400, format!("Invalid message: {error}"))),
        }
    }
}
