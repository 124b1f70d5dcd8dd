//! GraphQL over WebSocket, with the protocol `graphql-transport-ws`.
//!
//! A single task serves a connection: it reads, awaits its operations, and writes batches of messages.
//! Subscriptions are only polled for more after the socket has accepted the previous output, so slow readers
//! delay only themselves. Reading and writing alternate under load.
//!
//! Protocol errors close the connection with the specified close codes. Nothing is written after the session is
//! revoked. Origins that are not allowed are rejected.

mod alternator;
mod connection;
mod control;
mod messages;
mod operations;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use self::connection::{Connection, ConnectionPermits};
use self::messages::PROTOCOL;
use super::accept::Accept;
use super::caller::{Caller, Credentials, address};
use super::connections::{Activity, ConnectionSlot};
use super::origin_policy::Origin;
use super::refusal::Refusal;
use super::response::respond_refusal;
use super::state::HttpState;
use super::{charge, graphql};
use crate::ground::budget::Owner;
use crate::ground::{network, supervise};

/// Maximum size of a client message, in bytes. Equals the maximum HTTP body.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Read buffer per connection. With 10,000 idle connections it takes 40 MB; the default would take 1.3 GB.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Write buffer: messages are collected up to this size.
const WRITE_BUFFER_BYTES: usize = 8 * 1024;

/// Handles `GET /graphql`: opens a WebSocket if requested.
pub(super) async fn upgrade_or_get(
    http_state: State<HttpState>,
    peer: ConnectInfo<SocketAddr>,
    slot: Extension<Arc<ConnectionSlot>>,
    headers: HeaderMap,
    uri: Uri,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => match open(&http_state.0, peer.0, slot.0.clone(), &headers, upgrade) {
            Ok(opened) => opened,
            Err(refusal) => {
                let owner = Owner::Address(network::client(address(&http_state.0, peer.0, &headers)));
                let refusal = http_state.0.refusal_delay().delay_refusal(owner, &slot.0, refusal).await;
                respond_refusal(Accept::from_headers(&headers), refusal)
            }
        },
        Err(_) => graphql::get(http_state, peer, slot, headers, uri).await,
    }
}

fn open(
    state: &HttpState,
    peer: SocketAddr,
    slot: Arc<ConnectionSlot>,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    if state.shutdown_started().is_cancelled() {
        return Err(Refusal::new("UNAVAILABLE", "The server is restarting. Reconnect."));
    }
    // Browsers always send an origin. Without one, a cookie proves nothing about the page.
    let credentials = match Credentials::from_headers(state, headers)? {
        Credentials::Cookie(_) if state.origin_policy().origin(headers) == Origin::Absent => Credentials::None,
        credentials => credentials,
    };
    let caller = Caller::unauthenticated(state, peer, headers);
    charge::socket(state, &caller)?;
    let permit = state.socket_limits().acquire_for_address(caller.address)?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES);
    // Opens even without a common protocol, because only then a close code can report it.
    let has_protocol = upgrade.selected_protocol().is_some();
    let state = state.clone();
    // Keeps the server running between the upgrade and the start of the connection.
    let task = state.tasks().token();
    slot.set_activity(Activity::Live);
    Ok(upgrade.on_upgrade(async move |socket| {
        let connection = Connection::new(state, socket, caller, ConnectionPermits { slot, _address: permit });
        let _ = supervise::guard("socket", connection.serve(has_protocol, credentials)).await;
        drop(task);
    }))
}
