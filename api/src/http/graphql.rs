//! GraphQL over HTTP: `POST /graphql`, and `GET /graphql` for queries.
//!
//! Follows the GraphQL-over-HTTP draft as its official audits test it (all 61 pass). Promises: only
//! `application/json` is taken, so that no foreign page can post without a preflight, which is
//! answered only to those that are listed; a GET never changes anything; every answer is JSON and every error has a code. What it
//! executes it does not know.

use std::net::SocketAddr;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, Value};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response as HttpResponse};
use serde::Serialize;

use super::caller::{Caller, address};
use super::connections::Place;
use super::execution::{Asked, execute, prepare, write};
use super::media::{Accepts, Media};
use super::refusal::{Refusal, code_of, is_request_error, retry_after_of, speaks_graphql, status_of};
use super::{Wire, charge, multipart};
use crate::budget::{Owner, Payer};
use crate::error::Error;
use crate::network;

/// Bytes of a request: a message of 16,000 characters in any script, escaped, and its document.
const MOST_BODY_BYTES: usize = 256 * 1024;
/// The same of one who has not signed in: the largest document, escaped, and what one signs in with.
const MOST_STRANGER_BYTES: usize = 64 * 1024;

/// Answers `POST /graphql`.
pub(super) async fn post(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Arc<Place>>,
    headers: HeaderMap,
    body: Body,
) -> HttpResponse {
    let accepts = Accepts::of(&headers);
    let (owner, admitted) = admit(&wire, peer, &headers).await;
    let answered = match admitted {
        Ok(caller) => answer_post(&wire, caller, &place, &headers, body, accepts).await,
        Err(refusal) => Err(refusal),
    };
    finish(&wire, owner, &place, accepts, answered).await
}

/// Lets a request in that the budgets of its address and its account have something left for, before it is read; says
/// who answers for it in any case.
async fn admit(wire: &Wire, peer: SocketAddr, headers: &HeaderMap) -> (Owner, Result<Caller, Refusal>) {
    let address = address(wire, peer, headers);
    let stranger = Owner::Address(network::client(address));
    if let Err(refused) = charge::arrive(wire, &Payer::of_address(address)) {
        return (stranger, Err(refused.into()));
    }
    let caller = match Caller::of_request(wire, peer, headers).await {
        Ok(caller) => caller,
        Err(refusal) => return (stranger, Err(refusal)),
    };
    let arrived = charge::arrive_as(wire, &caller);
    (charge::owner(&caller), arrived.map(|()| caller).map_err(Refusal::from))
}

/// Writes an answer or a refusal; holds one that says that the caller asks too much.
async fn finish(
    wire: &Wire,
    owner: Owner,
    place: &Arc<Place>,
    accepts: Accepts,
    answered: Result<Answer, Refusal>,
) -> HttpResponse {
    let (media, response) = match answered {
        Ok(Answer::Stream(stream)) => return stream,
        Ok(Answer::Response(media, response)) => (media, response),
        Err(refusal) => {
            refusal.count("http");
            (accepts.media.unwrap_or(Media::Json), refusal.into_response())
        }
    };
    let response = wire.brake().hold(owner, place, response).await;
    respond(media, response, |json| wire.answers().keep(owner, place, json))
}

fn shows_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE)
}

/// What a request comes to.
pub(super) enum Answer {
    Response(Media, Response),
    Stream(HttpResponse),
}

async fn answer_post(
    wire: &Wire,
    caller: Caller,
    place: &Arc<Place>,
    headers: &HeaderMap,
    body: Body,
    accepts: Accepts,
) -> Result<Answer, Refusal> {
    check_accepts(accepts)?;
    check_content_type(headers)?;
    let most = if caller.account().is_some() { MOST_BODY_BYTES } else { MOST_STRANGER_BYTES };
    let bytes = match read(wire, headers, body, most).await {
        // Whoever shows a session that has ended is told that, and comes back with the same request.
        Err(refusal)
            if refusal.code == "PAYLOAD_TOO_LARGE" && caller.viewer.is_none() && shows_credentials(headers) =>
        {
            return Err(Error::Unauthenticated.into());
        }
        read => read?,
    };
    // Some tools of Windows write a mark before the text.
    let json = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let value: Value = serde_json::from_slice(json)
        .map_err(|error| Refusal::bad_request(format!("The body is not JSON: {error}.")))?;
    let asked = Asked::read(value, bytes.len())?;
    drop(bytes);
    let prepared = prepare(wire, asked, &caller)?;
    if prepared.kind == OperationType::Subscription {
        return multipart::stream(wire, caller, place, prepared, accepts).await;
    }
    let response = execute(wire, prepared).await;
    Ok(Answer::Response(single(accepts)?, response))
}

/// Answers `GET /graphql`: a query in the query string. A person who comes by browser is sent to the
/// playground.
pub(super) async fn get(
    State(wire): State<Wire>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Arc<Place>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> HttpResponse {
    let accepts = Accepts::of(&headers);
    let query = query.unwrap_or_default();
    if query.is_empty() && accepts.html {
        return Redirect::to("/playground").into_response();
    }
    let (owner, admitted) = admit(&wire, peer, &headers).await;
    let answered = match admitted {
        Ok(caller) => answer_get(&wire, caller, &query, accepts).await,
        Err(refusal) => Err(refusal),
    };
    finish(&wire, owner, &place, accepts, answered).await
}

async fn answer_get(wire: &Wire, caller: Caller, query: &str, accepts: Accepts) -> Result<Answer, Refusal> {
    let media = single(accepts)?;
    let asked = read_query_string(query)?;
    let prepared = prepare(wire, asked, &caller)?;
    if prepared.kind != OperationType::Query {
        return Err(Refusal::new("METHOD_NOT_ALLOWED", "GET takes queries only. Send this by POST."));
    }
    Ok(Answer::Response(media, execute(wire, prepared).await))
}

/// Answers every other method.
pub(super) async fn other_method(headers: HeaderMap) -> HttpResponse {
    let refusal = Refusal::new("METHOD_NOT_ALLOWED", "GraphQL takes POST, and GET for queries.");
    let mut response = refuse(Accepts::of(&headers), refusal);
    let allowed = HeaderValue::from_static("GET, POST");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// The parts of a query string, `variables` and `extensions` being JSON in it.
fn read_query_string(query: &str) -> Result<Asked, Refusal> {
    let uri = axum::http::Uri::builder()
        .path_and_query(format!("/?{query}"))
        .build()
        .map_err(|_| Refusal::bad_request("The query string is not one."))?;
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map_err(|_| Refusal::bad_request("The query string is not one."))?;
    let mut fields = async_graphql::indexmap::IndexMap::new();
    for (name, text) in pairs.0 {
        let value = match name.as_str() {
            "query" | "operationName" | "documentId" => Value::String(text),
            "variables" | "extensions" => serde_json::from_str(&text)
                .map_err(|error| Refusal::bad_request(format!("`{name}` is not JSON: {error}.")))?,
            _ => continue,
        };
        fields.insert(async_graphql::Name::new(name), value);
    }
    Asked::read(Value::Object(fields), query.len())
}

/// Only what a browser does not send to another site without asking.
fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(header::CONTENT_TYPE);
    let essence =
        value.and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next()).unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Refusal::new("UNSUPPORTED_MEDIA_TYPE", "Send application/json."))
}

async fn read(wire: &Wire, headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Refusal> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if let Some(found) = announced.filter(|found| *found > most) {
        return Err(Refusal::too_large("The body", most, found));
    }
    let reading = to_bytes(body, most);
    match tokio::time::timeout(wire.settings().timing.request, reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // Either it is too long or the client has gone; then nobody reads this.
        Ok(Err(_)) => Err(Refusal::too_large("The body", most, most + 1)),
        Err(_) => Err(Refusal::new("REQUEST_TIMEOUT", "The body did not come in time.")),
    }
}

fn check_accepts(accepts: Accepts) -> Result<(), Refusal> {
    if accepts.media.is_some() || accepts.multipart {
        return Ok(());
    }
    Err(not_acceptable())
}

fn single(accepts: Accepts) -> Result<Media, Refusal> {
    accepts.media.ok_or_else(not_acceptable)
}

fn not_acceptable() -> Refusal {
    Refusal::new("NOT_ACCEPTABLE", "Accept application/graphql-response+json or application/json.")
}

/// A request that was not executed carries no `data` at all.
#[derive(Serialize)]
struct Refused<'a> {
    errors: &'a [async_graphql::ServerError],
}

/// Writes a GraphQL response, for whose bytes `keep` finds room.
fn respond(media: Media, mut response: Response, keep: impl FnOnce(Vec<u8>) -> Result<Bytes, Error>) -> HttpResponse {
    let headers = std::mem::take(&mut response.http_headers);
    let wait = response.errors.first().and_then(retry_after_of);
    let (status, body) = if is_request_error(&response) {
        let errors = &response.errors;
        let code = errors.first().and_then(code_of).unwrap_or_default();
        (status_for(media, code), serde_json::to_vec(&Refused { errors }).unwrap_or_default())
    } else {
        (StatusCode::OK, write(&response))
    };
    let body = match keep(body) {
        Ok(body) => body,
        Err(error) => return respond_small(media, Refusal::from(error)),
    };
    let mut reply = (status, body).into_response();
    if let Some((name, value)) = header_for(status, wait) {
        reply.headers_mut().insert(name, value);
    }
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    reply.headers_mut().extend(headers);
    reply
}

/// Writes a refusal, which needs no room.
fn respond_small(media: Media, refusal: Refusal) -> HttpResponse {
    refusal.count("http");
    respond(media, refusal.into_response(), |json| Ok(json.into()))
}

fn status_for(media: Media, code: &str) -> StatusCode {
    match media {
        Media::Json if speaks_graphql(code) => StatusCode::OK,
        _ => status_of(code),
    }
}

/// The header that HTTP wants beside some statuses. `wait`: in how many seconds it may be tried again.
fn header_for(status: StatusCode, wait: Option<u64>) -> Option<(HeaderName, HeaderValue)> {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, HeaderValue::from_static("POST"))),
        StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            let wait = wait.unwrap_or_else(|| Error::retry_seconds(Error::pause()));
            Some((header::RETRY_AFTER, wait.into()))
        }
        _ => None,
    }
}

/// Writes a refusal at once.
pub(super) fn refuse(accepts: Accepts, refusal: Refusal) -> HttpResponse {
    respond_small(accepts.media.unwrap_or(Media::Json), refusal)
}
