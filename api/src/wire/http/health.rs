//! Health, metrics and version endpoints.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::caller::Caller;
use super::state::HttpState;
use crate::app::Readiness;

/// `/livez`: the process is running. Checks no dependencies, so that an unavailable database does not restart
/// the process.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// `/readyz`: whether the server can serve requests, with a line per dependency. Fails during shutdown, without
/// the database (unless messages can be queued), and if the server log contains events of an unsupported
/// version. Other unavailable dependencies only degrade the service: the bus delays delivery, search and file
/// storage disable their features.
pub(super) async fn ready(State(state): State<HttpState>) -> Response {
    if state.shutdown_started().is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n").into_response();
    }
    let readiness = state.app().readiness().await;
    let (status, word) = match readiness {
        Readiness { follows_server_log: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
        Readiness {
            has_database: true,
            is_fresh: true,
            has_bus: None | Some(true),
            has_search: true,
            has_files: None | Some(true),
            unsupported_logs: 0,
            ..
        } => (StatusCode::OK, "ok"),
        Readiness { has_database: true, is_fresh: true, .. } | Readiness { can_queue: true, .. } => {
            (StatusCode::OK, "degraded")
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let status_of = |is_available| if is_available { "ok" } else { "unavailable" };
    let mut said = format!("{word}\ndatabase: {}\n", status_of(readiness.has_database));
    if let Some(has_bus) = readiness.has_bus {
        let queue = if readiness.can_queue { "open" } else { "closed" };
        said.push_str(&format!("bus: {}\nqueue: {queue}\n", status_of(has_bus)));
    }
    said.push_str(&format!("search: {}\n", status_of(readiness.has_search)));
    if let Some(has_files) = readiness.has_files {
        said.push_str(&format!("files: {}\n", status_of(has_files)));
    }
    if readiness.unsupported_logs > 0 {
        said.push_str(&format!("unsupported logs: {}\n", readiness.unsupported_logs));
    }
    (status, said).into_response()
}

/// `/metrics` in the Prometheus text format. Only for loopback unless a setting allows all clients. Requests
/// forwarded by a local proxy do not count as loopback.
pub(super) async fn metrics(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let caller = Caller::unauthenticated(&state, peer, &headers);
    if !state.settings().open_metrics && !caller.address.0.is_loopback() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    ([kind], state.app().metrics()).into_response()
}

/// `/version`.
pub(super) async fn version() -> Response {
    let about = json!({ "name": "confab", "version": env!("CARGO_PKG_VERSION") });
    Json(about).into_response()
}
