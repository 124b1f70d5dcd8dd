//! The hosts and origins that the server accepts.
//!
//! Other origins are only accepted if the operator has allowed them, and with cookies only if allowed by name. Requests
//! to other hosts are rejected, which prevents DNS rebinding. Without a public URL the server responds only to
//! `localhost` and loopback addresses. With one, it responds to its host, and to loopback hosts for local clients.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::refusal::Refusal;
use crate::ground::config::{AllowedOrigin, Config, normalize};

/// Paths that supervisors, load balancers and metrics collectors request under any host.
const ANY_HOST_PATHS: [&str; 4] = ["/livez", "/readyz", "/metrics", "/version"];
/// Path prefix served under `CONFAB_MEDIA_URL`.
const MEDIA_PATH_PREFIX: &str = "/media/signed/";

/// The origin of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// No `Origin` header: not a browser, or a same-origin request without one.
    Absent,
    Own,
    /// Allowed by name.
    Allowed,
    /// Allowed by `*`, without cookies.
    AllowedWithoutCookies,
    Foreign,
}

/// The configured hosts and origins.
pub(crate) struct OriginPolicy {
    /// Origin of the public URL.
    public: Option<String>,
    /// Origin of the media URL.
    media: Option<String>,
    allowed: Vec<AllowedOrigin>,
}

impl OriginPolicy {
    pub fn new(config: &Config) -> Self {
        Self {
            public: config.public_url.as_deref().and_then(normalize),
            media: config.media.url.as_deref().and_then(normalize),
            allowed: config.allowed_origins.clone(),
        }
    }

    /// Returns the origin of the public URL.
    pub fn public(&self) -> Option<&str> {
        self.public.as_deref()
    }

    /// Whether any other origin is allowed.
    pub fn has_allowed(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Classifies the origin of a request. The own origin is the public URL, or without one the host of the
    /// request if it is loopback.
    pub fn origin(&self, headers: &HeaderMap) -> Origin {
        let mut values = headers.get_all(header::ORIGIN).iter();
        let Some(value) = values.next() else { return Origin::Absent };
        let Some(origin) = value.to_str().ok().and_then(normalize).filter(|_| values.next().is_none()) else {
            return Origin::Foreign;
        };
        let is_own = match &self.public {
            Some(public) => *public == origin,
            None => host(headers).is_some_and(|host| is_loopback(host) && is_host_of(&origin, host)),
        };
        let listed = |entry: &&AllowedOrigin| **entry != AllowedOrigin::Any && entry.includes(&origin);
        match is_own {
            true => Origin::Own,
            false if self.allowed.iter().any(|entry| listed(&entry)) => Origin::Allowed,
            false if self.allowed.contains(&AllowedOrigin::Any) => Origin::AllowedWithoutCookies,
            false => Origin::Foreign,
        }
    }

    /// Checks that a request is addressed to a host of this server.
    pub fn require_own_host(&self, request: &Parts, peer: IpAddr) -> Result<(), Refusal> {
        let path = request.uri.path();
        if ANY_HOST_PATHS.contains(&path) {
            return Ok(());
        }
        // An absolute request target takes precedence over the header (RFC 9112, 3.2.2).
        let named = request.uri.authority().map(axum::http::uri::Authority::as_str);
        let Some(host) = named.or_else(|| host(&request.headers)) else {
            return Err(Refusal::bad_request("The request must have exactly one Host header."));
        };
        let is_media_host =
            path.starts_with(MEDIA_PATH_PREFIX) && self.media.as_ref().is_some_and(|media| is_host_of(media, host));
        let is_own_host = match &self.public {
            Some(public) => is_host_of(public, host) || (is_loopback(host) && peer.to_canonical().is_loopback()),
            None => is_loopback(host),
        };
        if is_own_host || is_media_host { Ok(()) } else { Err(self.misdirected(host)) }
    }

    fn misdirected(&self, host: &str) -> Refusal {
        let message = match &self.public {
            Some(public) => format!("This server is {public}, not {host}. See CONFAB_PUBLIC_URL."),
            None => format!(
                "This server accepts requests to localhost only, not to {host}. Set CONFAB_PUBLIC_URL to its public URL."
            ),
        };
        Refusal::new("MISDIRECTED_REQUEST", message)
    }
}

/// Returns the refusal of an origin that is not allowed.
pub(crate) fn foreign_origin(headers: &HeaderMap) -> Refusal {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or("null");
    let message = format!("The origin {origin} is not allowed. See CONFAB_ALLOWED_ORIGINS.");
    Refusal::new("FORBIDDEN", message)
}

/// Returns the host, unless there are several.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::HOST).iter();
    let host = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(host)
}

/// Whether a host with port belongs to an origin.
fn is_host_of(origin: &str, host: &str) -> bool {
    let scheme = origin.split_once("://").map_or("", |(scheme, _)| scheme);
    !host.contains('@') && normalize(&format!("{scheme}://{host}")).as_deref() == Some(origin)
}

/// Whether a host with any port is loopback. These names are never resolved by DNS.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<axum::http::uri::Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    !host.contains('@')
        && (name == "localhost" || name.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(public: Option<&str>, allowed: &[&str]) -> OriginPolicy {
        OriginPolicy {
            public: public.and_then(normalize),
            media: normalize("https://files.example"),
            allowed: allowed.iter().map(|entry| entry.parse().unwrap()).collect(),
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn own_origin_is_the_public_url() {
        let policy = policy(Some("https://chat.example"), &[]);
        let of = |origin: &str, host: &str| policy.origin(&headers(&[("origin", origin), ("host", host)]));
        assert_eq!(of("https://CHAT.example:443", "chat.example"), Origin::Own);
        for foreign in [
            "https://evil.example",
            "http://chat.example",
            "http://127.0.0.1:8080",
            "null",
            "https://chat.example.evil",
            "file://",
            "",
        ] {
            assert_eq!(of(foreign, "127.0.0.1:8080"), Origin::Foreign, "{foreign}");
        }
        assert_eq!(of("https://evil.example", "evil.example"), Origin::Foreign);
        assert_eq!(policy.origin(&HeaderMap::new()), Origin::Absent);
        let two = headers(&[("origin", "https://chat.example"), ("origin", "https://evil.example")]);
        assert_eq!(policy.origin(&two), Origin::Foreign);
    }

    #[test]
    fn own_origin_is_the_loopback_host_without_a_public_url() {
        let policy = policy(None, &[]);
        let of = |origin: &str, host: &str| policy.origin(&headers(&[("origin", origin), ("host", host)]));
        assert_eq!(of("http://127.0.0.1:8080", "127.0.0.1:8080"), Origin::Own);
        assert_eq!(of("https://localhost", "localhost:443"), Origin::Own);
        assert_eq!(of("http://[::1]:8080", "[::1]:8080"), Origin::Own);
        assert_eq!(of("http://localhost:5173", "localhost:8080"), Origin::Foreign);
        assert_eq!(of("http://evil.example:8080", "evil.example:8080"), Origin::Foreign);
    }

    #[test]
    fn allows_cookies_only_for_named_origins() {
        let policy = policy(None, &["https://*.example.org", "*"]);
        let of = |origin: &str| policy.origin(&headers(&[("origin", origin), ("host", "localhost")]));
        assert_eq!(of("https://app.example.org"), Origin::Allowed);
        assert_eq!(of("https://example.org"), Origin::AllowedWithoutCookies);
        assert_eq!(of("null"), Origin::Foreign);
    }

    #[test]
    fn rejects_other_hosts() {
        let of = |policy: &OriginPolicy, target: &str, host: &str, peer: [u8; 4]| {
            let request = axum::http::Request::builder().uri(target).header("host", host).body(()).unwrap();
            policy.require_own_host(&request.into_parts().0, peer.into()).is_ok()
        };
        let (near, far) = ([127, 0, 0, 2], [10, 0, 0, 9]);
        let local = policy(None, &["*"]);
        for host in ["localhost", "127.0.0.1:8080", "[::1]:1", "a.localhost:8080", "127.8.8.8"] {
            assert!(of(&local, "/graphql", host, far), "{host}");
        }
        for host in
            ["evil.example", "10.0.0.1:8080", "localhost.evil.example", "127.0.0.1.evil.example", "a@localhost", ""]
        {
            assert!(!of(&local, "/graphql", host, near), "{host}");
        }
        assert!(of(&local, "/livez", "10.0.0.1:8080", far));
        assert!(!of(&local, "http://evil.example/graphql", "localhost", near));
        let public = policy(Some("https://chat.example"), &[]);
        assert!(of(&public, "/graphql", "chat.example", far) && of(&public, "/graphql", "Chat.Example:443", far));
        assert!(of(&public, "/graphql", "127.0.0.1:8080", near));
        for host in ["evil.example", "127.0.0.1:8080", "chat.example:8443", "chat.example.evil.example"] {
            assert!(!of(&public, "/graphql", host, far), "{host}");
        }
        assert!(of(&public, "/media/signed/a/original", "files.example", far));
        assert!(!of(&public, "/graphql", "files.example", far));
    }
}
