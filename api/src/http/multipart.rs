//! Subscriptions over plain HTTP: `multipart/mixed`, for networks that let no WebSocket through.
//!
//! Speaks Apollo's protocol (`subscriptionSpec=1.0`): each part is `{"payload": …}`, `{}` says that the
//! stream lives. Promises: no more than one batch is read from the subscription before the client has taken what
//! was, and what it has not taken counts among its answers; a sign-in that ends ends the stream at once. What is subscribed to it does not know.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header;
use axum::response::IntoResponse;
use bytes::{BufMut, Bytes};

use super::Wire;
use super::caller::Caller;
use super::charge;
use super::connections::Place;
use super::execution::{Prepared, begin};
use super::graphql::Answer;
use super::media::{Accepts, Media};
use super::refusal::Refusal;
use crate::budget::Owner;
use crate::error::Error;
use crate::graphql::subscription::Running;
use crate::id::AccountId;
use crate::live::Frame;
use crate::live::ending::Ending;
use crate::permits::Permit;
use crate::sign_in;
use crate::supervise::{Awaited, spawn_awaited};

const CONTENT_TYPE: &str = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0";
/// A client reads a part when it sees the boundary after it: so each part brings that along.
const BOUNDARY: &[u8] = b"\r\n--graphql";
const PART: &[u8] = b"\r\ncontent-type: application/json\r\n\r\n";
const LAST: &[u8] = b"--\r\n";
/// Frames that are written at a time.
const BATCH: usize = 64;

/// Answers a subscription that came by POST.
///
/// # Errors
/// The client does not take parts, or has too many live connections.
pub(super) async fn stream(
    wire: &Wire,
    caller: Caller,
    place: &Arc<Place>,
    prepared: Prepared,
    accepts: Accepts,
) -> Result<Answer, Refusal> {
    if !accepts.multipart {
        return Err(Refusal::new(
            "NOT_ACCEPTABLE",
            "Subscriptions go over a WebSocket, or by POST with Accept: multipart/mixed.",
        ));
    }
    let permit = wire.sockets().of_account(&caller)?;
    let ended = match caller.viewer {
        Some(viewer) => sign_in::service::ended(wire.app(), viewer.sign_in_id),
        None => Ending::default(),
    };
    let subscription = match begin(wire, &caller, prepared).await {
        Ok(subscription) => subscription,
        Err(refused) => return Ok(Answer::Response(accepts.media.unwrap_or(Media::Json), refused)),
    };
    let (owner, place) = (charge::owner(&caller), place.clone());
    let parts =
        Parts { wire: wire.clone(), owner, place, ended, pull: pull(subscription), at: At::Start, _permit: permit };
    let body = futures_util::stream::unfold(parts, Parts::next);
    Ok(Answer::Stream(([(header::CONTENT_TYPE, CONTENT_TYPE)], Body::from_stream(body)).into_response()))
}

/// What waiting for frames came to; the subscription comes back to be asked again.
type Pulled = (Running, Vec<Arc<Frame>>, Result<(), Error>);

/// A task of its own: a client that is slow to take what was written must not keep a turn at a gate.
fn pull(mut subscription: Running) -> Awaited<Pulled> {
    spawn_awaited("multipart", async move {
        let mut frames = Vec::new();
        let outcome = subscription.recv_many(&mut frames, BATCH).await;
        (subscription, frames, outcome)
    })
}

#[derive(PartialEq)]
enum At {
    Start,
    Middle,
    End,
}

/// A running stream of parts.
struct Parts {
    wire: Wire,
    owner: Owner,
    place: Arc<Place>,
    ended: Ending,
    pull: Awaited<Pulled>,
    at: At,
    _permit: Option<Permit<AccountId>>,
}

impl Parts {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let bytes = match self.at {
            At::End => return None,
            At::Start => {
                self.at = At::Middle;
                Bytes::from_static(BOUNDARY)
            }
            At::Middle => self.wait().await,
        };
        Some((Ok(bytes), self))
    }

    async fn wait(&mut self) -> Bytes {
        // What waited for the peer waits on while this process is cut off.
        let fresh = self.wire.app().rooms.fresh().clone();
        let pulled = async {
            fresh.wait().await;
            (&mut self.pull).await
        };
        let pulled = tokio::select! {
            biased;
            why = self.ended.ended() => return self.last(why),
            () = self.wire.closing().cancelled() => {
                return self.last(Error::Unavailable("The server is restarting.".into()));
            }
            pulled = pulled => pulled,
            () = tokio::time::sleep(self.wire.settings().timing.ping) => return part(b"{}"),
        };
        let (subscription, frames, outcome) = match pulled {
            Ok(pulled) => pulled,
            Err(error) => return self.last(Error::internal(error)),
        };
        match outcome {
            Err(error) => return self.last(error),
            Ok(()) if frames.is_empty() => {
                self.at = At::End;
                return Bytes::from_static(LAST);
            }
            Ok(()) => {}
        }
        self.pull = pull(subscription);
        let mut bytes = Vec::new();
        for frame in &frames {
            bytes.put_slice(PART);
            bytes.put_slice(b"{\"payload\":");
            bytes.put_slice(frame.payload());
            bytes.put_slice(b"}");
            bytes.put_slice(BOUNDARY);
        }
        self.wire.answers().keep(self.owner, &self.place, bytes).unwrap_or_else(|error| self.last(error))
    }

    /// A part that says why nothing follows, and the end.
    fn last(&mut self, why: Error) -> Bytes {
        self.at = At::End;
        let errors = [Refusal::from(why).into_error()];
        let text = serde_json::json!({ "payload": null, "errors": errors }).to_string();
        [&part(text.as_bytes())[..], LAST].concat().into()
    }
}

fn part(json: &[u8]) -> Bytes {
    [PART, json, BOUNDARY].concat().into()
}
