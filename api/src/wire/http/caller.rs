//! Identifies the caller: IP address, user agent and session.
//!
//! Rejects origins that are not allowed. Accepts cookies only from the server's own origin and origins allowed
//! by name ([`super::origin_policy`]). Trusts `X-Forwarded-For` only from peers that may set it.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};

use super::origin_policy::{Origin, foreign_origin};
use super::refusal::Refusal;
use super::state::HttpState;
use super::timeout::with_timeout;
use crate::chat::session;
use crate::ground::budget::Owner;
use crate::ground::config::normalize;
use crate::ground::error::Result;
use crate::ground::id::AccountId;
use crate::ground::network;
use crate::model::viewer::{BaseUrl, CachedViewer, ClientAddress, Connection, Device, UserAgent, Viewer};

/// Maximum length of a user agent. Longer ones are truncated.
const MAX_USER_AGENT_CHARS: usize = 200;

/// The caller of a request or connection.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub address: ClientAddress,
    pub user_agent: UserAgent,
    pub base_url: BaseUrl,
    /// The cookie of a known device.
    pub device: Option<Device>,
    pub viewer: Option<Viewer>,
    /// The viewer of the cached session, while the database is unavailable.
    pub remembered: Option<CachedViewer>,
    /// The WebSocket connection, if any.
    pub connection: Option<Connection>,
}

impl Caller {
    /// Returns a caller without a session.
    pub fn unauthenticated(state: &HttpState, peer: SocketAddr, headers: &HeaderMap) -> Self {
        Self {
            address: ClientAddress(address(state, peer, headers)),
            user_agent: UserAgent(user_agent(headers)),
            base_url: BaseUrl(base_url(state, headers)),
            device: cookie(headers, state.device_cookie()).map(|text| Device(text.to_owned())),
            viewer: None,
            remembered: None,
            connection: None,
        }
    }

    /// Returns the account, also from a cached session.
    pub fn account(&self) -> Option<AccountId> {
        let remembered = self.remembered.map(|remembered| remembered.0);
        self.viewer.or(remembered).map(|viewer| viewer.account_id)
    }

    /// Returns the owner of permits and pending responses.
    pub fn owner(&self) -> Owner {
        self.account().map_or_else(|| Owner::Address(network::client(self.address.0)), Owner::Account)
    }

    /// Identifies the caller of an HTTP request.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for an invalid bearer token, `FORBIDDEN` for an origin that is not allowed.
    pub async fn from_request(state: &HttpState, peer: SocketAddr, headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut caller = Self::unauthenticated(state, peer, headers);
        let credentials = Credentials::from_headers(state, headers)?;
        match with_timeout(state, credentials.viewer(state, caller.owner())).await? {
            Ok(viewer) => caller.viewer = viewer,
            Err(refusal) => {
                caller.remembered = credentials.cached_viewer(state, &refusal);
                if caller.remembered.is_none() {
                    return Err(refusal);
                }
            }
        }
        Ok(caller)
    }
}

/// The credentials of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    Bearer(String),
    Cookie(String),
    None,
}

impl Credentials {
    /// Reads credentials from headers. A bearer token takes precedence over the cookie.
    ///
    /// # Errors
    /// `FORBIDDEN` for an origin that is not allowed.
    pub fn from_headers(state: &HttpState, headers: &HeaderMap) -> Result<Self, Refusal> {
        let origin = state.origin_policy().origin(headers);
        if origin == Origin::Foreign {
            return Err(foreign_origin(headers));
        }
        let authorization = headers.get(header::AUTHORIZATION);
        if let Some(token) = authorization.and_then(|value| bearer_token(value.to_str().ok()?)) {
            return Ok(Self::Bearer(token.to_owned()));
        }
        match cookie(headers, state.cookie()) {
            Some(token) if origin != Origin::AllowedWithoutCookies => Ok(Self::Cookie(token.to_owned())),
            _ => Ok(Self::None),
        }
    }

    /// Returns the viewer of the credentials, using permits of `owner`. An expired cookie is ignored, but an
    /// invalid bearer token is an error, because clients set it deliberately.
    pub async fn viewer(&self, state: &HttpState, owner: Owner) -> Result<Option<Viewer>, Refusal> {
        match self {
            Self::None => Ok(None),
            Self::Cookie(token) => Ok(session::service::viewer_for_token(state.app(), owner, token).await?),
            Self::Bearer(token) => match session::service::viewer_for_token(state.app(), owner, token).await? {
                Some(viewer) => Ok(Some(viewer)),
                None => Err(Refusal::new("UNAUTHENTICATED", "Invalid or expired session token. Sign in again.")),
            },
        }
    }

    /// Returns the cached viewer if the database is unavailable.
    fn cached_viewer(&self, state: &HttpState, refusal: &Refusal) -> Option<CachedViewer> {
        match self {
            Self::Bearer(token) | Self::Cookie(token) if refusal.code == "UNAVAILABLE" => {
                session::service::remembered(state.app(), token).map(CachedViewer)
            }
            _ => None,
        }
    }
}

/// Parses the token of `Bearer …`.
pub(crate) fn bearer_token(value: &str) -> Option<&str> {
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

/// Returns the IP address of the client.
pub(crate) fn address(state: &HttpState, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    client_address(peer.ip(), headers, state.settings().trust_forwarded)
}

fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: bool) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted && !peer.is_loopback() {
        return peer;
    }
    // Only the last entry comes from the trusted peer. Earlier ones can be forged.
    let last = headers.get_all("x-forwarded-for").iter().next_back();
    last.and_then(|value| value.to_str().ok()?.rsplit(',').next())
        .and_then(|hop| {
            let hop = hop.trim();
            let address = hop.parse().ok();
            address.or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()))
        })
        .map_or(peer, |address: IpAddr| address.to_canonical())
}

/// Returns the base URL: the public URL, the origin of an own page, or the host of the request.
fn base_url(state: &HttpState, headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let own_origin =
        || text(header::ORIGIN).and_then(normalize).filter(|_| state.origin_policy().origin(headers) == Origin::Own);
    let request_host = || text(header::HOST).and_then(|host| normalize(&format!("http://{host}")));
    state.origin_policy().public().map(str::to_owned).or_else(own_origin).or_else(request_host).unwrap_or_default()
}

fn user_agent(headers: &HeaderMap) -> String {
    let value = headers.get(header::USER_AGENT);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    text.chars().take(MAX_USER_AGENT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn trusts_forwarded_addresses_only_from_proxies() {
        let forwarded = headers(&[("x-forwarded-for", "6.6.6.6, 203.0.113.7")]);
        let (loopback, remote): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [10, 0, 0, 9].into());
        let other: IpAddr = [203, 0, 113, 7].into();
        assert_eq!(client_address(loopback, &forwarded, false), other);
        assert_eq!(client_address(remote, &forwarded, false), remote);
        assert_eq!(client_address(remote, &forwarded, true), other);
        assert_eq!(client_address(loopback, &headers(&[("x-forwarded-for", "x")]), false), loopback);
        let mapped: IpAddr = "::ffff:10.0.0.9".parse().unwrap();
        assert_eq!(client_address(mapped, &HeaderMap::new(), false), remote);
    }

    #[test]
    fn reads_tokens_from_both_headers() {
        assert_eq!(bearer_token("bearer  abc "), Some("abc"));
        assert_eq!(bearer_token("Basic abc"), None);
        assert_eq!(bearer_token("Bearer "), None);
        let headers = headers(&[("cookie", "a=1; confab=xyz; b=2")]);
        assert_eq!(cookie(&headers, "confab"), Some("xyz"));
        assert_eq!(cookie(&headers, "conf"), None);
    }
}
