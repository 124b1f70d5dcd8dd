//! Serves the embedded web client and playground.
//!
//! Client routes get `index.html`, everything else unknown is 404. Files with a hash in their name are cached
//! forever, others are revalidated with `ETag`. Each request is charged to the IP address. A file is in memory
//! only once, however many clients read it. The files are in [`embedded`].

mod embedded;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use self::embedded::File;
use super::accept::Accept;
use super::caller::address;
use super::charge;
use super::connections::ConnectionSlot;
use super::refusal::Refusal;
use super::response::respond_refusal;
use super::state::HttpState;
use crate::ground::budget::{Owner, Payer};
use crate::ground::network;

/// The routes of the client, which match its router (`frontend/src/app/router.tsx`).
const CLIENT_ROUTES: [&str; 15] = [
    "/",
    "/register",
    "/sign-in",
    "/invite/$token",
    "/new-workspace",
    "/settings",
    "/w/$workspaceId",
    "/w/$workspaceId/c/$channelId",
    "/w/$workspaceId/search",
    "/w/$workspaceId/activity",
    "/w/$workspaceId/browse",
    "/w/$workspaceId/people",
    "/w/$workspaceId/profile",
    "/w/$workspaceId/emoji",
    "/w/$workspaceId/settings",
];

/// Served if the binary contains no client.
const PLACEHOLDER: &str = include_str!("assets/placeholder.html");

/// Serves all paths without another route.
pub(super) async fn client(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    match charge_request(&state, peer, &slot, &headers).await {
        Ok(()) => serve(state.page_policy(), "client", uri.path(), is_client_route(uri.path()), &headers),
        Err(refused) => refused,
    }
}

/// Serves `/playground`.
pub(super) async fn playground(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    path: Option<Path<String>>,
    headers: HeaderMap,
) -> Response {
    let path = path.map(|path| path.0).unwrap_or_default();
    match charge_request(&state, peer, &slot, &headers).await {
        Ok(()) => serve(state.page_policy(), "playground", &path, path.is_empty(), &headers),
        Err(refused) => refused,
    }
}

/// Charges the request to the IP address.
async fn charge_request(
    state: &HttpState,
    peer: SocketAddr,
    slot: &ConnectionSlot,
    headers: &HeaderMap,
) -> Result<(), Response> {
    let address = address(state, peer, headers);
    let Err(refused) = charge::request(state, &Payer::for_address(address)) else { return Ok(()) };
    let owner = Owner::Address(network::client(address));
    let refusal = state.refusal_delay().delay_refusal(owner, slot, Refusal::from(refused)).await;
    Err(respond_refusal(Accept::from_headers(headers), refusal))
}

/// Serves `/robots.txt`, which excludes search engines.
pub(super) async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}

/// Whether a path is a route of the client.
fn is_client_route(path: &str) -> bool {
    // Ignores a trailing slash.
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty() && *rest != "/").unwrap_or(path);
    let matches = |page: &str| {
        let fits =
            |(pattern, segment): (&str, &str)| pattern == segment || (pattern.starts_with('$') && !segment.is_empty());
        page.split('/').count() == path.split('/').count() && page.split('/').zip(path.split('/')).all(fits)
    };
    CLIENT_ROUTES.iter().copied().any(matches)
}

/// Serves a file, or `index.html` for a route.
fn serve(policy: &HeaderValue, folder: &str, path: &str, is_client_route: bool, headers: &HeaderMap) -> Response {
    match Asset::find(folder, path.trim_start_matches('/')) {
        Some(asset) => asset.respond(policy, headers),
        None if is_client_route => index(policy, folder, headers),
        None if path.starts_with("/assets/") || !Accept::from_headers(headers).html => not_found(),
        // The client renders the error page for unknown links.
        None => {
            let mut response = index(policy, folder, &HeaderMap::new());
            *response.status_mut() = StatusCode::NOT_FOUND;
            for name in [header::ETAG, header::CACHE_CONTROL] {
                response.headers_mut().remove(name);
            }
            response
        }
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "Not found\n").into_response()
}

fn index(policy: &HeaderValue, folder: &str, headers: &HeaderMap) -> Response {
    match Asset::find(folder, "index.html") {
        Some(index) => index.respond(policy, headers),
        None => placeholder(policy.clone()),
    }
}

fn placeholder(policy: HeaderValue) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, PLACEHOLDER).into_response()
}

/// A file and its path.
struct Asset {
    file: &'static File,
    /// Determines the media type.
    path: String,
}

impl Asset {
    fn find(folder: &str, path: &str) -> Option<Self> {
        Some(Self { file: embedded::find(folder, path)?, path: path.to_owned() })
    }

    fn respond(self, policy: &HeaderValue, headers: &HeaderMap) -> Response {
        let gzip = self.file.compressed().is_some() && accepts_gzip(headers);
        let tag = self.etag(gzip);
        let mut response =
            if matches_etag(headers, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { self.body(gzip) };
        let set = response.headers_mut();
        set.insert(header::CACHE_CONTROL, self.cache_control());
        set.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            set.insert(header::ETAG, tag);
        }
        // Also on 304, whose headers replace those of the cached response.
        if mime_guess::from_path(&self.path).first_or_octet_stream().subtype() == "html" {
            set.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }

    fn body(&self, gzip: bool) -> Response {
        let bytes = if gzip { self.file.compressed() } else { self.file.plain() };
        let Some(bytes) = bytes else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
        let mut response = bytes.into_response();
        let kind = mime_guess::from_path(&self.path).first_or_octet_stream();
        let text = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
        let headers = response.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(&format!("{}{text}", kind.essence_str())) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        if gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// Compressed and plain responses need different tags, because their bytes differ.
    fn etag(&self, gzip: bool) -> String {
        format!("\"{}{}\"", self.file.hash, if gzip { "-gz" } else { "" })
    }

    /// The build adds a hash to the names of the files under `assets/`.
    fn cache_control(&self) -> HeaderValue {
        HeaderValue::from_static(if self.path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        })
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or("");
        let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
    })
}

fn matches_etag(headers: &HeaderMap, tag: &str) -> bool {
    let value = headers.get(header::IF_NONE_MATCH);
    value
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the quoted value after a key in the router of the client, as in `path: '/search',`.
    fn value_of<'a>(text: &'a str, word: &str) -> Option<&'a str> {
        text.split_once(word)?.1.split(&['\'', ',']).map(str::trim).find(|part| !part.is_empty())
    }

    #[test]
    fn pages_match_the_client_router() {
        let router = include_str!("../../../../frontend/src/app/router.tsx");
        // The pages beside the sidebar share a function, which takes the path.
        let has_path = |route: &&str| !route.trim_start().starts_with("getParentRoute: () => workspace, path,");
        let routes = router.split("createRoute({").skip(1).filter(has_path);
        let mut pages: Vec<String> = routes
            .map(|route| {
                let (parent, path) = (value_of(route, "getParentRoute: () => "), value_of(route, "path: "));
                let above = if parent == Some("workspace") { "/w/$workspaceId" } else { "" };
                format!("{above}{}", path.expect("a route has a path"))
            })
            .collect();
        let beside_the_sidebar = router.split("pageOf('").skip(1).filter_map(|page| page.split('\'').next());
        pages.extend(beside_the_sidebar.filter(|path| *path != "/").map(|path| format!("/w/$workspaceId{path}")));
        let mut expected = CLIENT_ROUTES.to_vec();
        pages.sort();
        expected.sort_unstable();
        assert_eq!(pages, expected);
    }

    #[test]
    fn recognizes_pages() {
        for page in ["/", "/sign-in", "/sign-in/", "/w/wks_1", "/w/wks_1/c/chn_1", "/invite/abc"] {
            assert!(is_client_route(page), "{page}");
        }
        for other in
            ["", "//", "/w", "/w/", "/w/a/b", "/w/a/c/", "/w/a/c/b/d", "/wp-login.php", "/sign-in/x", "/settings//"]
        {
            assert!(!is_client_route(other), "{other}");
        }
    }
}
