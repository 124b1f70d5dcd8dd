//! GraphQL over WebSocket: the protocol `graphql-transport-ws` and no other.
//!
//! One task serves a connection: it reads, it waits for whatever its operations produce, it writes
//! many messages at a time, and nothing waits in between. A subscription is asked for more only when
//! the socket has taken what it gave before, so a slow reader holds up nobody; and reading has its turn however much
//! there is to write.
//!
//! Promises: every mistake of the peer has the close code of the protocol; once a sign-in has ended
//! nothing more is written; a page of another site never gets in. What a subscription carries it
//! does not know.

mod connection;
mod control;
mod messages;
mod operations;
mod turns;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Extension, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use self::connection::{Connection, Places};
use super::caller::{Caller, Credentials, address};
use super::connections::{Doing, Place};
use super::media::Accepts;
use super::refusal::Refusal;
use super::sites::Origin;
use super::{Wire, charge, graphql};
use crate::budget::Owner;
use crate::{network, supervise};

const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes of one message from a client; as large as an HTTP body.
const MOST_MESSAGE_BYTES: usize = 256 * 1024;
/// Kept for every connection all the time, so that 10,000 idle ones take 40 MB, not 1.3 GB.
const READ_BUFFER: usize = 4 * 1024;
/// Messages are collected up to so many bytes before they go to the socket at once.
const WRITE_BUFFER: usize = 8 * 1024;

/// Answers `GET /graphql`: opens a WebSocket if one is asked for.
pub(super) async fn or_get(
    state: State<Wire>,
    peer: ConnectInfo<SocketAddr>,
    place: Extension<Arc<Place>>,
    headers: HeaderMap,
    query: RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => match open(&state.0, peer.0, place.0.clone(), &headers, upgrade) {
            Ok(opened) => opened,
            Err(refusal) => {
                let owner = Owner::Address(network::client(address(&state.0, peer.0, &headers)));
                let refusal = state.0.brake().hold_refusal(owner, &place.0, refusal).await;
                graphql::refuse(Accepts::of(&headers), refusal)
            }
        },
        Err(_) => graphql::get(state, peer, place, headers, query).await,
    }
}

fn open(
    wire: &Wire,
    peer: SocketAddr,
    place: Arc<Place>,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    if wire.leaving().is_cancelled() {
        return Err(Refusal::new("UNAVAILABLE", "The server is restarting."));
    }
    // Browsers always send an origin. Without one a cookie proves nothing about the page.
    let credentials = match Credentials::of(wire, headers)? {
        Credentials::Cookie(_) if wire.sites().origin(headers) == Origin::Absent => Credentials::Nothing,
        credentials => credentials,
    };
    let caller = Caller::stranger(wire, peer, headers);
    charge::open(wire, &caller)?;
    let permit = wire.sockets().of_address(caller.address)?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(MOST_MESSAGE_BYTES)
        .max_frame_size(MOST_MESSAGE_BYTES);
    // Without a common protocol the socket opens all the same: only then can a close code say why.
    let spoken = upgrade.selected_protocol().is_some();
    let wire = wire.clone();
    // Held from now on, so that the server does not end between the upgrade and its connection.
    let task = wire.tasks().token();
    place.does(Doing::Live);
    Ok(upgrade.on_upgrade(async move |socket| {
        let connection = Connection::new(wire, socket, caller, Places { place, _address: permit });
        let _ = supervise::guard("socket", connection.serve(spoken, credentials)).await;
        drop(task);
    }))
}
