//! `/media/…`: the bytes of files, in and out, where they go through this server.
//!
//! Promises: nobody gets a form of a file whose file they may not see; what a browser could take for a page is
//! never shown as one, and nothing in it can run; bytes are streamed and a peer that does not move them is cut
//! off; so many files are open at the same time, of one caller and in all. A form of a file never changes, so it may be kept by whoever got it.

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
use super::connections::Place;
use super::execution::within;
use super::refusal::{Refusal, status_of};
use super::{Wire, charge};
use crate::budget::{Kind, Owner, Payer, cost};
use crate::clock::Moment;
use crate::error::Error;
use crate::file::description::Description;
use crate::file::kind::FileKind;
use crate::file::upload;
use crate::file::{link, service};
use crate::gate::Gate;
use crate::id::{FileId, WorkspaceId};
use crate::log::failpoint;
use crate::media::key::{self, Variant};
use crate::media::signature::Signatures;
use crate::network;
use crate::workspace::view::View;

/// Between two pieces of what somebody puts.
const IDLE: Duration = Duration::from_secs(30);
/// How long a link to the storage, or to the other origin, works.
const LINK: Duration = Duration::from_secs(60);
/// How long a browser may go there again without asking.
const ONWARD: &str = "private, max-age=45";
const FOR_EVER: &str = "private, max-age=31536000, immutable";
/// Nothing in it may run or load, whatever it is.
const SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

#[derive(Deserialize)]
pub(super) struct Wish {
    download: Option<String>,
}

/// `GET /media/{workspace}/{file}/{variant}`: for those who may see it, by cookie or bearer token.
pub(super) async fn get(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Arc<Place>>,
    Path((workspace, file, variant)): Path<(String, String, String)>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    let served = async {
        let wanted = Wanted::read(&workspace, &file, &variant, wish.download.is_some())?;
        charge::arrive(&wire, &Payer::of_address(address(&wire, peer, &headers)))?;
        let caller = Caller::of_request(&wire, peer, &headers).await?;
        let viewer = caller.viewer.ok_or(Error::Unauthenticated)?;
        let payer = Payer::new(Some(viewer.account_id), caller.address.0);
        pay_to_download(&wire, &payer)?;
        let description = within(&wire, async {
            let view = View::open(wire.app(), &viewer, wanted.workspace_id).await?;
            service::find(&view, wanted.file_id).await?.described().ok_or(Error::NotFound("file"))
        });
        let found = wanted.of(&description.await??)?;
        match onward(&wire, &found).await? {
            Some(url) => Ok(lead(&url)),
            None => {
                let (gate, owner) = (&wire.app().gates.downloads, charge::owner(&caller));
                serve(&wire, &found, &headers, Taker { policy: "same-origin", payer, gate, owner }).await
            }
        }
    };
    match served.await {
        Ok(response) => response,
        Err(refusal) => refuse(&wire, stranger(&wire, peer, &headers), &place, refusal).await,
    }
}

#[derive(Deserialize)]
pub(super) struct Signed {
    expires: i64,
    signature: String,
    name: String,
    #[serde(rename = "type")]
    media_type: String,
    download: Option<String>,
}

/// `GET /media/signed/{workspace}/{file}/{variant}`: for whoever was led there.
pub(super) async fn get_signed(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Arc<Place>>,
    Path((workspace, file, variant)): Path<(String, String, String)>,
    Query(signed): Query<Signed>,
    headers: HeaderMap,
) -> Response {
    let served = async {
        let wanted = Wanted::read(&workspace, &file, &variant, signed.download.is_some())?;
        let found = Found { wanted, name: signed.name, media_type: signed.media_type, is_stand_in: false };
        let end = Moment(signed.expires);
        found.check(&wire.app().media.signatures, end, &signed.signature)?;
        let payer = Payer::of_address(address(&wire, peer, &headers));
        pay_to_download(&wire, &payer)?;
        let (gate, owner) = (&wire.app().gates.linked_downloads, stranger(&wire, peer, &headers));
        serve(&wire, &found, &headers, Taker { policy: "cross-origin", payer, gate, owner }).await
    };
    match served.await {
        Ok(response) => response,
        Err(refusal) => refuse(&wire, stranger(&wire, peer, &headers), &place, refusal).await,
    }
}

/// The form of a file that somebody wants.
#[derive(Clone, Copy)]
struct Wanted {
    workspace_id: WorkspaceId,
    file_id: FileId,
    variant: Variant,
    download: bool,
}

impl Wanted {
    fn read(workspace: &str, file: &str, variant: &str, download: bool) -> Result<Self, Error> {
        let unknown = || Error::NotFound("file");
        Ok(Self {
            workspace_id: workspace.parse().map_err(|_| unknown())?,
            file_id: file.parse().map_err(|_| unknown())?,
            variant: variant.parse().map_err(|()| unknown())?,
            download,
        })
    }

    fn of(self, description: &Description) -> Result<Found, Error> {
        let name = description.name.clone();
        if let Some(media_type) = description.media_type_of(self.variant) {
            return Ok(Found { wanted: self, name, media_type: media_type.to_owned(), is_stand_in: false });
        }
        // A small picture that is not made yet, or never will be: the picture itself.
        let media_type = description.media_type.clone();
        let wanted = Self { variant: Variant::Original, ..self };
        let is_picture = description.kind == FileKind::Picture;
        let is_stand_in = description.made.is_none();
        is_picture.then_some(Found { wanted, name, media_type, is_stand_in }).ok_or(Error::NotFound("file"))
    }
}

/// A form of a file that may be given out.
struct Found {
    wanted: Wanted,
    name: String,
    media_type: String,
    /// Something else will be found under this address soon.
    is_stand_in: bool,
}

impl Found {
    fn key(&self) -> object_store::path::Path {
        key::variant(self.wanted.workspace_id, self.wanted.file_id, self.wanted.variant)
    }

    fn is_shown(&self) -> bool {
        !self.wanted.download && previews::is_inline(&self.media_type)
    }

    /// What a browser is told that it is: only what can be shown without harm is called by its name.
    fn safe_type(&self) -> &str {
        if previews::is_inline(&self.media_type) { &self.media_type } else { "application/octet-stream" }
    }

    /// RFC 6266, with the name after RFC 8187.
    fn disposition(&self) -> String {
        let word = if self.is_shown() { "inline" } else { "attachment" };
        format!("{word}; filename*=UTF-8''{}", percent(&self.name))
    }

    fn terms(&self) -> [String; 4] {
        let Wanted { workspace_id, file_id, variant, download } = self.wanted;
        let path = link::signed(workspace_id, file_id, variant);
        [path, self.name.clone(), self.media_type.clone(), download.to_string()]
    }

    fn check(&self, signatures: &Signatures, end: Moment, signature: &str) -> Result<(), Error> {
        signatures.check(&self.terms().each_ref().map(String::as_str), end, signature)
    }

    /// A link to this server under its other address.
    fn signed(&self, signatures: &Signatures) -> String {
        let end = Signatures::end(LINK);
        let terms = self.terms();
        let signature = signatures.sign(&terms.each_ref().map(String::as_str), end);
        let download = if self.wanted.download { "&download" } else { "" };
        let (name, media_type) = (percent(&self.name), percent(&self.media_type));
        let [path, ..] = terms;
        format!("{path}?expires={}&name={name}&type={media_type}&signature={signature}{download}", end.0)
    }
}

/// All but letters, digits and `-._~` as percent and hexadecimal digits.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Where a browser is led on to. Small pictures are served here, so that it can keep them under one address.
async fn onward(wire: &Wire, found: &Found) -> Result<Option<String>, Error> {
    if found.wanted.variant == Variant::Small {
        return Ok(None);
    }
    let media = &wire.app().media;
    let direct = media.storage()?.get_url(&found.key(), found.safe_type(), &found.disposition(), LINK).await?;
    let other = || wire.app().config.media.url.as_ref().map(|url| format!("{url}{}", found.signed(&media.signatures)));
    Ok(direct.or_else(other))
}

fn lead(url: &str) -> Response {
    let headers = [(header::LOCATION, url), (header::CACHE_CONTROL, ONWARD)];
    (StatusCode::FOUND, headers).into_response()
}

/// Whoever downloads pays for that it begins, and for the bytes when they have gone: a player that looks into a long
/// file breaks off. While that is a debt there is nothing more.
fn pay_to_download(wire: &Wire, payer: &Payer) -> Result<(), Error> {
    wire.app().budgets.take(payer, Kind::Read, f64::from(cost::DOWNLOAD))?;
    wire.app().budgets.take(payer, Kind::Download, 1.0)
}

/// Whoever downloads.
struct Taker<'a> {
    /// Which pages may show it.
    policy: &'static str,
    payer: Payer,
    /// Where they wait for their turn, and by whose name.
    gate: &'a Gate<Owner>,
    owner: Owner,
}

async fn serve(wire: &Wire, found: &Found, asked: &HeaderMap, taker: Taker<'_>) -> Result<Response, Refusal> {
    let Taker { policy, payer, gate, owner } = taker;
    let storage = wire.app().media.storage()?;
    let tag = format!("\"{}-{}\"", found.wanted.file_id, found.wanted.variant);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, if found.is_stand_in { ONWARD } else { FOR_EVER }),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CONTENT_TYPE, found.safe_type()),
        (header::CONTENT_DISPOSITION, &found.disposition()),
        (HeaderName::from_static("cross-origin-resource-policy"), policy),
    ] {
        headers.insert(name, HeaderValue::from_str(value).map_err(Error::internal)?);
    }
    let names = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if names(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    // A part of another form would not fit to what the browser has.
    let ranged = names(header::RANGE).filter(|_| names(header::IF_RANGE).is_none_or(|known| known == tag));
    let range = match ranged.map(parse_range_header) {
        // What is no range of bytes is not asked for, and several at once are given as a whole.
        None | Some(Err(_)) => None,
        Some(Ok(ranges)) => {
            let size = storage.size(&found.key()).await?;
            match ranges.validate(size).as_deref() {
                Ok([one]) => Some(*one.start()..*one.end() + 1),
                Ok(_) => None,
                Err(_) => return Ok(unsatisfiable(headers, size)),
            }
        }
    };
    let is_part = range.is_some();
    let pass = gate.enter(owner).await?;
    let reading = storage.read(&found.key(), range).await?;
    let length = reading.range.end - reading.range.start;
    headers.insert(header::CONTENT_LENGTH, length.into());
    let status = if is_part {
        let part = format!("bytes {}-{}/{}", reading.range.start, reading.range.end - 1, reading.size);
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&part).map_err(Error::internal)?);
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let budgets = wire.app().budgets.clone();
    let bytes = reading.bytes.inspect_ok(move |piece| {
        let _until_all_has_gone = &pass;
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
pub(super) struct Allowed {
    size: u64,
    expires: i64,
    signature: String,
}

/// `PUT /media/uploads/{workspace}/{file}/{part}`: for whoever has the link.
pub(super) async fn put(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Arc<Place>>,
    Path((workspace, file, number)): Path<(String, String, u32)>,
    Query(allowed): Query<Allowed>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let arrival = wire.app().media.turns.arrive();
    let taken = async {
        let Wanted { workspace_id, file_id, .. } = Wanted::read(&workspace, &file, "original", false)?;
        let path = link::part(workspace_id, file_id, number);
        let terms = ["PUT", &path, &allowed.size.to_string()];
        wire.app().media.signatures.check(&terms, Moment(allowed.expires), &allowed.signature)?;
        let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if said.is_some_and(|said| said != allowed.size) {
            return Err(Error::invalid("size", format!("It must have exactly {} bytes.", allowed.size)));
        }
        let app = wire.app();
        let payer = Payer::of_address(address(&wire, peer, &headers));
        app.budgets.take(&payer, Kind::Write, f64::from(cost::PART))?;
        app.budgets.take(&payer, Kind::Upload, allowed.size as f64)?;
        let storage = app.media.storage()?;
        let part = key::part(workspace_id, file_id, number);
        let ended = || Error::Conflict("This upload has ended.".into());
        let owner = stranger(&wire, peer, &headers);
        let awaited = async || {
            let _turn = app.gates.snapshots.wait(owner).await;
            upload::awaited(app, workspace_id, file_id).await
        };
        let account_id = awaited().await?.ok_or_else(ended)?;
        let turn = app.media.turns.take(arrival, account_id, part.clone()).await?;
        let received = turn.work(storage.receive(&part, allowed.size, moving(body)));
        tokio::time::timeout(upload::LINK, received).await.map_err(|_| slow(upload::LINK))??;
        // It may have ended meanwhile; with it what has come since is cleared away.
        if awaited().await?.is_none() {
            storage.remove(&key::parts(workspace_id, file_id)).await?;
            return Err(ended());
        }
        failpoint::pass("media.received");
        Ok(StatusCode::OK.into_response())
    };
    match taken.await {
        Ok(response) => response,
        Err(error) => refuse(&wire, stranger(&wire, peer, &headers), &place, Error::into(error)).await,
    }
}

fn slow(within: Duration) -> Error {
    Error::invalid("size", format!("Not enough came within {} s. Put this part again.", within.as_secs()))
}

/// What comes, unless nothing does for a while.
fn moving(body: Body) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    let broken = |_| Error::invalid("size", "The connection broke before all bytes had come.");
    let pieces = body.into_data_stream().map_err(broken).boxed();
    stream::unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        match tokio::time::timeout(IDLE, pieces.next()).await {
            Ok(piece) => piece.map(|piece| (piece, Some(pieces))),
            Err(_) => Some((Err(slow(IDLE)), None)),
        }
    })
}

/// By whom turns are taken where a link says what may be done.
fn stranger(wire: &Wire, peer: SocketAddr, headers: &HeaderMap) -> Owner {
    Owner::Address(network::client(address(wire, peer, headers)))
}

/// The refusal as on GraphQL: a list of errors with their codes. It is held where too much is asked.
async fn refuse(wire: &Wire, owner: Owner, place: &Place, refusal: Refusal) -> Response {
    refusal.count("media");
    let refusal = wire.brake().hold_refusal(owner, place, refusal).await;
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
    fn a_name_cannot_leave_its_header() {
        assert_eq!(percent("a b\"\r\n;ü.png"), "a%20b%22%0D%0A%3B%C3%BC.png");
    }
}
