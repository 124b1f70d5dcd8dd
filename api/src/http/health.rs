//! How the server is: for supervisors, balancers and dashboards.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Wire;
use super::caller::Caller;

/// `/livez`: the process answers. It asks nobody else, so that a database that is down does not get
/// this process restarted.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// `/readyz`: requests may be sent here. No while the database does not answer, and no as soon as
/// the server is going down.
pub(super) async fn ready(State(wire): State<Wire>) -> Response {
    if wire.leaving().is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "going down\n").into_response();
    }
    match wire.app().ready().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
        }
    }
}

/// `/metrics` in Prometheus' text form. Only for this machine unless a setting says otherwise: what
/// a proxy on this machine forwards does not count as from here.
pub(super) async fn metrics(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let caller = Caller::stranger(&wire, peer, &headers);
    if !wire.settings().open_metrics && !caller.address.0.is_loopback() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    ([kind], wire.app().metrics()).into_response()
}

/// `/version`.
pub(super) async fn version() -> Response {
    let about = json!({ "name": "confab", "version": env!("CARGO_PKG_VERSION") });
    Json(about).into_response()
}
