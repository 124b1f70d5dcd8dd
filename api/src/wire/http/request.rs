//! Parses GraphQL requests, from bodies and query strings.
//!
//! Only the form is checked: a request is a JSON object with a `query` and, if present, a string `operationName`
//! and objects `variables` and `extensions`. Unknown fields are ignored.

use async_graphql::{ParseRequestError, Request};
use async_graphql_axum::GraphQLRequest;
use async_graphql_axum::rejection::GraphQLRejection;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// Maximum length of an operation name, in bytes.
const MAX_OPERATION_NAME_BYTES: usize = 256;

/// Parses the body of a POST request.
///
/// # Errors
/// `BAD_REQUEST` if it is not a GraphQL request, and the errors of [`check`].
pub(super) async fn from_body(parts: Parts, body: Bytes) -> Result<Request, Refusal> {
    // Some Windows tools prepend a byte order mark.
    let json = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body);
    // The library would take an array for a batch, or for the values of the fields.
    if json.trim_ascii_start().starts_with(b"[") {
        return Err(Refusal::bad_request("A GraphQL request must be a JSON object. Batches are not supported."));
    }
    let request = axum::extract::Request::from_parts(parts, Body::from(body.slice_ref(json)));
    match GraphQLRequest::<GraphQLRejection>::from_request(request, &()).await {
        Ok(request) => check(request.into_inner()),
        Err(GraphQLRejection(ParseRequestError::InvalidRequest(error))) => {
            Err(malformed(error.downcast_ref::<serde_json::Error>()))
        }
        Err(GraphQLRejection(error)) => Err(Refusal::bad_request(format!("Invalid request: {error}."))),
    }
}

/// The query string of a GET request, in which `variables` and `extensions` are JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    #[serde(default)]
    query: String,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// Parses a query string.
///
/// # Errors
/// `BAD_REQUEST` if it is not a GraphQL request, and the errors of [`check`].
pub(super) fn from_query_string(uri: &Uri) -> Result<Request, Refusal> {
    let Query(parameters) = Query::<Parameters>::try_from_uri(uri)
        .map_err(|error| Refusal::bad_request(format!("Invalid query string: {error}.")))?;
    let mut request = Request::new(parameters.query);
    request.operation_name = parameters.operation_name;
    request.variables = json("variables", parameters.variables)?;
    request.extensions = json("extensions", parameters.extensions)?;
    check(request)
}

fn json<T: DeserializeOwned + Default>(name: &str, text: Option<String>) -> Result<T, Refusal> {
    let Some(text) = text else { return Ok(T::default()) };
    serde_json::from_str(&text)
        .map_err(|error| Refusal::bad_request(format!("`{name}` is not a valid JSON object: {error}.")))
}

/// Checks what the type of a request allows, but the protocol does not.
///
/// # Errors
/// `BAD_REQUEST` without a document, `PERSISTED_QUERY_NOT_SUPPORTED` if there is its hash instead, and
/// `PAYLOAD_TOO_LARGE` if the operation name is too long.
pub(super) fn check(mut request: Request) -> Result<Request, Refusal> {
    if request.query.is_empty() {
        // Clients with automatic persisted queries recognize the message and retry with the full document.
        return Err(if request.extensions.contains_key("persistedQuery") {
            Refusal::new("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        } else {
            Refusal::bad_request("`query` is missing. Send the full document.")
        });
    }
    request.operation_name = request.operation_name.filter(|name| !name.is_empty());
    match request.operation_name.as_deref().map_or(0, str::len) {
        length if length > MAX_OPERATION_NAME_BYTES => {
            Err(Refusal::too_large("`operationName`", MAX_OPERATION_NAME_BYTES, length))
        }
        _ => Ok(request),
    }
}

/// Describes a syntax error by its position, and any other error by the expected form.
pub(super) fn malformed(error: Option<&serde_json::Error>) -> Refusal {
    match error {
        Some(error) if !error.is_data() => Refusal::bad_request(format!("Invalid JSON: {error}.")),
        _ => Refusal::bad_request(
            "A GraphQL request must be a JSON object with a string `query` and, if present, a string `operationName` and objects `variables` and `extensions`.",
        ),
    }
}
