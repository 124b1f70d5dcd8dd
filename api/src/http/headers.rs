//! The headers that every response carries.
//!
//! What a handler has set stays: pages have a policy of their own, files a lifetime of their own.

use axum::http::HeaderValue;
use axum::http::header::{self, HeaderName};
use axum::response::Response;

use crate::config::{Config, normal};

/// For what is not a page: nothing may be loaded, and nobody may frame it.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// For our own pages: everything from here. Styles may be inline because components place themselves
/// by style attributes; workers may be blobs because editors start theirs so.
/// Files may lie elsewhere: in a bucket, or on the server's other address.
pub(super) fn page(config: &Config) -> HeaderValue {
    let s3 = &config.media.s3;
    let bucket = s3.bucket.as_ref().filter(|_| !s3.through_server).map(|bucket| {
        let endpoint = s3.public_endpoint.as_ref().or(s3.endpoint.as_ref()).and_then(|endpoint| normal(endpoint));
        match (endpoint, s3.virtual_host) {
            (Some(endpoint), false) => endpoint,
            (Some(endpoint), true) => endpoint.replacen("://", &format!("://{bucket}."), 1),
            (None, false) => format!("https://s3.{}.amazonaws.com", s3.region),
            (None, true) => format!("https://{bucket}.s3.{}.amazonaws.com", s3.region),
        }
    });
    let media = config.media.url.as_deref().and_then(normal);
    let elsewhere: String = bucket.into_iter().chain(media).map(|origin| format!(" {origin}")).collect();
    let policy = format!(
        "default-src 'self'; img-src 'self' data: blob:{elsewhere}; media-src 'self' blob:{elsewhere}; \
         font-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
         connect-src 'self'{elsewhere}; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(NOTHING))
}

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CONTENT_SECURITY_POLICY, NOTHING),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds what is missing.
pub(super) async fn secure(mut response: Response) -> Response {
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
