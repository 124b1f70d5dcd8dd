//! Cross-origin resource sharing (CORS).
//!
//! Sends CORS headers only to origins in `CONFAB_ALLOWED_ORIGINS`. Whether a request is executed is decided by
//! [`super::caller`]. Preflight requests change nothing and need no credentials.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::origin_policy::Origin;
use super::state::HttpState;

/// Request headers that pages may send, in addition to safelisted ones.
const REQUEST_HEADERS: &str = "accept, authorization, content-type, if-none-match, if-range, range, \
                               apollographql-client-name, apollographql-client-version, baggage, sentry-trace, \
                               traceparent, tracestate";
/// Response headers that pages may read, in addition to safelisted ones.
const RESPONSE_HEADERS: &str =
    "accept-ranges, content-disposition, content-length, content-range, etag, retry-after, www-authenticate";
const METHODS: &str = "GET, HEAD, POST, PUT";
/// Seconds for which browsers may cache a preflight response.
const PREFLIGHT_MAX_AGE_SECONDS: &str = "7200";

/// Answers preflight requests and adds CORS headers to other responses.
pub(super) async fn add_headers(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    if !state.origin_policy().has_allowed() {
        return next.run(request).await;
    }
    let origin = state.origin_policy().origin(request.headers());
    let origin_header = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && matches!(origin, Origin::Allowed | Origin::AllowedWithoutCookies);
    let mut response = if is_preflight { preflight() } else { next.run(request).await };
    let headers = response.headers_mut();
    // Caches must not serve the response to another origin.
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    match (origin, origin_header) {
        (Origin::Allowed, Some(origin_header)) => {
            allow(headers, origin_header);
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
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE_SECONDS),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
