//! Cross-origin resource sharing: what a browser lets a page of another site send here and read.
//!
//! Promises: without `CONFAB_ALLOWED_ORIGINS` no answer carries a header of this kind; with it, only answers to
//! pages that are listed do. Whether such a page is answered at all is decided by [`super::caller`]. A preflight
//! changes nothing and asks nobody.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Wire;
use super::sites::Origin;

/// What a page may send beside what browsers always let through.
const REQUEST_HEADERS: &str = "accept, authorization, content-type, if-none-match, if-range, range, \
                               apollographql-client-name, apollographql-client-version, baggage, sentry-trace, \
                               traceparent, tracestate";
/// What a page may read beside what browsers always show.
const RESPONSE_HEADERS: &str =
    "accept-ranges, content-disposition, content-length, content-range, etag, retry-after, www-authenticate";
const METHODS: &str = "GET, HEAD, POST, PUT";
/// Seconds that a browser may remember a preflight.
const REMEMBERED: &str = "7200";

/// Answers preflights, and adds the headers to whatever else is answered.
pub(super) async fn share(State(wire): State<Wire>, request: Request, next: Next) -> Response {
    if !wire.sites().has_allowed() {
        return next.run(request).await;
    }
    let origin = wire.sites().origin(request.headers());
    let named = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && matches!(origin, Origin::Allowed | Origin::AllowedWithoutCookies);
    let mut response = if is_preflight { preflight() } else { next.run(request).await };
    let headers = response.headers_mut();
    // Whoever keeps the answer must not give it to another page.
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    match (origin, named) {
        (Origin::Allowed, Some(named)) => {
            allow(headers, named);
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        (Origin::AllowedWithoutCookies, _) => allow(headers, HeaderValue::from_static("*")),
        _ => {}
    }
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(RESPONSE_HEADERS));
}

fn preflight() -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
