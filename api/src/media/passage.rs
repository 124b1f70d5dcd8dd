//! A part on its way from a client through this server into a bucket: streamed, so that nothing is held here.
//!
//! Promises: who broke it off is known by what was seen here, and not by what the other side makes of it; a bucket
//! that takes nothing more, or does not answer, is given up after a deadline; a slow client has its own elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use reqwest::header::CONTENT_LENGTH;

use super::s3::Request;
use crate::error::{Error, Result};

/// How often it is looked whether the bucket is late.
const LOOK: Duration = Duration::from_secs(1);

struct Passage {
    size: u64,
    taken: u64,
    /// Since when it is the bucket's turn; nothing while more is awaited of the client.
    handed: Option<Instant>,
    /// What the client did wrong.
    fault: Option<Error>,
}

/// Makes a request with the bytes of a client, who has said that they are `size`.
///
/// # Errors
/// What the client did wrong: `BAD_USER_INPUT` for more or fewer bytes, and the errors of the stream; `UNAVAILABLE`
/// if the bucket has not taken them.
pub async fn pass_on(
    http: &reqwest::Client,
    request: Request,
    size: u64,
    bytes: impl Stream<Item = Result<Bytes>> + Send + 'static,
    deadline: Duration,
) -> Result<()> {
    let passage = Passage { size, taken: 0, handed: Some(Instant::now()), fault: None };
    let passage = Arc::new(Mutex::new(passage));
    let mut put = http.put(request.url).header(CONTENT_LENGTH, size);
    for (name, value) in request.headers {
        put = put.header(name, value);
    }
    let sending = put.body(reqwest::Body::wrap_stream(watched(bytes, passage.clone()))).send();
    let answer = tokio::select! {
        answer = sending => answer,
        () = late(&passage, deadline) => {
            tracing::warn!("the storage of files takes nothing more of a part");
            return Err(Error::Away("storage"));
        }
    };
    let fault = open(&passage).fault.take();
    match (answer.map(|answer| answer.status()), fault) {
        (Ok(status), _) if status.is_success() => Ok(()),
        (_, Some(fault)) => Err(fault),
        (Ok(status), None) => {
            tracing::warn!(%status, "the storage of files did not take a part");
            Err(Error::Away("storage"))
        }
        (Err(error), None) => {
            tracing::warn!(error = %error.without_url(), "the storage of files did not take a part");
            Err(Error::Away("storage"))
        }
    }
}

/// That there are other bytes than was said.
pub fn wrong_length(size: u64) -> Error {
    Error::invalid("size", format!("It must have exactly {size} bytes, as was said before."))
}

fn open(passage: &Mutex<Passage>) -> MutexGuard<'_, Passage> {
    passage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What comes of the client, until it is whole or the client has done something wrong.
fn watched(
    bytes: impl Stream<Item = Result<Bytes>> + Send + 'static,
    passage: Arc<Mutex<Passage>>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    stream::unfold((Box::pin(bytes), passage), |(mut bytes, passage)| async move {
        open(&passage).handed = None;
        let mut next = bytes.next().await;
        // The last piece goes on once it is known that nothing comes behind it.
        if let Some(Ok(piece)) = &next
            && open(&passage).is_last(piece)
            && let Some(more) = bytes.next().await
        {
            next = Some(more.and(Err(wrong_length(open(&passage).size))));
        }
        let seen = open(&passage).see(next);
        seen.map(|seen| (seen, (bytes, passage)))
    })
}

impl Passage {
    fn is_last(&self, piece: &Bytes) -> bool {
        self.taken + piece.len() as u64 == self.size
    }

    fn see(&mut self, next: Option<Result<Bytes>>) -> Option<std::io::Result<Bytes>> {
        let fault = match next {
            Some(Ok(piece)) if self.taken + piece.len() as u64 <= self.size => {
                self.taken += piece.len() as u64;
                self.handed = Some(Instant::now());
                return Some(Ok(piece));
            }
            None if self.taken == self.size => {
                self.handed = Some(Instant::now());
                return None;
            }
            Some(Err(error)) => error,
            Some(Ok(_)) | None => wrong_length(self.size),
        };
        self.fault = Some(fault);
        Some(Err(std::io::Error::other("the client broke off")))
    }
}

/// Ends when it has been the bucket's turn for too long.
async fn late(passage: &Mutex<Passage>, deadline: Duration) {
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        if open(passage).handed.is_some_and(|handed| handed.elapsed() >= deadline) {
            return;
        }
    }
}
