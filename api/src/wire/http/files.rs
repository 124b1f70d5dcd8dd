//! `/media/…`: uploads and downloads that pass through this server.
//!
//! Serves variants of a file only to callers that may see the file. Content that a browser could treat as a
//! page is never displayed inline and runs no scripts. Contents are streamed, and stalled peers are
//! disconnected. Concurrent downloads are limited per caller and in total. Variants never change, so clients
//! may cache them forever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http_range_header::parse_range_header;
use serde::Deserialize;
use serde_json::json;

use super::caller::{Caller, address};
use super::charge;
use super::connections::ConnectionSlot;
use super::refusal::{Refusal, status_of};
use super::state::HttpState;
use super::timeout::with_timeout;
use crate::adapter::media::signature::Signatures;
use crate::chat::file::upload;
use crate::chat::file::{link, query};
use crate::chat::workspace::view::View;
use crate::ground::budget::{Kind, Owner, Payer, cost};
use crate::ground::clock::Timestamp;
use crate::ground::error::{Error, Reason};
use crate::ground::fair_semaphore::FairSemaphore;
use crate::ground::id::{FileId, GlobalId, WorkspaceId};
use crate::ground::network;
use crate::log::failpoint;
use crate::model::file::description::Description;
use crate::model::file::key::{self, Variant};
use crate::model::file::kind::FileKind;

/// Timeout between two chunks of an upload.
const UPLOAD_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Lifetime of a link to the storage or to the media URL.
const LINK_LIFETIME: Duration = Duration::from_secs(60);
/// Cache lifetime of a redirect, shorter than the link.
const REDIRECT_CACHE_CONTROL: &str = "private, max-age=45";
const IMMUTABLE_CACHE_CONTROL: &str = "private, max-age=31536000, immutable";
/// Forbids scripts and external resources in files.
const SANDBOX_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

#[derive(Deserialize)]
pub(super) struct DownloadQuery {
    download: Option<String>,
}

/// `GET /media/{file}/{variant}`: for members that may see the file, by cookie or bearer token.
pub(super) async fn get(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    Path((file, variant)): Path<(String, String)>,
    Query(query): Query<DownloadQuery>,
    headers: HeaderMap,
) -> Response {
    let served = async {
        let requested = Requested::parse(&file, &variant, query.download.is_some())?;
        charge::request(&state, &Payer::for_address(address(&state, peer, &headers)))?;
        let caller = Caller::from_request(&state, peer, &headers).await?;
        let viewer = caller.viewer.ok_or(Error::Unauthenticated)?;
        let payer = Payer::new(Some(viewer.account_id), caller.address.0);
        charge_download(&state, &payer)?;
        let description = with_timeout(&state, async {
            let view = View::open(state.app(), &viewer, requested.workspace_id).await?;
            query::find(&view, requested.file_id).await?.described().ok_or(Error::NotFound("file"))
        });
        let served_file = requested.resolve(&description.await??)?;
        match redirect_target(&state, &served_file).await? {
            Some(url) => Ok(redirect(&url)),
            None => {
                let (semaphore, owner) = (&state.app().semaphores.downloads, caller.owner());
                serve(&state, &served_file, &headers, DownloadClient { policy: "same-origin", payer, semaphore, owner })
                    .await
            }
        }
    };
    match served.await {
        Ok(response) => response,
        Err(refusal) => respond_refusal(&state, address_owner(&state, peer, &headers), &slot, refusal).await,
    }
}

#[derive(Deserialize)]
pub(super) struct SignedQuery {
    expires: i64,
    signature: String,
    name: String,
    #[serde(rename = "type")]
    media_type: String,
    download: Option<String>,
}

/// `GET /media/signed/{file}/{variant}`: for holders of a signed link.
pub(super) async fn get_signed(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    Path((file, variant)): Path<(String, String)>,
    Query(signed): Query<SignedQuery>,
    headers: HeaderMap,
) -> Response {
    let served = async {
        let requested = Requested::parse(&file, &variant, signed.download.is_some())?;
        let served_file =
            ServedFile { requested, name: signed.name, media_type: signed.media_type, is_placeholder: false };
        let end = Timestamp(signed.expires);
        served_file.verify_signature(&state.app().media.signatures, end, &signed.signature)?;
        let payer = Payer::for_address(address(&state, peer, &headers));
        charge_download(&state, &payer)?;
        let (semaphore, owner) = (&state.app().semaphores.linked_downloads, address_owner(&state, peer, &headers));
        serve(&state, &served_file, &headers, DownloadClient { policy: "cross-origin", payer, semaphore, owner }).await
    };
    match served.await {
        Ok(response) => response,
        Err(refusal) => respond_refusal(&state, address_owner(&state, peer, &headers), &slot, refusal).await,
    }
}

/// A requested variant of a file.
#[derive(Clone, Copy)]
struct Requested {
    workspace_id: WorkspaceId,
    file_id: FileId,
    variant: Variant,
    download: bool,
}

impl Requested {
    fn parse(file: &str, variant: &str, download: bool) -> Result<Self, Error> {
        let unknown = || Error::NotFound("file");
        let GlobalId { workspace_id, id: file_id } = file.parse().map_err(|_| unknown())?;
        Ok(Self { workspace_id, file_id, variant: variant.parse().map_err(|_| unknown())?, download })
    }

    fn resolve(self, description: &Description) -> Result<ServedFile, Error> {
        let name = description.name.clone();
        if let Some(media_type) = description.media_type_of(self.variant) {
            return Ok(ServedFile { requested: self, name, media_type: media_type.to_owned(), is_placeholder: false });
        }
        // A thumbnail that does not exist (yet): serves the original.
        let media_type = description.media_type.clone();
        let requested = Self { variant: Variant::Original, ..self };
        let is_picture = description.kind == FileKind::Picture;
        let is_placeholder = description.made.is_none();
        is_picture.then_some(ServedFile { requested, name, media_type, is_placeholder }).ok_or(Error::NotFound("file"))
    }
}

/// A variant that the caller may read.
struct ServedFile {
    requested: Requested,
    name: String,
    media_type: String,
    /// The variant is temporarily replaced by the original.
    is_placeholder: bool,
}

impl ServedFile {
    fn key(&self) -> object_store::path::Path {
        key::variant(self.requested.workspace_id, self.requested.file_id, self.requested.variant)
    }

    fn is_inline(&self) -> bool {
        !self.requested.download && previews::is_inline(&self.media_type)
    }

    /// Returns the content type. Types that are unsafe to display are served as `application/octet-stream`.
    fn content_type(&self) -> &str {
        if previews::is_inline(&self.media_type) { &self.media_type } else { "application/octet-stream" }
    }

    /// Returns the content disposition (RFC 6266), with the name encoded by RFC 8187.
    fn disposition(&self) -> String {
        let word = if self.is_inline() { "inline" } else { "attachment" };
        format!("{word}; filename*=UTF-8''{}", percent_encode(&self.name))
    }

    fn signed_terms(&self) -> [String; 4] {
        let Requested { workspace_id, file_id, variant, download } = self.requested;
        let path = link::signed(workspace_id, file_id, variant);
        [path, self.name.clone(), self.media_type.clone(), download.to_string()]
    }

    fn verify_signature(&self, signatures: &Signatures, end: Timestamp, signature: &str) -> Result<(), Error> {
        signatures.check(&self.signed_terms().each_ref().map(String::as_str), end, signature)
    }

    /// Returns a signed link to this server under the media URL.
    fn signed_path(&self, signatures: &Signatures) -> String {
        let end = Signatures::end(LINK_LIFETIME);
        let terms = self.signed_terms();
        let signature = signatures.sign(&terms.each_ref().map(String::as_str), end);
        let download = if self.requested.download { "&download" } else { "" };
        let (name, media_type) = (percent_encode(&self.name), percent_encode(&self.media_type));
        let [path, ..] = terms;
        format!("{path}?expires={}&name={name}&type={media_type}&signature={signature}{download}", end.0)
    }
}

/// Percent-encodes everything except letters, digits and `-._~`.
fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Returns the redirect target, if any. Thumbnails are served directly, so that browsers cache them under one
/// URL.
async fn redirect_target(state: &HttpState, file: &ServedFile) -> Result<Option<String>, Error> {
    if file.requested.variant == Variant::Small {
        return Ok(None);
    }
    let media = &state.app().media;
    let direct = media.storage()?.get_url(&file.key(), file.content_type(), &file.disposition(), LINK_LIFETIME).await?;
    let other =
        || state.app().config.media.url.as_ref().map(|url| format!("{url}{}", file.signed_path(&media.signatures)));
    Ok(direct.or_else(other))
}

fn redirect(url: &str) -> Response {
    let headers = [(header::LOCATION, url), (header::CACHE_CONTROL, REDIRECT_CACHE_CONTROL)];
    (StatusCode::FOUND, headers).into_response()
}

/// Charges the start of a download. Its bytes are charged as they are sent, because players abort downloads of
/// long files. Downloads are rejected while the budget is in debt.
fn charge_download(state: &HttpState, payer: &Payer) -> Result<(), Error> {
    state.app().budgets.take(payer, Kind::Read, f64::from(cost::DOWNLOAD))?;
    state.app().budgets.take(payer, Kind::Download, 1.0)
}

/// The client of a download.
struct DownloadClient<'a> {
    /// Value of `Cross-Origin-Resource-Policy`.
    policy: &'static str,
    payer: Payer,
    /// The semaphore of downloads, and the owner of the permit.
    semaphore: &'a FairSemaphore<Owner>,
    owner: Owner,
}

async fn serve(
    state: &HttpState,
    file: &ServedFile,
    request_headers: &HeaderMap,
    client: DownloadClient<'_>,
) -> Result<Response, Refusal> {
    let DownloadClient { policy, payer, semaphore, owner } = client;
    let storage = state.app().media.storage()?;
    let tag = format!("\"{}-{}\"", file.requested.file_id.0, file.requested.variant);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, if file.is_placeholder { REDIRECT_CACHE_CONTROL } else { IMMUTABLE_CACHE_CONTROL }),
        (header::CONTENT_SECURITY_POLICY, SANDBOX_POLICY),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CONTENT_TYPE, file.content_type()),
        (header::CONTENT_DISPOSITION, &file.disposition()),
        (HeaderName::from_static("cross-origin-resource-policy"), policy),
    ] {
        headers.insert(name, HeaderValue::from_str(value).map_err(Error::internal)?);
    }
    let names = |name| request_headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if names(header::IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    // A range of a different variant would corrupt the cached part.
    let ranged = names(header::RANGE).filter(|_| names(header::IF_RANGE).is_none_or(|value| value == tag));
    let range = match ranged.map(parse_range_header) {
        // Invalid ranges are ignored; multiple ranges get the whole file.
        None | Some(Err(_)) => None,
        Some(Ok(ranges)) => {
            let size = storage.size(&file.key()).await?;
            match ranges.validate(size).as_deref() {
                Ok([one]) => Some(*one.start()..*one.end() + 1),
                Ok(_) => None,
                Err(_) => return Ok(unsatisfiable(headers, size)),
            }
        }
    };
    let is_partial = range.is_some();
    let permit = semaphore.acquire(owner).await?;
    let object = storage.read(&file.key(), range).await?;
    let length = object.range.end - object.range.start;
    headers.insert(header::CONTENT_LENGTH, length.into());
    let status = if is_partial {
        let part = format!("bytes {}-{}/{}", object.range.start, object.range.end - 1, object.size);
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&part).map_err(Error::internal)?);
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let budgets = state.app().budgets.clone();
    let bytes = object.bytes.inspect_ok(move |piece| {
        let _held_until_sent = &permit;
        budgets.charge(&payer, Kind::Download, piece.len() as f64);
    });
    Ok((status, headers, Body::from_stream(bytes)).into_response())
}

fn unsatisfiable(mut headers: HeaderMap, size: u64) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
}

#[derive(Deserialize)]
pub(super) struct UploadQuery {
    size: u64,
    expires: i64,
    signature: String,
}

/// `PUT /media/uploads/{file}/{part}`: for holders of a signed link.
pub(super) async fn put(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    Path((file, number)): Path<(String, u32)>,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let arrival = state.app().media.permits.start();
    let transfer = async {
        let Requested { workspace_id, file_id, .. } = Requested::parse(&file, "original", false)?;
        let path = link::part(workspace_id, file_id, number);
        let terms = ["PUT", &path, &query.size.to_string()];
        state.app().media.signatures.check(&terms, Timestamp(query.expires), &query.signature)?;
        let content_length =
            headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if content_length.is_some_and(|content_length| content_length != query.size) {
            return Err(Error::invalid("size", format!("Invalid length: expected {} bytes.", query.size)));
        }
        let app = state.app();
        let payer = Payer::for_address(address(&state, peer, &headers));
        app.budgets.take(&payer, Kind::Write, f64::from(cost::PART))?;
        app.budgets.take(&payer, Kind::Upload, query.size as f64)?;
        let storage = app.media.storage()?;
        let part = key::part(workspace_id, file_id, number);
        let upload_ended =
            || Error::Conflict(Reason::UploadEnded, "The upload is complete, was cancelled or has expired.".into());
        let owner = address_owner(&state, peer, &headers);
        let uploader = async || {
            let _turn = app.semaphores.snapshots.wait(owner).await;
            upload::uploader_of_pending(app, workspace_id, file_id).await
        };
        let account_id = uploader().await?.ok_or_else(upload_ended)?;
        let permit = app.media.permits.acquire(arrival, account_id, part.clone()).await?;
        let received = permit.run(storage.receive(&part, query.size, body_with_idle_timeout(body)));
        tokio::time::timeout(upload::LINK_LIFETIME, received)
            .await
            .map_err(|_| upload_stalled(upload::LINK_LIFETIME))??;
        // The upload may have ended meanwhile, so its parts are deleted.
        if uploader().await?.is_none() {
            storage.remove(&key::parts(workspace_id, file_id)).await?;
            return Err(upload_ended());
        }
        failpoint::pass("media.received");
        Ok(StatusCode::OK.into_response())
    };
    match transfer.await {
        Ok(response) => response,
        Err(error) => respond_refusal(&state, address_owner(&state, peer, &headers), &slot, Error::into(error)).await,
    }
}

fn upload_stalled(within: Duration) -> Error {
    Error::invalid("size", format!("Timed out after {} s. Send the part again.", within.as_secs()))
}

/// Streams the body. Fails if no chunk arrives in time.
fn body_with_idle_timeout(body: Body) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    let broken = |_| Error::invalid("size", "The connection closed before the part was complete. Send it again.");
    let pieces = body.into_data_stream().map_err(broken).boxed();
    stream::unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        match tokio::time::timeout(UPLOAD_IDLE_TIMEOUT, pieces.next()).await {
            Ok(piece) => piece.map(|piece| (piece, Some(pieces))),
            Err(_) => Some((Err(upload_stalled(UPLOAD_IDLE_TIMEOUT)), None)),
        }
    })
}

/// Returns the owner of permits for requests by signed link.
fn address_owner(state: &HttpState, peer: SocketAddr, headers: &HeaderMap) -> Owner {
    Owner::Address(network::client(address(state, peer, headers)))
}

/// Returns a refusal as a GraphQL error list. Rate limit errors are delayed.
async fn respond_refusal(state: &HttpState, owner: Owner, slot: &ConnectionSlot, refusal: Refusal) -> Response {
    refusal.count("media");
    let refusal = state.refusal_delay().delay_refusal(owner, slot, refusal).await;
    let status = status_of(refusal.code);
    let wait = refusal.retry_seconds();
    let error = refusal.into_error();
    let mut response = (status, Json(json!({ "errors": [error] }))).into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, wait.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_inject_headers() {
        assert_eq!(percent_encode("a b\"\r\n;ü.png"), "a%20b%22%0D%0A%3B%C3%BC.png");
    }
}
