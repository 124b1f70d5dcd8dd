//! The head of a request: what is longer than anything there can mean is refused before anybody looks at it.
//!
//! The server has bounded all of it together (`server.rs`). It knows no header by name.

use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::refusal::{Refusal, status_of};

/// Bytes of one header. Proxies add certificates; cookies come from other services of the host as well.
const MOST_HEADER: usize = 16 * 1024;
/// Bytes of a path: three ids and a name.
const MOST_PATH: usize = 2 * 1024;
/// Bytes of a query string, but for GraphQL by GET: a signed link with the name of its file.
const MOST_QUERY: usize = 8 * 1024;

/// Rejects a request head with a part that exceeds its limit, and closes the connection after a chunked request.
///
/// A proxy that believes `Content-Length` where `Transfer-Encoding` stands as well would see one request where hyper
/// sees two. RFC 9112 section 6.1 therefore requires the connection to close after such a request. By the time it
/// arrives here hyper has removed the `Content-Length`, so every chunked request is treated alike.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_chunked = parts.headers.contains_key(TRANSFER_ENCODING);
    let mut response = match bounded(&parts) {
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

fn bounded(parts: &Parts) -> Result<(), Refusal> {
    let at_most = |thing: &str, most, found| match found {
        found if found > most => Err(Refusal::too_large(thing, most, found)),
        _ => Ok(()),
    };
    at_most("The path", MOST_PATH, parts.uri.path().len())?;
    if !parts.uri.path().starts_with("/graphql") {
        at_most("The query string", MOST_QUERY, parts.uri.query().map_or(0, str::len))?;
    }
    parts.headers.values().try_for_each(|value| at_most("A header", MOST_HEADER, value.len()))
}
