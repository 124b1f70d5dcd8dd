//! Under which hosts this server answers, and which pages may call it.
//!
//! Promises: a page of another site gets in only if the operator has listed it, and with cookies only if it is
//! listed by name; whoever makes a name of their own point here (DNS rebinding) is answered nothing, since that
//! name is no host of this server. Without a public URL the server is for this machine: only `localhost` and
//! loopback addresses are its hosts. With one, only that is, and for what runs on this machine loopback too.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Wire;
use super::graphql::refuse;
use super::media::Accepts;
use super::refusal::Refusal;
use crate::config::{AllowedOrigin, Config, normal};

/// Asked by supervisors, balancers and collectors of metrics, by whatever address they have.
const BY_ANY_HOST: [&str; 4] = ["/livez", "/readyz", "/metrics", "/version"];
/// What the other address of this server, `CONFAB_MEDIA_URL`, is for.
const MEDIA: &str = "/media/signed/";

/// Where the page that asks comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// No page: not a browser, or a request of the same site that needs no `Origin`.
    Absent,
    Ours,
    /// Listed by the operator.
    Allowed,
    /// Let in by `*`, without cookies.
    AllowedWithoutCookies,
    Foreign,
}

/// The hosts and origins that the settings name.
pub(crate) struct Sites {
    /// The origin of the public URL.
    public: Option<String>,
    /// The origin of the other address for files.
    media: Option<String>,
    allowed: Vec<AllowedOrigin>,
}

impl Sites {
    pub fn new(config: &Config) -> Self {
        Self {
            public: config.public_url.as_deref().and_then(normal),
            media: config.media.url.as_deref().and_then(normal),
            allowed: config.allowed_origins.clone(),
        }
    }

    /// The origin of the public URL.
    pub fn public(&self) -> Option<&str> {
        self.public.as_deref()
    }

    /// Whether any page of another site may call.
    pub fn has_allowed(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Where the page that asks comes from. Ours is the public URL; without one, where the request goes to.
    pub fn origin(&self, headers: &HeaderMap) -> Origin {
        let mut values = headers.get_all(header::ORIGIN).iter();
        let Some(value) = values.next() else { return Origin::Absent };
        let Some(origin) = value.to_str().ok().and_then(normal).filter(|_| values.next().is_none()) else {
            return Origin::Foreign;
        };
        let ours = match &self.public {
            Some(public) => *public == origin,
            None => host(headers).is_some_and(|host| is_loopback(host) && is_at(&origin, host)),
        };
        let listed = |entry: &&AllowedOrigin| **entry != AllowedOrigin::Any && entry.includes(&origin);
        match ours {
            true => Origin::Ours,
            false if self.allowed.iter().any(|entry| listed(&entry)) => Origin::Allowed,
            false if self.allowed.contains(&AllowedOrigin::Any) => Origin::AllowedWithoutCookies,
            false => Origin::Foreign,
        }
    }

    /// Whether a request goes to a host of this server.
    fn answers(&self, request: &Parts, peer: IpAddr) -> Result<(), Refusal> {
        let path = request.uri.path();
        if BY_ANY_HOST.contains(&path) {
            return Ok(());
        }
        // An absolute target goes before the header (RFC 9112, 3.2.2).
        let named = request.uri.authority().map(axum::http::uri::Authority::as_str);
        let Some(host) = named.or_else(|| host(&request.headers)) else {
            return Err(Refusal::bad_request("The request names no host, or several."));
        };
        let by_media = path.starts_with(MEDIA) && self.media.as_ref().is_some_and(|media| is_at(media, host));
        let by_host = match &self.public {
            Some(public) => is_at(public, host) || (is_loopback(host) && peer.to_canonical().is_loopback()),
            None => is_loopback(host),
        };
        if by_host || by_media { Ok(()) } else { Err(self.misdirected(host)) }
    }

    fn misdirected(&self, host: &str) -> Refusal {
        let message = match &self.public {
            Some(public) => format!("This server is {public} and does not answer as {host}. See CONFAB_PUBLIC_URL."),
            None => format!(
                "Without CONFAB_PUBLIC_URL this server answers as localhost only, not as {host}. \
                 Set CONFAB_PUBLIC_URL to the address that people use."
            ),
        };
        Refusal::new("MISDIRECTED_REQUEST", message)
    }
}

/// Refuses what goes to another host.
pub(super) async fn check(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match wire.sites().answers(&parts, peer.ip()) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => refuse(Accepts::of(&parts.headers), refusal),
    }
}

/// Says that a page of another site asks.
pub(crate) fn foreign(headers: &HeaderMap) -> Refusal {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or("null");
    let message = format!("Pages of {origin} may not call this server. See CONFAB_ALLOWED_ORIGINS.");
    Refusal::new("FORBIDDEN", message)
}

/// The one host that the headers name.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::HOST).iter();
    let host = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(host)
}

/// Whether a host, with its port, is that of an origin.
fn is_at(origin: &str, host: &str) -> bool {
    let scheme = origin.split_once("://").map_or("", |(scheme, _)| scheme);
    !host.contains('@') && normal(&format!("{scheme}://{host}")).as_deref() == Some(origin)
}

/// Whether a host, with any port, is this machine for whoever asks: no name service is asked for these.
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

    fn sites(public: Option<&str>, allowed: &[&str]) -> Sites {
        Sites {
            public: public.and_then(normal),
            media: normal("https://files.example"),
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
    fn with_a_public_url_only_its_pages_are_ours() {
        let sites = sites(Some("https://chat.example"), &[]);
        let of = |origin: &str, host: &str| sites.origin(&headers(&[("origin", origin), ("host", host)]));
        assert_eq!(of("https://CHAT.example:443", "chat.example"), Origin::Ours);
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
        assert_eq!(sites.origin(&HeaderMap::new()), Origin::Absent);
        let two = headers(&[("origin", "https://chat.example"), ("origin", "https://evil.example")]);
        assert_eq!(sites.origin(&two), Origin::Foreign);
    }

    #[test]
    fn without_a_public_url_only_pages_of_the_same_loopback_host_are_ours() {
        let sites = sites(None, &[]);
        let of = |origin: &str, host: &str| sites.origin(&headers(&[("origin", origin), ("host", host)]));
        assert_eq!(of("http://127.0.0.1:8080", "127.0.0.1:8080"), Origin::Ours);
        assert_eq!(of("https://localhost", "localhost:443"), Origin::Ours);
        assert_eq!(of("http://[::1]:8080", "[::1]:8080"), Origin::Ours);
        assert_eq!(of("http://localhost:5173", "localhost:8080"), Origin::Foreign);
        assert_eq!(of("http://evil.example:8080", "evil.example:8080"), Origin::Foreign);
    }

    #[test]
    fn listed_pages_are_allowed_and_only_those_named_with_cookies() {
        let sites = sites(None, &["https://*.example.org", "*"]);
        let of = |origin: &str| sites.origin(&headers(&[("origin", origin), ("host", "localhost")]));
        assert_eq!(of("https://app.example.org"), Origin::Allowed);
        assert_eq!(of("https://example.org"), Origin::AllowedWithoutCookies);
        assert_eq!(of("null"), Origin::Foreign);
    }

    #[test]
    fn only_hosts_of_this_server_are_answered() {
        let of = |sites: &Sites, target: &str, host: &str, peer: [u8; 4]| {
            let request = axum::http::Request::builder().uri(target).header("host", host).body(()).unwrap();
            sites.answers(&request.into_parts().0, peer.into()).is_ok()
        };
        let (near, far) = ([127, 0, 0, 2], [10, 0, 0, 9]);
        let local = sites(None, &["*"]);
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
        let public = sites(Some("https://chat.example"), &[]);
        assert!(of(&public, "/graphql", "chat.example", far) && of(&public, "/graphql", "Chat.Example:443", far));
        assert!(of(&public, "/graphql", "127.0.0.1:8080", near));
        for host in ["evil.example", "127.0.0.1:8080", "chat.example:8443", "chat.example.evil.example"] {
            assert!(!of(&public, "/graphql", host, far), "{host}");
        }
        assert!(of(&public, "/media/signed/a/b/original", "files.example", far));
        assert!(!of(&public, "/graphql", "files.example", far));
    }
}
