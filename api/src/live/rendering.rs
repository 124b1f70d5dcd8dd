//! A rendering: one selection, running as one long GraphQL execution that is fed items.
//!
//! The document is parsed and validated once, when it starts. Each item fed gives exactly one result.
//! Results are functions of the item alone, so they are shared by everybody with the same selection. Promises: whatever
//! is executed takes its turn by whom it is executed for, so that heavy selections of one account delay that account.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Request, Response, ServerError};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::{mpsc, oneshot};

use super::frame::Reach;
use super::{Frame, Item};
use crate::budget::Owner;
use crate::error::{Error, Result};
use crate::gate::{Gate, Pass};

/// Executes a subscription request as a stream of results.
pub type Execute = Arc<dyn Fn(Request) -> BoxStream<'static, Response> + Send + Sync>;

/// What the resolver of `events` reads its items from. Put into the request's data.
#[derive(Debug)]
pub struct Feed(Mutex<Option<(oneshot::Sender<()>, mpsc::Receiver<Item>)>>);

impl Feed {
    /// Taken once, by the resolver: the items to come.
    pub fn take(&self) -> Option<mpsc::Receiver<Item>> {
        let (started, items) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let _ = started.send(());
        Some(items)
    }
}

/// Whoever is refused is told why.
fn ended() -> Response {
    let mut error = ServerError::new("The subscription ended before it began.", None);
    error.extensions.get_or_insert_default().set("code", "INTERNAL");
    Response::from_errors(vec![error])
}

/// What executes selections. Cheap to clone.
#[derive(Clone)]
pub struct Renderer {
    execute: Execute,
    turns: Gate<Owner>,
}

impl Renderer {
    /// Executes by this function, as many at once as the gate lets in.
    pub fn new(execute: Execute, turns: Gate<Owner>) -> Self {
        Self { execute, turns }
    }

    /// Waits for the turn of whom something is executed for.
    pub async fn turn(&self, owner: Owner) -> Turn {
        Turn(self.turns.wait(owner).await)
    }

    /// Waits for the turn of one of those whom something is executed for: of whom has the least under way now.
    pub async fn turn_of_least(&self, owners: &[Owner]) -> Turn {
        self.turn(self.turns.least_busy(owners.iter().copied()).unwrap_or(Owner::Server)).await
    }

    /// Starts the execution of a selection.
    ///
    /// # Errors
    /// The complete response if the document is not valid.
    pub async fn start(&self, _turn: &Turn, request: Request) -> Result<Rendering, Box<Response>> {
        let (started_in, mut started) = oneshot::channel();
        let (items, feed) = mpsc::channel(1);
        let feed = Arc::new(Feed(Mutex::new(Some((started_in, feed)))));
        let mut results = (self.execute)(request.data(feed));
        // The resolver runs when the stream is first polled; a refusal comes as a result instead.
        tokio::select! {
            biased;
            response = results.next() => Err(Box::new(response.unwrap_or_else(ended))),
            _ = &mut started => Ok(Rendering { items, results }),
        }
    }
}

/// The right to execute something now.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is the turn for as long as it is held")] Pass<Owner>);

/// A running execution of one selection.
pub struct Rendering {
    items: mpsc::Sender<Item>,
    results: BoxStream<'static, Response>,
}

impl Rendering {
    /// Executes the selection for one item.
    ///
    /// # Errors
    /// `INTERNAL` when the execution ended, which it never does by itself.
    pub async fn render(&mut self, _turn: &Turn, item: &Item) -> Result<Arc<Frame>> {
        metrics::counter!("confab_live_executions_total").increment(1);
        self.items.send(item.clone()).await.map_err(Error::internal)?;
        let response = self.results.next().await.ok_or_else(|| Error::internal("a rendering ended"))?;
        for error in &response.errors {
            tracing::error!(%error, "an item of events could not be rendered");
        }
        let payload = serde_json::to_vec(&response).map_err(Error::internal)?;
        let reach = match item {
            Item::Event(event) => Reach::Event(event.seq),
            Item::Head(seq) => Reach::Head(*seq),
            Item::Signal(_) | Item::Resync { .. } | Item::Presence(_) => Reach::Nothing,
        };
        Ok(Arc::new(Frame::new(reach, Bytes::from(payload))))
    }
}
