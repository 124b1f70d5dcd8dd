//! One WebSocket connection, from `connection_init` to its close.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Value;
use async_graphql::parser::types::OperationType;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::{FutureExt, SinkExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::PROTOCOL;
use super::control::Free;
use super::messages::{
    self, Close, End, Incoming, authorization, close, crowded, later, no_room, refused_init, restarting,
};
use super::operations::{Batch, MOST, Operations, Outcome, signed_out};
use super::turns::{Next, Turns};
use crate::budget::Payer;
use crate::error::Error;
use crate::http::brake::is_too_much;
use crate::http::caller::{Caller, Credentials, bearer};
use crate::http::connections::Place;
use crate::http::execution::{Asked, prepare, within};
use crate::http::refusal::Refusal;
use crate::http::{Wire, charge};
use crate::id::AccountId;
use crate::live::ending::Ending;
use crate::permits::Permit;
use crate::{sign_in, viewer};

/// Messages that are written at a time.
const BATCH: usize = 64;
/// Bytes of messages after which no more are collected before they are written.
const BYTES: usize = 256 * 1024;
/// Pings without any answer after which the peer counts as gone.
const MOST_MISSED: u8 = 2;
/// How often a connection that stays open counts as use of its session.
const USED: Duration = Duration::from_secs(3600);
/// How long a peer may take to answer a close.
const FAREWELL: Duration = Duration::from_secs(2);

/// A connection and everything that belongs to it.
pub(super) struct Connection {
    wire: Wire,
    socket: WebSocket,
    caller: Caller,
    operations: Operations,
    /// The end of the sign-in.
    ended: Ending,
    /// Whether the peer has said anything since the last ping, and how many pings it let pass.
    heard: bool,
    missed: u8,
    /// When the connection was last noted as use.
    noted: Instant,
    /// Nothing more is read until then: it has asked too much, and goes on.
    held: Instant,
    /// What it may say for nothing.
    free: Free,
    /// Between hearing and telling.
    turns: Turns,
    places: Places,
    account: Option<Permit<AccountId>>,
}

/// Its place among all connections, and among the live ones of its address.
pub(super) struct Places {
    pub place: Arc<Place>,
    pub _address: Permit<IpAddr>,
}

impl Connection {
    pub fn new(wire: Wire, socket: WebSocket, caller: Caller, places: Places) -> Self {
        Self {
            wire,
            socket,
            caller: Caller { connection: Some(viewer::Connection(rand::random())), ..caller },
            operations: Operations::new(),
            ended: Ending::default(),
            heard: true,
            missed: 0,
            noted: Instant::now(),
            held: Instant::now(),
            free: Free::new(std::time::Instant::now()),
            turns: Turns::default(),
            places,
            account: None,
        }
    }

    /// Serves the connection to its end. `spoken`: whether the peer speaks our protocol.
    pub async fn serve(mut self, spoken: bool, credentials: Credentials) {
        let open = metrics::gauge!("confab_sockets");
        open.increment(1.0);
        let end = self.talk(spoken, credentials).await;
        self.operations = Operations::new();
        if let End::Close(close) = end {
            self.say_goodbye(close).await;
        }
        open.decrement(1.0);
    }

    async fn talk(&mut self, spoken: bool, credentials: Credentials) -> End {
        if !spoken {
            return close(4406, format!("Subprotocol not acceptable: speak {PROTOCOL}"));
        }
        let ended = match self.greet(credentials).await {
            Ok(()) => self.converse().await,
            Err(end) => Err(end),
        };
        match ended {
            Err(end) => end,
        }
    }

    /// Waits for `connection_init`, finds out who it is and acknowledges.
    async fn greet(&mut self, credentials: Credentials) -> Result<(), End> {
        let closing = self.wire.closing().clone();
        let place = self.places.place.clone();
        let patience = self.wire.settings().timing.init;
        let payload = tokio::select! {
            biased;
            () = closing.cancelled() => return Err(restarting()),
            () = place.ended().cancelled() => return Err(no_room()),
            first = timeout(patience, self.init()) => match first {
                Ok(payload) => payload?,
                Err(_) => return Err(close(4408, "Connection initialisation timeout")),
            },
        };
        let now = std::time::Instant::now();
        self.wire.admission().admit(self.caller.address.0, now, rand::random()).map_err(crowded)?;
        let credentials = match authorization(&payload) {
            Some(text) => match bearer(text) {
                Some(token) => Credentials::Bearer(token.to_owned()),
                None => return Err(close(4403, "Forbidden: `authorization` must be Bearer …")),
            },
            None => credentials,
        };
        let viewer = within(&self.wire, credentials.viewer(&self.wire, charge::owner(&self.caller))).await;
        self.caller.viewer = viewer.flatten().map_err(refused_init)?;
        if let Err(error) = charge::open_as(&self.wire, &self.caller) {
            return Err(self.too_much(error).await);
        }
        self.account = match self.wire.sockets().of_account(&self.caller) {
            Ok(permit) => permit,
            Err(refusal) => {
                let owner = charge::owner(&self.caller);
                return Err(refused_init(self.wire.brake().hold_refusal(owner, &self.places.place, refusal).await));
            }
        };
        if let Some(viewer) = self.caller.viewer {
            self.ended = sign_in::service::ended(self.wire.app(), viewer.sign_in_id);
        }
        self.write(vec![messages::ack()]).await
    }

    /// The payload of `connection_init`; only what asks for nothing may come before it.
    async fn init(&mut self) -> Result<Value, End> {
        loop {
            match read(&mut self.socket, &mut self.heard).await? {
                Incoming::Init(payload) => return Ok(payload),
                Incoming::Subscribe { .. } => return Err(close(4401, "Unauthorized")),
                other => self.answer(other).await?,
            }
        }
    }

    /// Takes in a message that asks for nothing.
    async fn control(&mut self) -> Result<(), End> {
        if self.free.take(std::time::Instant::now()) {
            return Ok(());
        }
        match charge::control(&self.wire, &self.caller) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.too_much(error).await),
        }
    }

    /// The close of one who has nothing left to pay with: held, where they go on all the same.
    async fn too_much(&mut self, error: Error) -> End {
        let (owner, place) = (charge::owner(&self.caller), self.places.place.clone());
        let refusal = self.wire.brake().hold_refusal(owner, &place, Refusal::from(error)).await;
        refusal.count("websocket");
        later(refusal.code, refusal.retry_after)
    }

    /// Everything after the greeting.
    async fn converse(&mut self) -> Result<Infallible, End> {
        // Tokens of its own, so that connections do not meet at the locks of one that all share.
        let (ended, closing) = (self.ended.child_token(), self.wire.closing().child_token());
        let (mut ended, mut closing) = (pin!(ended.cancelled()), pin!(closing.cancelled()));
        let place = self.places.place.clone();
        let mut displaced = pin!(place.ended().cancelled());
        let timing = self.wire.settings().timing.clone();
        let mut timer = pin!(sleep(timing.ping));
        let mut going = false;
        loop {
            tokio::select! {
                biased;
                () = &mut ended => return Err(self.over()),
                () = &mut displaced => return Err(no_room()),
                () = &mut closing, if !going => {
                    // Not all at once: those who come back find another process, one after another.
                    going = true;
                    timer.as_mut().reset(Instant::now() + timing.drain.mul_f64(rand::random()));
                }
                () = &mut timer => {
                    if going {
                        return Err(restarting());
                    }
                    timer.as_mut().reset(Instant::now() + timing.ping);
                    self.beat().await?;
                }
                next = self.next() => match next {
                    Next::Came(outcome) => self.tell(outcome).await?,
                    Next::Heard(message) => self.answer(message?).await?,
                },
            }
        }
    }

    /// What comes next: a message of the peer, unless it is held, or what an operation came to.
    async fn next(&mut self) -> Next<Result<Incoming, End>, Outcome> {
        let Self { socket, heard, operations, held, turns, .. } = self;
        let hearing = async {
            if *held > Instant::now() {
                sleep_until(*held).await;
            }
            read(socket, heard).await
        };
        let coming = async {
            match operations.next().await {
                Some(outcome) => outcome,
                None => std::future::pending().await,
            }
        };
        turns.next(hearing, coming).await
    }

    /// Asks whether the peer is still there.
    async fn beat(&mut self) -> Result<(), End> {
        self.missed = if self.heard { 0 } else { self.missed + 1 };
        if self.missed >= MOST_MISSED {
            return Err(End::Gone);
        }
        self.heard = false;
        if let Some(viewer) = self.caller.viewer
            && self.noted.elapsed() >= USED
        {
            self.noted = Instant::now();
            // A connection that is open is use, also when nothing is asked by it.
            self.wire.app().seen.note(viewer.sign_in_id);
        }
        self.write(vec![messages::ping()]).await
    }

    async fn answer(&mut self, message: Incoming) -> Result<(), End> {
        match message {
            Incoming::Init(_) => Err(close(4429, "Too many initialisation requests")),
            Incoming::Pong | Incoming::Frame => self.control().await,
            Incoming::Ping(payload) => {
                self.control().await?;
                self.write(vec![messages::pong(payload.as_deref())]).await
            }
            // It was paid for when it began.
            Incoming::Complete { id } if self.operations.contains(&id) => {
                self.operations.stop(&id);
                Ok(())
            }
            Incoming::Complete { .. } => self.control().await,
            Incoming::Subscribe { id, .. } if self.operations.contains(&id) => {
                Err(close(4409, format!("Subscriber for {id} already exists")))
            }
            Incoming::Subscribe { id, asked } => match asked.and_then(|asked| self.begin(&id, asked)) {
                Ok(()) => Ok(()),
                Err(refusal) => {
                    refusal.count("websocket");
                    let error = refusal.into_error();
                    self.note(is_too_much(&error));
                    let error = messages::error(&id, &[error]);
                    self.write(vec![error]).await
                }
            },
        }
    }

    fn begin(&mut self, id: &str, asked: Asked) -> Result<(), Refusal> {
        if self.operations.len() >= MOST {
            let message = format!("At most {MOST} operations run on one connection.");
            return Err(Refusal::crowded(message));
        }
        charge::arrive(&self.wire, &Payer::of_address(self.caller.address.0))?;
        charge::arrive_as(&self.wire, &self.caller)?;
        let prepared = prepare(&self.wire, asked, &self.caller)?;
        let (id, wire) = (id.into(), self.wire.clone());
        match prepared.kind {
            OperationType::Subscription => {
                self.operations.subscribe(id, wire, &self.caller, prepared);
            }
            _ => self.operations.execute(id, wire, prepared),
        }
        Ok(())
    }

    /// Writes what an operation came to, and whatever else is there by now.
    async fn tell(&mut self, first: Outcome) -> Result<(), End> {
        let mut batch = Batch::default();
        self.note(first.is_too_much());
        self.operations.settle(first, &mut batch)?;
        while batch.messages.len() < BATCH && batch.bytes() < BYTES {
            let Some(Some(outcome)) = self.operations.next().now_or_never() else {
                break;
            };
            self.note(outcome.is_too_much());
            self.operations.settle(outcome, &mut batch)?;
        }
        // The rooms are free when all of it was written.
        let Batch { messages, rooms, frames } = batch;
        let of_frames = self.wire.answers().hold_frames(charge::owner(&self.caller), frames);
        let of_frames = of_frames.map_err(|error| later(error.code(), error.retry_after()))?;
        let written = self.write(messages).await;
        drop((rooms, of_frames));
        written
    }

    /// Notes whether an operation asked too much. Who goes on is told so, and read from later.
    fn note(&mut self, is_too_much: bool) {
        if is_too_much {
            let held = self.wire.brake().count(charge::owner(&self.caller));
            self.held = self.held.max(Instant::now() + held);
        }
    }

    /// Writes messages at once. The sign-in may end while the peer is slow to take them: then the
    /// connection is cut, because what has been begun cannot be taken back.
    async fn write(&mut self, messages: Vec<Utf8Bytes>) -> Result<(), End> {
        if self.ended.is_over() {
            return Err(self.over());
        }
        let (socket, operations) = (&mut self.socket, &mut self.operations);
        let writing = async move {
            for message in messages {
                socket.feed(Message::Text(message)).await?;
            }
            socket.flush().await
        };
        let patience = self.wire.settings().timing.write;
        tokio::select! {
            biased;
            written = timeout(patience, writing) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(close(1013, "Try again: too slow to take what was written")),
            },
            _ = self.ended.ended() => Err(End::Gone),
            never = operations.drive() => match never {},
        }
    }

    /// How the connection closes when its sign-in has ended, or this process does not hear of ends any more: then
    /// the client comes back, to another process.
    fn over(&self) -> End {
        match self.ended.why() {
            Some(Error::Unauthenticated) | None => signed_out(),
            Some(why) => later(why.code(), why.retry_after()),
        }
    }

    /// Sends the close and waits a little for the answer, so that the code arrives even when the peer
    /// has sent more than was read.
    async fn say_goodbye(&mut self, close: Close) {
        let Close { code, reason } = close;
        tracing::debug!(code, reason, "closing a connection");
        let reason = reason.into();
        let parting = async {
            let frame = Message::Close(Some(CloseFrame { code, reason }));
            if self.socket.send(frame).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        // Whoever does not answer is cut off.
        let _ = timeout(FAREWELL, parting).await;
    }
}

/// The next message of the peer.
async fn read(socket: &mut WebSocket, heard: &mut bool) -> Result<Incoming, End> {
    loop {
        let message = socket.recv().await.ok_or(End::Gone)?;
        *heard = true;
        match message {
            Ok(Message::Text(text)) => {
                return Incoming::read(&text).map_err(|why| close(4400, why));
            }
            Ok(Message::Binary(_)) => return Err(close(4400, "Invalid message: not a text")),
            // The library answers both.
            Ok(Message::Ping(_) | Message::Pong(_)) => return Ok(Incoming::Frame),
            // It ends the stream.
            Ok(Message::Close(_)) => {}
            // A frame that is too large or broken. If the peer is gone nobody reads the code.
            Err(error) => return Err(close(4400, format!("Invalid message: {error}"))),
        }
    }
}
