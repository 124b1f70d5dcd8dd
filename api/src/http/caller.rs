//! Who is at the other end: address, user agent, and the sign-in that they bring.
//!
//! Promises: pages of other sites are refused unless they are listed, and a cookie counts only from our own pages
//! and those listed by name ([`super::sites`]); a header that names another address counts only from a peer that
//! may set it. It knows headers, not GraphQL.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};

use super::execution::within;
use super::refusal::Refusal;
use super::sites::{Origin, foreign};
use super::{Wire, charge};
use crate::budget::Owner;
use crate::config::normal;
use crate::error::Result;
use crate::id::AccountId;
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
            address: ClientAddress(address(wire, peer, headers)),
            agent: UserAgent(agent(headers)),
            site: Site(site(wire, headers)),
            device: cookie(headers, wire.device_cookie()).map(|text| Device(text.to_owned())),
            viewer: None,
            remembered: None,
            connection: None,
        }
    }

    /// The account, also where it is only remembered.
    pub fn account(&self) -> Option<AccountId> {
        let remembered = self.remembered.map(|remembered| remembered.0);
        self.viewer.or(remembered).map(|viewer| viewer.account_id)
    }

    /// The caller of an HTTP request.
    ///
    /// # Errors
    /// A bearer token that is unknown or has ended, and a page of another site.
    pub async fn of_request(wire: &Wire, peer: SocketAddr, headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut caller = Self::stranger(wire, peer, headers);
        let credentials = Credentials::of(wire, headers)?;
        match within(wire, credentials.viewer(wire, charge::owner(&caller))).await? {
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
    /// A foreign `Origin`: what comes with it was sent by a page that nobody has listed.
    pub fn of(wire: &Wire, headers: &HeaderMap) -> Result<Self, Refusal> {
        let origin = wire.sites().origin(headers);
        if origin == Origin::Foreign {
            return Err(foreign(headers));
        }
        let authorization = headers.get(header::AUTHORIZATION);
        if let Some(token) = authorization.and_then(|value| bearer(value.to_str().ok()?)) {
            return Ok(Self::Bearer(token.to_owned()));
        }
        match cookie(headers, wire.cookie()) {
            Some(token) if origin != Origin::AllowedWithoutCookies => Ok(Self::Cookie(token.to_owned())),
            _ => Ok(Self::Nothing),
        }
    }

    /// Who they belong to, in the turn of the address that shows them. A cookie that has ended belongs to nobody; a
    /// bearer token is meant, so that one that has ended is refused.
    pub async fn viewer(&self, wire: &Wire, owner: Owner) -> Result<Option<Viewer>, Refusal> {
        match self {
            Self::Nothing => Ok(None),
            Self::Cookie(token) => Ok(sign_in::service::viewer_of(wire.app(), owner, token).await?),
            Self::Bearer(token) => match sign_in::service::viewer_of(wire.app(), owner, token).await? {
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

/// The address of whoever asks.
pub(crate) fn address(wire: &Wire, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    named(peer.ip(), headers, wire.settings().trust_forwarded)
}

fn named(peer: IpAddr, headers: &HeaderMap, trusted: bool) -> IpAddr {
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
    let of_page = || text(header::ORIGIN).and_then(normal).filter(|_| wire.sites().origin(headers) == Origin::Ours);
    let of_host = || text(header::HOST).and_then(|host| normal(&format!("http://{host}")));
    wire.sites().public().map(str::to_owned).or_else(of_page).or_else(of_host).unwrap_or_default()
}

fn agent(headers: &HeaderMap) -> String {
    let value = headers.get(header::USER_AGENT);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    text.chars().take(AGENT_CHARACTERS).collect()
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
        let other: IpAddr = [203, 0, 113, 7].into();
        assert_eq!(named(near, &forwarded, false), other);
        assert_eq!(named(far, &forwarded, false), far);
        assert_eq!(named(far, &forwarded, true), other);
        assert_eq!(named(near, &headers(&[("x-forwarded-for", "x")]), false), near);
        let mapped: IpAddr = "::ffff:10.0.0.9".parse().unwrap();
        assert_eq!(named(mapped, &HeaderMap::new(), false), far);
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
