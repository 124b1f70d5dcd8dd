//! Rejects requests to other hosts, as [`super::origin_policy`] defines.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::accept::Accept;
use super::response::respond_refusal;
use super::state::HttpState;

/// Rejects requests to other hosts.
pub(super) async fn check_host(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match state.origin_policy().require_own_host(&parts, peer.ip()) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => respond_refusal(Accept::from_headers(&parts.headers), refusal),
    }
}
