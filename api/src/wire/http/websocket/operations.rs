//! The running operations of a connection.
//!
//! Queries and mutations run as separate tasks. Subscriptions are futures of the connection task, which polls
//! them only when it can write. While a slow peer reads, each operation progresses to at most one outcome, so
//! that no permit is held for a peer. Dropping this cancels all operations.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::{Response, ServerError};
use axum::extract::ws::Utf8Bytes;
use futures_util::future::{AbortHandle, Abortable, BoxFuture, abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::messages::{self, End, close};
use crate::ground::budget::Owner;
use crate::ground::error::Error;
use crate::ground::supervise::spawn_abort_on_drop;
use crate::live::Frame;
use crate::wire::graphql::subscription::Running;
use crate::wire::http::caller::Caller;
use crate::wire::http::execution::{Prepared, execute, start_subscription};
use crate::wire::http::refusal::{Refusal, internal, is_request_error};
use crate::wire::http::refusal_delay::is_rate_limit_error;
use crate::wire::http::response::serialize;
use crate::wire::http::response_budget::Reservation;
use crate::wire::http::state::HttpState;

/// Maximum operations of a connection.
pub(super) const MAX_OPERATIONS: usize = 100;
/// Maximum frames per poll of a subscription.
const MAX_BATCH_FRAMES: usize = 64;

/// Running operations by client-assigned ID.
pub(super) struct Operations {
    running: FuturesUnordered<Abortable<BoxFuture<'static, Outcome>>>,
    handles: HashMap<Arc<str>, AbortHandle>,
    /// Outcomes that arrived during a write.
    ready: VecDeque<Outcome>,
}

/// Messages that are written together, with their reservations.
#[derive(Default)]
pub(super) struct Batch {
    pub messages: Vec<Utf8Bytes>,
    pub reservations: Vec<Reservation>,
    /// Bytes of subscription frames.
    pub frames: usize,
}

impl Batch {
    /// Returns the bytes of all messages.
    pub fn bytes(&self) -> usize {
        self.messages.iter().map(|message| message.len()).sum()
    }
}

/// The outcome of an operation.
pub(super) struct Outcome {
    id: Arc<str>,
    kind: OutcomeKind,
}

enum OutcomeKind {
    /// A query or mutation has completed, with its serialized response and reservation.
    Completed {
        payload: Vec<u8>,
        reservation: Option<Reservation>,
        is_rate_limited: bool,
    },
    /// The operation was refused, or failed to start.
    Refused(Vec<ServerError>),
    Started(Running),
    Frames(Running, Vec<Arc<Frame>>),
    Ended,
    Failed(Error),
}

impl Outcome {
    /// Whether it failed with a rate limit error.
    pub fn is_rate_limited(&self) -> bool {
        match &self.kind {
            OutcomeKind::Completed { is_rate_limited, .. } => *is_rate_limited,
            OutcomeKind::Refused(errors) => errors.iter().any(is_rate_limit_error),
            OutcomeKind::Failed(error) => matches!(error.code(), "RATE_LIMITED" | "PAYLOAD_TOO_LARGE"),
            OutcomeKind::Started(_) | OutcomeKind::Frames(..) | OutcomeKind::Ended => false,
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

    /// Cancels an operation without a message. Unknown IDs are ignored.
    pub fn cancel(&mut self, id: &str) {
        if let Some(handle) = self.handles.remove(id) {
            handle.abort();
            self.ready.retain(|outcome| *outcome.id != *id);
        }
    }

    /// Starts a query or mutation.
    pub fn execute(&mut self, id: Arc<str>, state: HttpState, prepared: Prepared) {
        let owner = prepared.owner;
        let task = spawn_abort_on_drop("operation", async move {
            let response = execute(&state, prepared).await;
            completed(&state, owner, response)
        });
        self.run(id.clone(), async move {
            let kind = match task.await {
                Ok(kind) => kind,
                Err(error) => OutcomeKind::Refused(vec![internal(&error.to_string()).into_error()]),
            };
            Outcome { id, kind }
        });
    }

    /// Starts a subscription.
    pub fn subscribe(&mut self, id: Arc<str>, state: HttpState, caller: &Caller, prepared: Prepared) {
        let caller = caller.clone();
        self.run(id.clone(), async move {
            let kind = match start_subscription(&state, &caller, prepared).await {
                Ok(subscription) => OutcomeKind::Started(subscription),
                Err(refused) => OutcomeKind::Refused(refused.errors),
            };
            Outcome { id, kind }
        });
    }

    fn run(&mut self, id: Arc<str>, future: impl Future<Output = Outcome> + Send + 'static) {
        let boxed: BoxFuture<'static, Outcome> = Box::pin(future);
        let (future, handle) = abortable(boxed);
        self.handles.insert(id, handle);
        self.running.push(future);
    }

    /// Waits for the next outcome. `None` if no operation is running.
    pub async fn next(&mut self) -> Option<Outcome> {
        if let Some(outcome) = self.ready.pop_front() {
            return Some(outcome);
        }
        loop {
            // Cancelled operations complete as well and are skipped.
            if let Ok(outcome) = self.running.next().await? {
                return Some(outcome);
            }
        }
    }

    /// Drives the operations and stores their outcomes for [`Self::next`]. Each operation then pauses until its
    /// outcome is settled.
    pub async fn drive(&mut self) -> Infallible {
        while let Some(outcome) = self.running.next().await {
            self.ready.extend(outcome.ok());
        }
        std::future::pending().await
    }

    /// Converts an outcome to messages, and resumes subscriptions.
    ///
    /// # Errors
    /// Returns the close if the session is revoked.
    pub fn settle(&mut self, outcome: Outcome, batch: &mut Batch) -> Result<(), End> {
        let messages_out = &mut batch.messages;
        let Outcome { id, kind } = outcome;
        match kind {
            OutcomeKind::Started(subscription) => self.receive(id, subscription),
            // Pending frames are held back until this process may deliver again.
            OutcomeKind::Frames(subscription, frames) if !subscription.fresh().is_fresh() => {
                self.run(id.clone(), async move {
                    subscription.fresh().wait().await;
                    Outcome { id, kind: OutcomeKind::Frames(subscription, frames) }
                });
            }
            OutcomeKind::Frames(subscription, frames) => {
                messages_out
                    .extend(frames.iter().map(|frame| frame.message(&id, |payload| messages::next(&id, payload))));
                batch.frames += frames.iter().map(|frame| frame.payload().len()).sum::<usize>();
                self.receive(id, subscription);
            }
            OutcomeKind::Completed { payload, reservation, .. } => {
                messages_out.push(messages::next(&id, &payload));
                self.complete(&id, messages_out);
                batch.reservations.extend(reservation);
            }
            OutcomeKind::Ended => self.complete(&id, messages_out),
            OutcomeKind::Refused(errors) => self.fail(&id, &errors, messages_out),
            OutcomeKind::Failed(Error::Unauthenticated) => return Err(session_revoked()),
            OutcomeKind::Failed(error) => self.fail(&id, &[Refusal::from(error).into_error()], messages_out),
        }
        Ok(())
    }

    fn receive(&mut self, id: Arc<str>, mut subscription: Running) {
        self.run(id.clone(), async move {
            let mut frames = Vec::new();
            let kind = match subscription.recv_many(&mut frames, MAX_BATCH_FRAMES).await {
                Err(error) => OutcomeKind::Failed(error),
                Ok(()) if frames.is_empty() => OutcomeKind::Ended,
                Ok(()) => OutcomeKind::Frames(subscription, frames),
            };
            Outcome { id, kind }
        });
    }

    fn complete(&mut self, id: &str, messages_out: &mut Vec<Utf8Bytes>) {
        messages_out.push(messages::complete(id));
        self.handles.remove(id);
    }

    fn fail(&mut self, id: &str, errors: &[ServerError], messages_out: &mut Vec<Utf8Bytes>) {
        // A refusal must have a reason.
        let unknown = || [internal("operation refused without a reason").into_error()];
        messages_out.push(if errors.is_empty() {
            messages::error(id, &unknown())
        } else {
            messages::error(id, errors)
        });
        self.handles.remove(id);
    }
}

/// Converts a response to an outcome and reserves its bytes.
fn completed(state: &HttpState, owner: Owner, response: Response) -> OutcomeKind {
    if is_request_error(&response) {
        return OutcomeKind::Refused(response.errors);
    }
    let (payload, is_rate_limited) = (serialize(&response), response.errors.iter().any(is_rate_limit_error));
    match state.response_budget().reserve(owner, payload.len()) {
        Ok(reservation) => OutcomeKind::Completed { payload, reservation, is_rate_limited },
        Err(error) => OutcomeKind::Refused(vec![Refusal::from(error).into_error()]),
    }
}

/// Closes a connection with a revoked session. Clients do not reconnect by themselves.
pub(super) fn session_revoked() -> End {
    close(4401, "Unauthorized: the session has ended")
}
