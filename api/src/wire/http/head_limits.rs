//! Limits for parts of a request head.
//!
//! Rejects paths, query strings and headers that are longer than any valid one. `server.rs` limits the total
//! size.

use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::refusal::{Refusal, status_of};

/// Maximum size of a header, in bytes. Proxies add certificates, and other services on the host add cookies.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Maximum length of a path, in bytes: three IDs and a name.
const MAX_PATH_BYTES: usize = 2 * 1024;
/// Maximum length of a query string, in bytes, except for GraphQL by GET: a signed link with a file name.
const MAX_QUERY_BYTES: usize = 8 * 1024;

/// Rejects a request head with a part that exceeds its limit, and closes the connection after a chunked request.
///
/// A proxy that honors `Content-Length` although `Transfer-Encoding` is present would see one request where hyper sees
/// two. RFC 9112 section 6.1 therefore requires the connection to close after such a request. By the time it
/// arrives here hyper has removed the `Content-Length`, so every chunked request is treated alike.
pub(super) async fn check_head(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_chunked = parts.headers.contains_key(TRANSFER_ENCODING);
    let mut response = match require_within_limits(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => {
            refusal.count("head");
            (status_of(refusal.code), Json(json!({ "errors": [refusal.into_error()] }))).into_response()
        }
    };
    if is_chunked && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn require_within_limits(parts: &Parts) -> Result<(), Refusal> {
    let require_at_most = |name: &str, max, actual| match actual {
        actual if actual > max => Err(Refusal::too_large(name, max, actual)),
        _ => Ok(()),
    };
    require_at_most("The path", MAX_PATH_BYTES, parts.uri.path().len())?;
    if !parts.uri.path().starts_with("/graphql") {
        require_at_most("The query string", MAX_QUERY_BYTES, parts.uri.query().map_or(0, str::len))?;
    }
    parts.headers.values().try_for_each(|value| require_at_most("A header", MAX_HEADER_BYTES, value.len()))
}
