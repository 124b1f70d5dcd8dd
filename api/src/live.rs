//! Live delivery (stub).
use std::sync::{Arc, OnceLock};

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;

use crate::{
    app::App,
    error::{Error, Result},
    viewer::Viewer,
};

/// One execution result, serialised once and shared by all who get it.
pub struct Frame {
    payload: Bytes,
    message: OnceLock<(String, Utf8Bytes)>,
}
impl Frame {
    /// The execution result as JSON: `{"data":…}`.
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }
    /// The WebSocket text `{"id":…,"type":"next","payload":…}`, shared by all whose operation has the same id.
    pub fn next_message(&self, id: &str) -> Utf8Bytes {
        let _ = (id, &self.message);
        Utf8Bytes::default()
    }
}
/// A running `events` subscription of one connection.
pub struct Subscription;
impl Subscription {
    /// Waits for the next frames and appends up to `limit` of them; an error ends the subscription.
    /// `Error::Unauthenticated`: the sign-in has ended (close the connection with 4401).
    pub async fn recv_many(
        &mut self,
        _out: &mut Vec<Arc<Frame>>,
        _limit: usize,
    ) -> Result<(), Error> {
        std::future::pending().await
    }
}
/// Begins the subscription that `request` (already guarded and parsed) asks for. Errors are a complete
/// GraphQL response with `errors` (validation, not found, …).
pub async fn subscribe(
    _app: &App,
    _viewer: Option<Viewer>,
    _request: async_graphql::Request,
) -> Result<Subscription, async_graphql::Response> {
    Err(async_graphql::Response::default())
}
