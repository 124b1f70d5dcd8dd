//! The web client and the playground, out of the binary.
//!
//! The pages of the client get `index.html`, and the client finds its way; what is neither a file nor a page is 404, so
//! that nobody takes the client for an answer. Promises: a file with a hash in its name may be kept for ever, every
//! other is asked for again and answered with 304 if it is the same; whoever asks pays for a request; however many ask,
//! and however slowly they read, a file is in memory once. The files themselves are in [`packed`].

mod packed;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use self::packed::File;
use super::caller::address;
use super::connections::Place;
use super::media::Accepts;
use super::refusal::Refusal;
use super::{Wire, charge, graphql};
use crate::budget::{Owner, Payer};
use crate::network;

/// The pages of the client, as its router has them (`frontend/src/app/router.tsx`).
const PAGES: [&str; 15] = [
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

/// Served while there is no client in the binary.
const PLACEHOLDER: &str = include_str!("assets/placeholder.html");

/// Answers all paths that are nobody else's.
pub(super) async fn client(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Arc<Place>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    match arrive(&wire, peer, &place, &headers).await {
        Ok(()) => serve(wire.page(), "client", uri.path(), is_page(uri.path()), &headers),
        Err(refused) => refused,
    }
}

/// Answers `/playground`.
pub(super) async fn playground(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Arc<Place>>,
    path: Option<Path<String>>,
    headers: HeaderMap,
) -> Response {
    let path = path.map(|path| path.0).unwrap_or_default();
    match arrive(&wire, peer, &place, &headers).await {
        Ok(()) => serve(wire.page(), "playground", &path, path.is_empty(), &headers),
        Err(refused) => refused,
    }
}

/// Has the address pay for a request.
async fn arrive(wire: &Wire, peer: SocketAddr, place: &Place, headers: &HeaderMap) -> Result<(), Response> {
    let address = address(wire, peer, headers);
    let Err(refused) = charge::arrive(wire, &Payer::of_address(address)) else { return Ok(()) };
    let owner = Owner::Address(network::client(address));
    let refusal = wire.brake().hold_refusal(owner, place, Refusal::from(refused)).await;
    Err(graphql::refuse(Accepts::of(headers), refusal))
}

/// Answers `/robots.txt`: nothing here is for search engines.
pub(super) async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}

/// Whether a path is a page of the client.
fn is_page(path: &str) -> bool {
    // One slash at the end makes no other page.
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty() && *rest != "/").unwrap_or(path);
    let matches = |page: &str| {
        let fits = |(known, given): (&str, &str)| known == given || (known.starts_with('$') && !given.is_empty());
        page.split('/').count() == path.split('/').count() && page.split('/').zip(path.split('/')).all(fits)
    };
    PAGES.iter().copied().any(matches)
}

/// A file, or `index.html` for a page.
fn serve(policy: &HeaderValue, folder: &str, path: &str, is_page: bool, headers: &HeaderMap) -> Response {
    match Asset::find(folder, path.trim_start_matches('/')) {
        Some(asset) => asset.answer(policy, headers),
        None if is_page => index(policy, folder, headers),
        None if path.starts_with("/assets/") || !Accepts::of(headers).html => absent(),
        // Somebody has followed a link to nowhere: the client says so in its own words.
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

fn absent() -> Response {
    (StatusCode::NOT_FOUND, "Not found\n").into_response()
}

fn index(policy: &HeaderValue, folder: &str, headers: &HeaderMap) -> Response {
    match Asset::find(folder, "index.html") {
        Some(index) => index.answer(policy, headers),
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

/// A file, and what it is called outside.
struct Asset {
    file: &'static File,
    /// By which its type is known.
    path: String,
}

impl Asset {
    fn find(folder: &str, path: &str) -> Option<Self> {
        Some(Self { file: packed::find(folder, path)?, path: path.to_owned() })
    }

    fn answer(self, policy: &HeaderValue, headers: &HeaderMap) -> Response {
        let gzip = self.file.packed().is_some() && takes_gzip(headers);
        let tag = self.tag(gzip);
        let mut response = if same(headers, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { self.body(gzip) };
        let set = response.headers_mut();
        set.insert(header::CACHE_CONTROL, self.lifetime());
        set.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            set.insert(header::ETAG, tag);
        }
        // Also on 304: a browser puts the headers of one on the page that it has kept.
        if mime_guess::from_path(&self.path).first_or_octet_stream().subtype() == "html" {
            set.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }

    fn body(&self, gzip: bool) -> Response {
        let bytes = if gzip { self.file.packed() } else { self.file.plain() };
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

    /// The packed and the plain form are different bytes, so they have different tags.
    fn tag(&self, gzip: bool) -> String {
        format!("\"{}{}\"", self.file.hash, if gzip { "-gz" } else { "" })
    }

    /// The build puts a hash into the names of the files under `assets/`.
    fn lifetime(&self) -> HeaderValue {
        HeaderValue::from_static(if self.path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        })
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or("");
        let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
    })
}

fn same(headers: &HeaderMap, tag: &str) -> bool {
    let value = headers.get(header::IF_NONE_MATCH);
    value
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in quotes behind a word on a line of the client's router, as in `path: '/search',`.
    fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
        text.split_once(word)?.1.split(&['\'', ',']).map(str::trim).find(|part| !part.is_empty())
    }

    #[test]
    fn the_pages_are_those_of_the_clients_router() {
        let router = include_str!("../../../frontend/src/app/router.tsx");
        let routes = router.split("createRoute({").skip(1);
        let mut pages: Vec<String> = routes
            .map(|route| {
                let (parent, path) = (after(route, "getParentRoute: () => "), after(route, "path: "));
                let above = if parent == Some("workspace") { "/w/$workspaceId" } else { "" };
                format!("{above}{}", path.expect("a route has a path"))
            })
            .filter(|page| page != "/w/$workspaceId/")
            .collect();
        let mut known = PAGES.to_vec();
        pages.sort();
        known.sort_unstable();
        assert_eq!(pages, known);
    }

    #[test]
    fn a_page_is_one_with_its_parts_and_no_others() {
        for page in ["/", "/sign-in", "/sign-in/", "/w/wks_1", "/w/wks_1/c/chn_1", "/invite/abc"] {
            assert!(is_page(page), "{page}");
        }
        for other in
            ["", "//", "/w", "/w/", "/w/a/b", "/w/a/c/", "/w/a/c/b/d", "/wp-login.php", "/sign-in/x", "/settings//"]
        {
            assert!(!is_page(other), "{other}");
        }
    }
}
