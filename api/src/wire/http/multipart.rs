//! Subscriptions over HTTP (`multipart/mixed`), for networks that block WebSockets.
//!
//! Implements the protocol of Apollo (`subscriptionSpec=1.0`): each part is `{"payload": …}`, and `{}` is a
//! heartbeat. Reads at most one batch ahead of the client, whose unread bytes count as pending responses.
//! Closes the stream as soon as the session is revoked.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header;
use axum::response::IntoResponse;
use bytes::{BufMut, Bytes};

use super::accept::{Accept, MediaType};
use super::caller::Caller;
use super::connections::ConnectionSlot;
use super::execution::{Prepared, start_subscription};
use super::refusal::Refusal;
use super::response::Reply;
use super::state::HttpState;
use crate::ground::budget::Owner;
use crate::ground::error::Error;
use crate::ground::id::AccountId;
use crate::ground::permits::Permit;
use crate::ground::supervise::{TaskHandle, spawn_abort_on_drop};
use crate::live::Frame;
use crate::log::closure::Closure;
use crate::wire::graphql::subscription::Running;

const CONTENT_TYPE: &str = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0";
/// Clients process a part when they see the following boundary, so each part includes it.
const BOUNDARY: &[u8] = b"\r\n--graphql";
const PART_HEADER: &[u8] = b"\r\ncontent-type: application/json\r\n\r\n";
const CLOSING_DELIMITER: &[u8] = b"--\r\n";
/// Maximum frames per write.
const MAX_BATCH_FRAMES: usize = 64;

/// Handles a subscription sent by POST.
///
/// # Errors
/// `NOT_ACCEPTABLE` if the client does not accept multipart responses, `RATE_LIMITED` if the account has too
/// many live connections.
pub(super) async fn stream(
    state: &HttpState,
    caller: Caller,
    slot: &Arc<ConnectionSlot>,
    prepared: Prepared,
    accepts: Accept,
) -> Result<Reply, Refusal> {
    if !accepts.multipart {
        return Err(Refusal::new(
            "NOT_ACCEPTABLE",
            "Subscriptions require a WebSocket, or POST with Accept: multipart/mixed.",
        ));
    }
    let permit = state.socket_limits().acquire_for_account(caller.viewer)?;
    let ended = match caller.viewer {
        Some(viewer) => state.app().rooms.revocations().watch(viewer.session_id),
        None => Closure::default(),
    };
    let subscription = match start_subscription(state, &caller, prepared).await {
        Ok(subscription) => subscription,
        Err(refused) => return Ok(Reply::Response(accepts.media.unwrap_or(MediaType::Json), refused)),
    };
    let (owner, slot) = (caller.owner(), slot.clone());
    let parts = Parts {
        state: state.clone(),
        owner,
        slot,
        ended,
        receiving: receive(subscription),
        position: Position::Start,
        _permit: permit,
    };
    let body = futures_util::stream::unfold(parts, Parts::next);
    Ok(Reply::Stream(([(header::CONTENT_TYPE, CONTENT_TYPE)], Body::from_stream(body)).into_response()))
}

/// The received frames. The subscription is returned for the next call.
type Received = (Running, Vec<Arc<Frame>>, Result<(), Error>);

/// Runs in a separate task, so that a slow client does not hold permits.
fn receive(mut subscription: Running) -> TaskHandle<Received> {
    spawn_abort_on_drop("multipart", async move {
        let mut frames = Vec::new();
        let outcome = subscription.recv_many(&mut frames, MAX_BATCH_FRAMES).await;
        (subscription, frames, outcome)
    })
}

#[derive(PartialEq)]
enum Position {
    Start,
    Middle,
    End,
}

/// A running multipart response.
struct Parts {
    state: HttpState,
    owner: Owner,
    slot: Arc<ConnectionSlot>,
    ended: Closure,
    receiving: TaskHandle<Received>,
    position: Position,
    _permit: Option<Permit<AccountId>>,
}

impl Parts {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let bytes = match self.position {
            Position::End => return None,
            Position::Start => {
                self.position = Position::Middle;
                Bytes::from_static(BOUNDARY)
            }
            Position::Middle => self.next_part().await,
        };
        Some((Ok(bytes), self))
    }

    async fn next_part(&mut self) -> Bytes {
        // Pending frames are held back while this process is partitioned from the database.
        let fresh = self.state.app().logs.fresh().clone();
        let received = async {
            fresh.wait().await;
            (&mut self.receiving).await
        };
        let received = tokio::select! {
            biased;
            error = self.ended.closed() => return self.final_part(error),
            () = self.state.closing().cancelled() => {
                return self.final_part(Error::Unavailable("The server is restarting. Reconnect.".into()));
            }
            received = received => received,
            () = tokio::time::sleep(self.state.settings().timing.ping_interval) => return part(b"{}"),
        };
        let (subscription, frames, outcome) = match received {
            Ok(received) => received,
            Err(error) => return self.final_part(Error::internal(error)),
        };
        match outcome {
            Err(error) => return self.final_part(error),
            Ok(()) if frames.is_empty() => {
                self.position = Position::End;
                return Bytes::from_static(CLOSING_DELIMITER);
            }
            Ok(()) => {}
        }
        self.receiving = receive(subscription);
        let mut bytes = Vec::new();
        for frame in &frames {
            bytes.put_slice(PART_HEADER);
            bytes.put_slice(b"{\"payload\":");
            bytes.put_slice(frame.payload());
            bytes.put_slice(b"}");
            bytes.put_slice(BOUNDARY);
        }
        self.state
            .response_budget()
            .attach(self.owner, &self.slot, bytes.into())
            .unwrap_or_else(|error| self.final_part(error))
    }

    /// Returns a final part with the error.
    fn final_part(&mut self, error: Error) -> Bytes {
        self.position = Position::End;
        let errors = [Refusal::from(error).into_error()];
        let text = serde_json::json!({ "payload": null, "errors": errors }).to_string();
        [&part(text.as_bytes())[..], CLOSING_DELIMITER].concat().into()
    }
}

fn part(json: &[u8]) -> Bytes {
    [PART_HEADER, json, BOUNDARY].concat().into()
}
