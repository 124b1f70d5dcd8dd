//! How the server is: for supervisors, balancers and dashboards.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Wire;
use super::caller::Caller;
use crate::app::Standing;

/// `/livez`: the process answers. It asks nobody else, so that a database that is down does not get
/// this process restarted.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// `/readyz`: requests may be sent here, with a line on each thing that the server depends on. No as soon as
/// it is going down, and no without the database, unless messages can be queued until it is back; and no when the
/// server's own log has events of a newer version. A bus that is away costs only time, a search engine that is
/// away only the search, and a storage that is away only files.
pub(super) async fn ready(State(wire): State<Wire>) -> Response {
    if wire.leaving().is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "going down\n").into_response();
    }
    let standing = wire.app().standing().await;
    let (status, word) = match standing {
        Standing { follows: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
        Standing {
            has_database: true,
            is_fresh: true,
            has_bus: None | Some(true),
            searches: true,
            has_files: None | Some(true),
            refused_logs: 0,
            ..
        } => (StatusCode::OK, "ok"),
        Standing { has_database: true, is_fresh: true, .. } | Standing { queues: true, .. } => {
            (StatusCode::OK, "degraded")
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let word_of = |is_there| if is_there { "ok" } else { "away" };
    let mut said = format!("{word}\ndatabase: {}\n", word_of(standing.has_database));
    if let Some(has_bus) = standing.has_bus {
        let queue = if standing.queues { "open" } else { "closed" };
        said.push_str(&format!("bus: {}\nqueue: {queue}\n", word_of(has_bus)));
    }
    said.push_str(&format!("search: {}\n", word_of(standing.searches)));
    if let Some(has_files) = standing.has_files {
        said.push_str(&format!("files: {}\n", word_of(has_files)));
    }
    if standing.refused_logs > 0 {
        said.push_str(&format!("refused logs: {}\n", standing.refused_logs));
    }
    (status, said).into_response()
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
