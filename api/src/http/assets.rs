//! The web client and the playground, out of the binary.
//!
//! Every path that names no file is the client's own: it gets `index.html` and the client finds its
//! way. Promises: a file with a hash in its name may be kept for ever, every other is asked for again
//! and answered with 304 if it is the same. Files are packed by `build.rs`; a client that takes no gzip
//! gets them unpacked.

use std::borrow::Cow;
use std::io::Read;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::Wire;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/assets/"]
struct Packed;

/// Served while there is no client in the binary.
const PLACEHOLDER: &str = include_str!("assets/placeholder.html");

/// Answers all paths that are nobody else's.
pub(super) async fn client(State(wire): State<Wire>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    serve(wire.page(), "client", uri.path().trim_start_matches('/'), &headers)
}

/// Answers `/playground`.
pub(super) async fn playground(State(wire): State<Wire>, path: Option<Path<String>>, headers: HeaderMap) -> Response {
    let path = path.map(|path| path.0).unwrap_or_default();
    serve(wire.page(), "playground", &path, &headers)
}

fn serve(policy: &HeaderValue, folder: &str, path: &str, headers: &HeaderMap) -> Response {
    if let Some(asset) = Asset::find(folder, path) {
        return asset.answer(policy, headers);
    }
    // A page of an older version asks for a file that is gone: a page instead would confuse it.
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
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

/// A file in the binary.
struct Asset {
    file: EmbeddedFile,
    packed: bool,
    /// What it is called outside, by which its type is known.
    path: String,
}

impl Asset {
    fn find(folder: &str, path: &str) -> Option<Self> {
        let packed = Packed::get(&format!("{folder}/{path}.gz"));
        let plain = || Packed::get(&format!("{folder}/{path}"));
        Some(Self { packed: packed.is_some(), file: packed.or_else(plain)?, path: path.to_owned() })
    }

    fn answer(self, policy: &HeaderValue, headers: &HeaderMap) -> Response {
        let gzip = self.packed && takes_gzip(headers);
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
        let bytes = if self.packed && !gzip {
            let mut plain = Vec::new();
            if let Err(error) = GzDecoder::new(&self.file.data[..]).read_to_end(&mut plain) {
                tracing::error!(%error, path = self.path, "a file in the binary is broken");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            plain.into_response()
        } else {
            match &self.file.data {
                Cow::Borrowed(bytes) => (*bytes).into_response(),
                Cow::Owned(bytes) => bytes.clone().into_response(),
            }
        };
        let mut response = bytes;
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
        let hash = hex::encode(&self.file.metadata.sha256_hash()[..16]);
        format!("\"{hash}{}\"", if gzip { "-gz" } else { "" })
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
