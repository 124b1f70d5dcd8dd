//! Who is at the other end: address, user agent, and the sign-in that they bring.
//!
//! Promises: a cookie counts only from our own pages (the `Origin` header is ours or absent); a header
//! that names another address counts only from a peer that may set it. It knows headers, not GraphQL.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header};

use super::Wire;
use super::execution::within;
use super::refusal::Refusal;
use crate::error::Result;
use crate::sign_in;
use crate::viewer::{ClientAddress, Connection, Device, Remembered, Site, UserAgent, Viewer};

/// A user agent is cut to this many characters.
const AGENT_CHARACTERS: usize = 200;

/// The caller of a request or a connection.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub address: ClientAddress,
    pub agent: UserAgent,
    pub site: Site,
    /// Where a browser has signed in before.
    pub device: Option<Device>,
    pub viewer: Option<Viewer>,
    /// Who it was, while the database cannot say who it is.
    pub remembered: Option<Remembered>,
    /// Of one who comes by WebSocket.
    pub connection: Option<Connection>,
}

impl Caller {
    /// A caller who has not shown a sign-in yet.
    pub fn stranger(wire: &Wire, peer: SocketAddr, headers: &HeaderMap) -> Self {
        Self {
            address: ClientAddress(address(peer.ip(), headers, wire.settings().trust_forwarded)),
            agent: UserAgent(agent(headers)),
            site: Site(site(wire, headers)),
            device: cookie(headers, wire.device_cookie()).map(|text| Device(text.to_owned())),
            viewer: None,
            remembered: None,
            connection: None,
        }
    }

    /// The caller of an HTTP request.
    ///
    /// # Errors
    /// A bearer token that is unknown or has ended, and a cookie that a foreign page sends.
    pub async fn of_request(wire: &Wire, peer: SocketAddr, headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut caller = Self::stranger(wire, peer, headers);
        let credentials = Credentials::of(wire, headers)?;
        match within(wire, credentials.viewer(wire)).await? {
            Ok(viewer) => caller.viewer = viewer,
            Err(refusal) => {
                caller.remembered = credentials.remembered(wire, &refusal);
                if caller.remembered.is_none() {
                    return Err(refusal);
                }
            }
        }
        Ok(caller)
    }
}

/// What a caller shows to be recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    Bearer(String),
    Cookie(String),
    Nothing,
}

impl Credentials {
    /// Reads them from headers; a bearer token goes before the cookie.
    ///
    /// # Errors
    /// A cookie with a foreign `Origin`.
    pub fn of(wire: &Wire, headers: &HeaderMap) -> Result<Self, Refusal> {
        let authorization = headers.get(header::AUTHORIZATION);
        if let Some(token) = authorization.and_then(|value| bearer(value.to_str().ok()?)) {
            return Ok(Self::Bearer(token.to_owned()));
        }
        let Some(token) = cookie(headers, wire.cookie()) else {
            return Ok(Self::Nothing);
        };
        if wire.origin(headers) == Origin::Foreign {
            return Err(foreign());
        }
        Ok(Self::Cookie(token.to_owned()))
    }

    /// Who they belong to. A cookie that has ended belongs to nobody; a bearer token is meant, so that
    /// one that has ended is refused.
    pub async fn viewer(&self, wire: &Wire) -> Result<Option<Viewer>, Refusal> {
        match self {
            Self::Nothing => Ok(None),
            Self::Cookie(token) => Ok(sign_in::service::viewer_of(wire.app(), token).await?),
            Self::Bearer(token) => match sign_in::service::viewer_of(wire.app(), token).await? {
                Some(viewer) => Ok(Some(viewer)),
                None => Err(Refusal::new("UNAUTHENTICATED", "This token is unknown or has ended. Sign in again.")),
            },
        }
    }

    /// Who they belonged to, where it cannot be asked now.
    fn remembered(&self, wire: &Wire, refusal: &Refusal) -> Option<Remembered> {
        match self {
            Self::Bearer(token) | Self::Cookie(token) if refusal.code == "UNAVAILABLE" => {
                sign_in::service::remembered(wire.app(), token).map(Remembered)
            }
            _ => None,
        }
    }
}

/// Says that a page of another site asks.
pub(crate) fn foreign() -> Refusal {
    Refusal::new("FORBIDDEN", "The page that sends this belongs to another site.")
}

/// The token of `Bearer …`.
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}

fn address(peer: IpAddr, headers: &HeaderMap, trusted: bool) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted && !peer.is_loopback() {
        return peer;
    }
    // Only the last hop was written by the peer that we trust; the others are what it was told.
    let last = headers.get_all("x-forwarded-for").iter().next_back();
    last.and_then(|value| value.to_str().ok()?.rsplit(',').next())
        .and_then(|hop| {
            let hop = hop.trim();
            let address = hop.parse().ok();
            address.or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()))
        })
        .map_or(peer, |address: IpAddr| address.to_canonical())
}

/// The public URL; without one a page of ours says where it is, and a program is taken at its host.
fn site(wire: &Wire, headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let of_page = || text(header::ORIGIN).and_then(normal).filter(|_| wire.origin(headers) == Origin::Ours);
    let of_host = || text(header::HOST).and_then(|host| normal(&format!("http://{host}")));
    wire.public_origin().map(str::to_owned).or_else(of_page).or_else(of_host).unwrap_or_default()
}

fn agent(headers: &HeaderMap) -> String {
    let value = headers.get(header::USER_AGENT);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    text.chars().take(AGENT_CHARACTERS).collect()
}

/// Where the page that asks comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// No page: not a browser, or a request of the same site that needs no `Origin`.
    Absent,
    Ours,
    Foreign,
}

impl Origin {
    /// Compares with the host that was asked and with the origin of the public URL.
    pub fn of(headers: &HeaderMap, public: Option<&str>) -> Self {
        let Some(value) = headers.get(header::ORIGIN) else {
            return Self::Absent;
        };
        let Some(origin) = value.to_str().ok().and_then(normal) else {
            return Self::Foreign;
        };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let asked = |scheme| host.and_then(|host| normal(&format!("{scheme}://{host}")));
        let ours = public == Some(&origin)
            || asked("http").as_ref() == Some(&origin)
            || asked("https").as_ref() == Some(&origin);
        if ours { Self::Ours } else { Self::Foreign }
    }
}

/// Scheme, host and port of a URL in one spelling, or nothing if it is no web address.
pub(crate) fn normal(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let host = uri.host()?.to_ascii_lowercase();
    match (scheme, uri.port_u16()) {
        ("http", None | Some(80)) | ("https", None | Some(443)) => Some(format!("{scheme}://{host}")),
        ("http" | "https", Some(port)) => Some(format!("{scheme}://{host}:{port}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_peer_that_may_names_another_address() {
        let forwarded = headers(&[("x-forwarded-for", "6.6.6.6, 203.0.113.7")]);
        let (near, far): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [10, 0, 0, 9].into());
        let named: IpAddr = [203, 0, 113, 7].into();
        assert_eq!(address(near, &forwarded, false), named);
        assert_eq!(address(far, &forwarded, false), far);
        assert_eq!(address(far, &forwarded, true), named);
        assert_eq!(address(near, &headers(&[("x-forwarded-for", "x")]), false), near);
        let mapped: IpAddr = "::ffff:10.0.0.9".parse().unwrap();
        assert_eq!(address(mapped, &HeaderMap::new(), false), far);
    }

    #[test]
    fn an_origin_is_ours_by_host_or_by_public_url() {
        let of = |origin: &str, host: &str| {
            let headers = headers(&[("origin", origin), ("host", host)]);
            Origin::of(&headers, Some("https://chat.example"))
        };
        assert_eq!(of("http://127.0.0.1:8080", "127.0.0.1:8080"), Origin::Ours);
        assert_eq!(of("https://CHAT.example:443", "10.0.0.1:8080"), Origin::Ours);
        assert_eq!(of("https://inner", "inner:443"), Origin::Ours);
        for foreign in
            ["https://evil.example", "http://chat.example", "null", "https://chat.example.evil", "file://", ""]
        {
            assert_eq!(of(foreign, "10.0.0.1:8080"), Origin::Foreign, "{foreign}");
        }
        assert_eq!(Origin::of(&HeaderMap::new(), None), Origin::Absent);
    }

    #[test]
    fn tokens_are_read_from_either_header() {
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer "), None);
        let headers = headers(&[("cookie", "a=1; confab=xyz; b=2")]);
        assert_eq!(cookie(&headers, "confab"), Some("xyz"));
        assert_eq!(cookie(&headers, "conf"), None);
    }
}
