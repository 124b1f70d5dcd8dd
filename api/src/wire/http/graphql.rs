//! GraphQL over HTTP: `POST /graphql`, and `GET /graphql` for queries.
//!
//! Follows the GraphQL over HTTP draft and passes all 61 official audits. Accepts only `application/json`, so
//! other sites cannot post without a preflight, which only allowed origins pass. GET never changes anything.
//! Every response is JSON and every error has a code.

use std::net::SocketAddr;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Redirect, Response as HttpResponse};

use super::accept::{Accept, MediaType};
use super::caller::{Caller, address};
use super::connections::ConnectionSlot;
use super::execution::{execute, prepare};
use super::refusal::Refusal;
use super::response::{Reply, respond, respond_refusal};
use super::state::HttpState;
use super::{charge, multipart, request};
use crate::ground::budget::{Owner, Payer};
use crate::ground::error::Error;
use crate::ground::network;

/// Maximum size of a body: a message of 16,000 characters in any script, escaped, and its document.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// Maximum size of a body without a session: the largest document, escaped, and credentials.
const MAX_UNAUTHENTICATED_BODY_BYTES: usize = 64 * 1024;

/// Handles `POST /graphql`.
pub(super) async fn post(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    request: Request,
) -> HttpResponse {
    let accepts = Accept::from_headers(request.headers());
    let (owner, admitted) = admit(&state, peer, request.headers()).await;
    let result = async { handle_post(&state, admitted?, &slot, request, accepts).await }.await;
    finish(&state, owner, &slot, accepts, result).await
}

/// Charges a request and identifies its caller before the body is read. Returns the owner in any case.
async fn admit(state: &HttpState, peer: SocketAddr, headers: &HeaderMap) -> (Owner, Result<Caller, Refusal>) {
    let address = address(state, peer, headers);
    let address_owner = Owner::Address(network::client(address));
    if let Err(refused) = charge::request(state, &Payer::for_address(address)) {
        return (address_owner, Err(refused.into()));
    }
    let caller = match Caller::from_request(state, peer, headers).await {
        Ok(caller) => caller,
        Err(refusal) => return (address_owner, Err(refusal)),
    };
    let arrived = charge::request_to_account(state, &caller);
    (caller.owner(), arrived.map(|()| caller).map_err(Refusal::from))
}

/// Writes a response or refusal. Delays rate limit errors.
async fn finish(
    state: &HttpState,
    owner: Owner,
    slot: &Arc<ConnectionSlot>,
    accepts: Accept,
    result: Result<Reply, Refusal>,
) -> HttpResponse {
    let (media, response) = match result {
        Ok(Reply::Stream(stream)) => return stream,
        Ok(Reply::Response(media, response)) => (media, response),
        Err(refusal) => {
            refusal.count("http");
            (accepts.media.unwrap_or(MediaType::Json), refusal.into_response())
        }
    };
    let response = state.refusal_delay().delay_response(owner, slot, response).await;
    respond(media, response, |json| state.response_budget().attach(owner, slot, json)).await
}

fn has_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE)
}

async fn handle_post(
    state: &HttpState,
    caller: Caller,
    slot: &Arc<ConnectionSlot>,
    request: Request,
    accepts: Accept,
) -> Result<Reply, Refusal> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    require_acceptable(accepts)?;
    require_json(headers)?;
    let max_bytes = if caller.account().is_some() { MAX_BODY_BYTES } else { MAX_UNAUTHENTICATED_BODY_BYTES };
    let body = match read_body(state, headers, body, max_bytes).await {
        // An expired session is reported as such, so that the client signs in and retries.
        Err(refusal) if refusal.code == "PAYLOAD_TOO_LARGE" && caller.viewer.is_none() && has_credentials(headers) => {
            return Err(Error::Unauthenticated.into());
        }
        read => read?,
    };
    let request = request::from_body(parts, body).await?;
    let prepared = prepare(state, request, &caller)?;
    if prepared.kind == OperationType::Subscription {
        return multipart::stream(state, caller, slot, prepared, accepts).await;
    }
    let response = execute(state, prepared).await;
    Ok(Reply::Response(single_media_type(accepts)?, response))
}

/// Handles `GET /graphql`: a query in the query string. Redirects browsers to the playground.
pub(super) async fn get(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    headers: HeaderMap,
    uri: Uri,
) -> HttpResponse {
    let accepts = Accept::from_headers(&headers);
    if uri.query().unwrap_or_default().is_empty() && accepts.html {
        return Redirect::to("/playground").into_response();
    }
    let (owner, admitted) = admit(&state, peer, &headers).await;
    let result = async { handle_get(&state, admitted?, &uri, accepts).await }.await;
    finish(&state, owner, &slot, accepts, result).await
}

async fn handle_get(state: &HttpState, caller: Caller, uri: &Uri, accepts: Accept) -> Result<Reply, Refusal> {
    let media = single_media_type(accepts)?;
    let request = request::from_query_string(uri)?;
    let prepared = prepare(state, request, &caller)?;
    if prepared.kind != OperationType::Query {
        return Err(Refusal::new("METHOD_NOT_ALLOWED", "GET supports queries only. Use POST."));
    }
    Ok(Reply::Response(media, execute(state, prepared).await))
}

/// Handles all other methods.
pub(super) async fn other_method(headers: HeaderMap) -> HttpResponse {
    let refusal = Refusal::new("METHOD_NOT_ALLOWED", "Method not allowed. Use POST, or GET for queries.");
    let mut response = respond_refusal(Accept::from_headers(&headers), refusal);
    let allowed = HeaderValue::from_static("GET, POST");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// Requires a content type that browsers do not send cross-origin without a preflight.
fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(header::CONTENT_TYPE);
    let essence =
        value.and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next()).unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Refusal::new("UNSUPPORTED_MEDIA_TYPE", "Unsupported media type. Send application/json."))
}

async fn read_body(state: &HttpState, headers: &HeaderMap, body: Body, max_bytes: usize) -> Result<Bytes, Refusal> {
    let content_length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if let Some(length) = content_length.filter(|length| *length > max_bytes) {
        return Err(Refusal::too_large("The body", max_bytes, length));
    }
    let reading = to_bytes(body, max_bytes);
    match tokio::time::timeout(state.settings().timing.request_timeout, reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // The body is too long, or the client is gone and nothing reads the response.
        Ok(Err(_)) => Err(Refusal::too_large("The body", max_bytes, max_bytes + 1)),
        Err(_) => Err(Refusal::new("REQUEST_TIMEOUT", "Timed out while reading the body.")),
    }
}

fn require_acceptable(accepts: Accept) -> Result<(), Refusal> {
    if accepts.media.is_some() || accepts.multipart {
        return Ok(());
    }
    Err(not_acceptable())
}

fn single_media_type(accepts: Accept) -> Result<MediaType, Refusal> {
    accepts.media.ok_or_else(not_acceptable)
}

fn not_acceptable() -> Refusal {
    Refusal::new("NOT_ACCEPTABLE", "Not acceptable. Accept application/graphql-response+json or application/json.")
}
