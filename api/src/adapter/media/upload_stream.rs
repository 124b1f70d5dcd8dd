//! Streams a part from a client through this server into a bucket, without buffering it.
//!
//! Attributes a failure to the client or the bucket by what this side observed, not by how the other side reports it. A
//! bucket that stalls or does not respond is abandoned after a timeout. Slow clients are bounded by the caller.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use reqwest::header::CONTENT_LENGTH;

use super::s3::Request;
use crate::ground::error::{Error, Result};
use crate::ground::mutex::Mutex;

/// Interval between checks whether the bucket has stalled.
const STALL_CHECK_INTERVAL: Duration = Duration::from_secs(1);

struct UploadStream {
    size: u64,
    received: u64,
    /// When the bucket became busy with the last chunk. `None` while waiting for the client.
    bucket_busy_since: Option<Instant>,
    /// The client's error, if any.
    client_error: Option<Error>,
}

/// Sends a request whose body is the client's stream of exactly `size` bytes.
///
/// # Errors
/// `BAD_USER_INPUT` for more or fewer bytes, errors of the stream, and `UNAVAILABLE` if the bucket does not accept
/// the body.
pub async fn forward(
    http: &reqwest::Client,
    request: Request,
    size: u64,
    bytes: impl Stream<Item = Result<Bytes>> + Send + 'static,
    timeout: Duration,
) -> Result<()> {
    let upload = UploadStream { size, received: 0, bucket_busy_since: Some(Instant::now()), client_error: None };
    let upload = Arc::new(Mutex::new(upload));
    let mut put = http.put(request.url).header(CONTENT_LENGTH, size);
    for (name, value) in request.headers {
        put = put.header(name, value);
    }
    let sending = put.body(reqwest::Body::wrap_stream(observe(bytes, upload.clone()))).send();
    let response = tokio::select! {
        response = sending => response,
        () = wait_for_stall(&upload, timeout) => {
            tracing::warn!("file storage stalled during a part upload");
            return Err(Error::DependencyUnavailable("storage"));
        }
    };
    let client_error = upload.lock().client_error.take();
    match (response.map(|response| response.status()), client_error) {
        (Ok(status), _) if status.is_success() => Ok(()),
        (_, Some(client_error)) => Err(client_error),
        (Ok(status), None) => {
            tracing::warn!(%status, "file storage rejected a part");
            Err(Error::DependencyUnavailable("storage"))
        }
        (Err(error), None) => {
            tracing::warn!(error = %error.without_url(), "file storage request failed");
            Err(Error::DependencyUnavailable("storage"))
        }
    }
}

/// Returns the error for contents whose length differs from the declared one.
pub fn wrong_length(size: u64) -> Error {
    Error::invalid("size", format!("Invalid length: expected {size} bytes, as declared in createUpload."))
}

/// Passes the client's stream on until it is complete or the client fails.
fn observe(
    bytes: impl Stream<Item = Result<Bytes>> + Send + 'static,
    upload: Arc<Mutex<UploadStream>>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    stream::unfold((Box::pin(bytes), upload), |(mut bytes, upload)| async move {
        upload.lock().bucket_busy_since = None;
        let mut next = bytes.next().await;
        // Forward the last chunk only once the stream is known to end after it.
        if let Some(Ok(piece)) = &next
            && upload.lock().is_last(piece)
            && let Some(more) = bytes.next().await
        {
            next = Some(more.and(Err(wrong_length(upload.lock().size))));
        }
        let seen = upload.lock().record(next);
        seen.map(|seen| (seen, (bytes, upload)))
    })
}

impl UploadStream {
    fn is_last(&self, piece: &Bytes) -> bool {
        self.received + piece.len() as u64 == self.size
    }

    fn record(&mut self, next: Option<Result<Bytes>>) -> Option<std::io::Result<Bytes>> {
        let client_error = match next {
            Some(Ok(piece)) if self.received + piece.len() as u64 <= self.size => {
                self.received += piece.len() as u64;
                self.bucket_busy_since = Some(Instant::now());
                return Some(Ok(piece));
            }
            None if self.received == self.size => {
                self.bucket_busy_since = Some(Instant::now());
                return None;
            }
            Some(Err(error)) => error,
            Some(Ok(_)) | None => wrong_length(self.size),
        };
        self.client_error = Some(client_error);
        Some(Err(std::io::Error::other("the client closed the connection")))
    }
}

/// Returns once the bucket has been busy for longer than the timeout.
async fn wait_for_stall(upload: &Mutex<UploadStream>, timeout: Duration) {
    let mut ticks = tokio::time::interval(STALL_CHECK_INTERVAL);
    loop {
        ticks.tick().await;
        if upload.lock().bucket_busy_since.is_some_and(|bucket_busy_since| bucket_busy_since.elapsed() >= timeout) {
            return;
        }
    }
}
