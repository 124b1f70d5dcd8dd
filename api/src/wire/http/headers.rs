//! Security headers of all responses.
//!
//! Headers set by handlers take precedence: pages have their own policy, files their own cache lifetime.

use axum::http::HeaderValue;
use axum::http::header::{self, HeaderName};
use axum::response::Response;

use crate::ground::config::{Config, normalize};

/// Policy for everything except pages: no resources, no framing.
const DENY_ALL_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Returns the policy for the server's own pages: resources from this server. Inline styles are allowed because
/// components are positioned by style attributes, blob workers because editors start them. Files may also come
/// from a bucket or the media URL.
pub(super) fn page_policy(config: &Config) -> HeaderValue {
    let s3 = &config.media.s3;
    let bucket = s3.bucket.as_ref().filter(|_| !s3.through_server).map(|bucket| {
        let endpoint = s3.public_endpoint.as_ref().or(s3.endpoint.as_ref()).and_then(|endpoint| normalize(endpoint));
        match (endpoint, s3.virtual_host) {
            (Some(endpoint), false) => endpoint,
            (Some(endpoint), true) => endpoint.replacen("://", &format!("://{bucket}."), 1),
            (None, false) => format!("https://s3.{}.amazonaws.com", s3.region),
            (None, true) => format!("https://{bucket}.s3.{}.amazonaws.com", s3.region),
        }
    });
    let media = config.media.url.as_deref().and_then(normalize);
    let media_sources: String = bucket.into_iter().chain(media).map(|origin| format!(" {origin}")).collect();
    let policy = format!(
        "default-src 'self'; img-src 'self' data: blob:{media_sources}; media-src 'self' blob:{media_sources}; \
         font-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
         connect-src 'self'{media_sources}; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(DENY_ALL_POLICY))
}

const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CONTENT_SECURITY_POLICY, DENY_ALL_POLICY),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds missing headers.
pub(super) async fn add_security_headers(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
