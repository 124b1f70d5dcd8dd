//! An execution: one selection, running as one long GraphQL subscription that is fed items.
//!
//! The document is parsed and validated once, at the start. Each item yields exactly one result. Results depend only on
//! the item and are shared by all subscriptions with the same selection. Every execution needs a permit of the account
//! it runs for, so that expensive selections delay only their own account.

use std::sync::Arc;

use async_graphql::{Request, Response, ServerError};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::{mpsc, oneshot};

use super::frame::FramePosition;
use super::{Frame, Item};
use crate::ground::budget::Owner;
use crate::ground::error::{Error, Result};
use crate::ground::fair_semaphore::{FairPermit, FairSemaphore};
use crate::ground::mutex::Mutex;

/// Executes a subscription request as a stream of results.
pub type ExecuteFn = Arc<dyn Fn(Request) -> BoxStream<'static, Response> + Send + Sync>;

/// The items that the `events` resolver reads. Stored in the request's data.
#[derive(Debug)]
pub struct ItemFeed(Mutex<Option<(oneshot::Sender<()>, mpsc::Receiver<Item>)>>);

impl ItemFeed {
    /// Returns the receiver of the items. The resolver calls it once; later calls return `None`.
    pub fn take(&self) -> Option<mpsc::Receiver<Item>> {
        let (started, items) = self.0.lock().take()?;
        let _ = started.send(());
        Some(items)
    }
}

/// The response if a request ends without a result.
fn ended_response() -> Response {
    let mut error = ServerError::new("The subscription ended before its first item.", None);
    error.extensions.get_or_insert_default().set("code", "INTERNAL");
    Response::from_errors(vec![error])
}

/// Executes selections. Cheap to clone.
#[derive(Clone)]
pub struct Executor {
    execute: ExecuteFn,
    permits: FairSemaphore<Owner>,
}

impl Executor {
    /// Creates an executor whose concurrency is limited by `permits`.
    pub fn new(execute: ExecuteFn, permits: FairSemaphore<Owner>) -> Self {
        Self { execute, permits }
    }

    /// Waits for an execution permit of an account.
    pub async fn permit(&self, owner: Owner) -> ExecutionPermit {
        ExecutionPermit(self.permits.wait(owner).await)
    }

    /// Waits for a permit of the least busy of several accounts.
    pub async fn least_busy_permit(&self, owners: &[Owner]) -> ExecutionPermit {
        self.permit(self.permits.least_busy(owners.iter().copied()).unwrap_or(Owner::Server)).await
    }

    /// Starts the execution of a selection.
    ///
    /// # Errors
    /// Returns the complete response if the document is invalid.
    pub async fn start(&self, _permit: &ExecutionPermit, request: Request) -> Result<Execution, Box<Response>> {
        let (start_sender, mut started) = oneshot::channel();
        let (items, feed) = mpsc::channel(1);
        let feed = Arc::new(ItemFeed(Mutex::new(Some((start_sender, feed)))));
        let mut results = (self.execute)(request.data(feed));
        // The resolver runs when the stream is first polled. A rejected request yields a response instead.
        tokio::select! {
            biased;
            response = results.next() => Err(Box::new(response.unwrap_or_else(ended_response))),
            _ = &mut started => Ok(Execution { items, results }),
        }
    }
}

/// A permit to execute. Held for the duration of an execution.
#[derive(Debug)]
pub struct ExecutionPermit(#[expect(dead_code, reason = "released on drop")] FairPermit<Owner>);

/// A running execution of one selection.
pub struct Execution {
    items: mpsc::Sender<Item>,
    results: BoxStream<'static, Response>,
}

impl Execution {
    /// Executes the selection for one item.
    ///
    /// # Errors
    /// Returns `INTERNAL` if the execution ended, which it never does by itself.
    pub async fn render(&mut self, _permit: &ExecutionPermit, item: &Item) -> Result<Arc<Frame>> {
        metrics::counter!("confab_live_executions_total").increment(1);
        self.items.send(item.clone()).await.map_err(Error::internal)?;
        let response =
            self.results.next().await.ok_or_else(|| Error::internal("the execution of a selection ended"))?;
        for error in &response.errors {
            tracing::error!(%error, "failed to render an event item");
        }
        let payload = serde_json::to_vec(&response).map_err(Error::internal)?;
        let position = match item {
            Item::Event(event) => FramePosition::Event(event.seq),
            Item::Head(seq) => FramePosition::Head(*seq),
            Item::Signal(..) | Item::Resync { .. } | Item::Presence(..) => FramePosition::Nothing,
        };
        Ok(Arc::new(Frame::new(position, Bytes::from(payload))))
    }
}
