//! Writes responses to GraphQL requests: status, media type, headers and body. Responses have a maximum size.

use async_graphql::Response;
use async_graphql_axum::GraphQLResponse;
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use serde::Serialize;

use super::accept::{Accept, MediaType};
use super::refusal::{Refusal, code_of, internal, is_graphql_code, is_request_error, retry_after_of, status_of};
use crate::ground::allowance::RESPONSE_BYTES;
use crate::ground::error::Error;
use crate::wire::graphql::size;

/// The result of a request.
pub(super) enum Reply {
    Response(MediaType, Response),
    Stream(HttpResponse),
}

/// The response of a request that was not executed, which has no `data`.
#[derive(Serialize)]
struct RequestErrors<'a> {
    errors: &'a [async_graphql::ServerError],
}

/// Writes a GraphQL response. `keep` reserves its bytes.
pub(super) async fn respond(
    media: MediaType,
    response: Response,
    keep: impl FnOnce(Bytes) -> Result<Bytes, Error>,
) -> HttpResponse {
    let (parts, body) = render(media, response).into_parts();
    let body = to_bytes(body, RESPONSE_BYTES).await.map_err(|_| size::too_large());
    match body.and_then(keep) {
        Ok(body) => HttpResponse::from_parts(parts, Body::from(body)),
        Err(error) => render_refusal(media, Refusal::from(error)),
    }
}

/// Renders an executed response as the library does, and a request error without `data`.
fn render(media: MediaType, response: Response) -> HttpResponse {
    let mut rendered = if is_request_error(&response) {
        let errors = &response.errors;
        let status = status_for(media, errors.first().and_then(code_of).unwrap_or_default());
        let mut refused = (status, Json(RequestErrors { errors })).into_response();
        if let Some((name, value)) = required_header(status, errors.first().and_then(retry_after_of)) {
            refused.headers_mut().insert(name, value);
        }
        refused
    } else {
        GraphQLResponse::from(response).into_response()
    };
    rendered.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    rendered
}

fn render_refusal(media: MediaType, refusal: Refusal) -> HttpResponse {
    refusal.count("http");
    render(media, refusal.into_response())
}

fn status_for(media: MediaType, code: &str) -> StatusCode {
    match media {
        MediaType::Json if is_graphql_code(code) => StatusCode::OK,
        _ => status_of(code),
    }
}

/// Returns the header required with some statuses. `wait`: seconds until a retry.
fn required_header(status: StatusCode, wait: Option<u64>) -> Option<(HeaderName, HeaderValue)> {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, HeaderValue::from_static("POST"))),
        StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            let wait = wait.unwrap_or_else(|| Error::retry_seconds(Error::retry_delay()));
            Some((header::RETRY_AFTER, wait.into()))
        }
        _ => None,
    }
}

/// Writes a refusal without delay.
pub(super) fn respond_refusal(accepts: Accept, refusal: Refusal) -> HttpResponse {
    render_refusal(accepts.media.unwrap_or(MediaType::Json), refusal)
}

/// Serializes a response. Enforces the maximum size even if the incremental count missed something.
pub(crate) fn serialize(response: &Response) -> Vec<u8> {
    match serde_json::to_vec(response) {
        Ok(json) if json.len() <= RESPONSE_BYTES => json,
        Ok(_) => serialize_refusal(Refusal::from(size::too_large())),
        Err(error) => serialize_refusal(internal(&error.to_string())),
    }
}

fn serialize_refusal(refusal: Refusal) -> Vec<u8> {
    serde_json::to_vec(&refusal.into_response()).unwrap_or_default()
}
