//! The operations that run on one connection.
//!
//! A query or mutation runs as a task of its own. A subscription is a future of the connection's task:
//! the task that writes is the one that asks for more. It goes on while a slow peer takes what is written, up to one
//! outcome for each operation, so that no turn at a gate waits for a peer. Dropping this ends them all.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::{Response, ServerError};
use axum::extract::ws::Utf8Bytes;
use futures_util::future::{AbortHandle, Abortable, BoxFuture, abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::messages::{self, End, close};
use crate::budget::Owner;
use crate::error::Error;
use crate::graphql::subscription::Running;
use crate::http::Wire;
use crate::http::answers::Room;
use crate::http::brake::is_too_much;
use crate::http::caller::Caller;
use crate::http::execution::{Prepared, begin, execute, write};
use crate::http::refusal::{Refusal, internal, is_request_error};
use crate::live::Frame;
use crate::supervise::spawn_awaited;

/// Operations of one connection.
pub(super) const MOST: usize = 100;
/// Frames that a subscription gives at a time.
const BATCH: usize = 64;

/// Running operations by the ids that the client gave them.
pub(super) struct Operations {
    running: FuturesUnordered<Abortable<BoxFuture<'static, Outcome>>>,
    handles: HashMap<Arc<str>, AbortHandle>,
    /// What came out while something was written.
    ready: VecDeque<Outcome>,
}

/// Messages that are written together, and the rooms of the answers among them.
#[derive(Default)]
pub(super) struct Batch {
    pub messages: Vec<Utf8Bytes>,
    pub rooms: Vec<Room>,
    /// Bytes of what subscriptions brought.
    pub frames: usize,
}

impl Batch {
    /// Bytes of its messages.
    pub fn bytes(&self) -> usize {
        self.messages.iter().map(|message| message.len()).sum()
    }
}

/// What an operation came to.
pub(super) struct Outcome {
    id: Arc<str>,
    what: What,
}

enum What {
    /// A query or mutation is done: its answer as it is written, with its room.
    Done {
        payload: Vec<u8>,
        room: Option<Room>,
        is_too_much: bool,
    },
    /// A subscription was refused, or could not be begun.
    Refused(Vec<ServerError>),
    Begun(Running),
    Frames(Running, Vec<Arc<Frame>>),
    Ended,
    Failed(Error),
}

impl Outcome {
    /// Whether it asked too much.
    pub fn is_too_much(&self) -> bool {
        match &self.what {
            What::Done { is_too_much, .. } => *is_too_much,
            What::Refused(errors) => errors.iter().any(is_too_much),
            What::Failed(error) => matches!(error.code(), "RATE_LIMITED" | "PAYLOAD_TOO_LARGE"),
            What::Begun(_) | What::Frames(..) | What::Ended => false,
        }
    }
}

impl Operations {
    pub fn new() -> Self {
        Self { running: FuturesUnordered::new(), handles: HashMap::new(), ready: VecDeque::new() }
    }

    pub fn len(&self) -> usize {
        self.handles.len()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.handles.contains_key(id)
    }

    /// Ends an operation without a word; an unknown id is none.
    pub fn stop(&mut self, id: &str) {
        if let Some(handle) = self.handles.remove(id) {
            handle.abort();
            self.ready.retain(|outcome| *outcome.id != *id);
        }
    }

    /// Runs a query or a mutation.
    pub fn execute(&mut self, id: Arc<str>, wire: Wire, prepared: Prepared) {
        let owner = prepared.owner;
        let task = spawn_awaited("operation", async move {
            let response = execute(&wire, prepared).await;
            done(&wire, owner, response)
        });
        self.run(id.clone(), async move {
            let what = match task.await {
                Ok(what) => what,
                Err(error) => What::Refused(vec![internal(&error.to_string()).into_error()]),
            };
            Outcome { id, what }
        });
    }

    /// Begins a subscription.
    pub fn subscribe(&mut self, id: Arc<str>, wire: Wire, caller: &Caller, prepared: Prepared) {
        let caller = caller.clone();
        self.run(id.clone(), async move {
            let what = match begin(&wire, &caller, prepared).await {
                Ok(subscription) => What::Begun(subscription),
                Err(refused) => What::Refused(refused.errors),
            };
            Outcome { id, what }
        });
    }

    fn run(&mut self, id: Arc<str>, future: impl Future<Output = Outcome> + Send + 'static) {
        let boxed: BoxFuture<'static, Outcome> = Box::pin(future);
        let (future, handle) = abortable(boxed);
        self.handles.insert(id, handle);
        self.running.push(future);
    }

    /// Waits until an operation has something to say; `None` while there is none.
    pub async fn next(&mut self) -> Option<Outcome> {
        if let Some(outcome) = self.ready.pop_front() {
            return Some(outcome);
        }
        loop {
            // Those that were stopped come out too, and go.
            if let Ok(outcome) = self.running.next().await? {
                return Some(outcome);
            }
        }
    }

    /// Lets the operations go on, and keeps what they come to for [`Self::next`]. Each waits then until it is settled.
    pub async fn drive(&mut self) -> Infallible {
        while let Some(outcome) = self.running.next().await {
            self.ready.extend(outcome.ok());
        }
        std::future::pending().await
    }

    /// Turns an outcome into messages, and lets a subscription go on.
    ///
    /// # Errors
    /// The sign-in has ended, and the connection with it.
    pub fn settle(&mut self, outcome: Outcome, batch: &mut Batch) -> Result<(), End> {
        let out = &mut batch.messages;
        let Outcome { id, what } = outcome;
        match what {
            What::Begun(subscription) => self.pull(id, subscription),
            // What waited for the peer waits on until this process may deliver again.
            What::Frames(subscription, frames) if !subscription.fresh().is_fresh() => {
                self.run(id.clone(), async move {
                    subscription.fresh().wait().await;
                    Outcome { id, what: What::Frames(subscription, frames) }
                });
            }
            What::Frames(subscription, frames) => {
                out.extend(frames.iter().map(|frame| frame.next_message(&id)));
                batch.frames += frames.iter().map(|frame| frame.payload().len()).sum::<usize>();
                self.pull(id, subscription);
            }
            What::Done { payload, room, .. } => {
                out.push(messages::next(&id, &payload));
                self.complete(&id, out);
                batch.rooms.extend(room);
            }
            What::Ended => self.complete(&id, out),
            What::Refused(errors) => self.fail(&id, &errors, out),
            What::Failed(Error::Unauthenticated) => return Err(signed_out()),
            What::Failed(error) => self.fail(&id, &[Refusal::from(error).into_error()], out),
        }
        Ok(())
    }

    fn pull(&mut self, id: Arc<str>, mut subscription: Running) {
        self.run(id.clone(), async move {
            let mut frames = Vec::new();
            let what = match subscription.recv_many(&mut frames, BATCH).await {
                Err(error) => What::Failed(error),
                Ok(()) if frames.is_empty() => What::Ended,
                Ok(()) => What::Frames(subscription, frames),
            };
            Outcome { id, what }
        });
    }

    fn complete(&mut self, id: &str, out: &mut Vec<Utf8Bytes>) {
        out.push(messages::complete(id));
        self.handles.remove(id);
    }

    fn fail(&mut self, id: &str, errors: &[ServerError], out: &mut Vec<Utf8Bytes>) {
        // Whoever is refused is told why.
        let unknown = || [internal("an operation was refused without a reason").into_error()];
        out.push(if errors.is_empty() { messages::error(id, &unknown()) } else { messages::error(id, errors) });
        self.handles.remove(id);
    }
}

/// What a response comes to: its errors alone, or its answer if there is room for it.
fn done(wire: &Wire, owner: Owner, response: Response) -> What {
    if is_request_error(&response) {
        return What::Refused(response.errors);
    }
    let (payload, is_too_much) = (write(&response), response.errors.iter().any(is_too_much));
    match wire.answers().hold(owner, payload.len()) {
        Ok(room) => What::Done { payload, room, is_too_much },
        Err(error) => What::Refused(vec![Refusal::from(error).into_error()]),
    }
}

/// The sign-in has ended: the client does not come back by itself.
pub(super) fn signed_out() -> End {
    close(4401, "Unauthorized: the sign-in has ended")
}
