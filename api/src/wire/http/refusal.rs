//! Refusals: errors returned before execution.
//!
//! A refusal has a code, a message and, for limits, the maximum and the actual value. It is sent as a GraphQL
//! error. This module also maps codes to HTTP statuses.

use std::time::Duration;

use async_graphql::parser;
use async_graphql::resolver_utils::enum_value;
use async_graphql::{Pos, Response, ServerError};
use axum::http::StatusCode;

use crate::ground::error::{Error, Reason};
use crate::wire::graphql::error::ErrorReason;

/// Maximum errors in a response. Further errors are dropped.
const MAX_ERRORS: usize = 25;

/// A refusal of a request or operation.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The value of `extensions.code`.
    pub code: &'static str,
    /// A message for developers and users.
    pub message: String,
    locations: Vec<Pos>,
    limit: Option<Box<Limit>>,
    /// The invalid argument or input field.
    field: Option<String>,
    reason: Option<Reason>,
    /// Time until a retry may succeed, if known.
    pub retry_after: Option<Duration>,
}

/// An exceeded limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The unit, in plural form.
    pub what: &'static str,
    /// The maximum.
    pub max: u64,
    /// The actual value, or a lower bound of it.
    pub found: u64,
}

impl Refusal {
    /// Creates a refusal. `UNAVAILABLE` gets a retry time.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        let retry_after = (code == "UNAVAILABLE").then(Error::retry_delay);
        let (message, locations) = (message.into(), Vec::new());
        Self { code, message, locations, limit: None, field: None, reason: None, retry_after }
    }

    /// Creates a `RATE_LIMITED` refusal for too much concurrency, with a retry time.
    pub fn too_many(message: String) -> Self {
        Self { retry_after: Some(Error::retry_delay()), ..Self::new("RATE_LIMITED", message) }
    }

    /// Creates a refusal of a malformed request.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new("BAD_REQUEST", message)
    }

    /// Creates a refusal of a document that exceeds a limit.
    pub fn limit_exceeded(what: &'static str, max: u64, found: u64) -> Self {
        let message = format!("The document has {found} {what}: maximum {max}.");
        Self { limit: Some(Limit { what, max, found }.into()), ..Self::new("GRAPHQL_VALIDATION_FAILED", message) }
    }

    /// Creates a refusal of something with too many bytes.
    pub fn too_large(subject: &str, max: usize, found: usize) -> Self {
        let message = format!("{subject} has {found} bytes: maximum {max}.");
        let (max, found) = (max as u64, found as u64);
        Self { limit: Some(Limit { what: "bytes", max, found }.into()), ..Self::new("PAYLOAD_TOO_LARGE", message) }
    }

    /// Creates a refusal of another exceeded limit.
    pub fn with_limit(code: &'static str, message: String, limit: Limit) -> Self {
        Self { limit: Some(limit.into()), ..Self::new(code, message) }
    }

    /// Adds the invalid argument or input field.
    pub fn with_field(mut self, field: String) -> Self {
        self.field = Some(field);
        self
    }

    /// Adds a location in the document.
    pub fn with_location(mut self, pos: Pos) -> Self {
        self.locations.push(pos);
        self
    }

    /// Records the refusal in the metrics.
    pub fn count(&self, transport: &'static str) {
        let labels = [("transport", transport), ("code", self.code)];
        metrics::counter!("confab_refusals_total", &labels).increment(1);
    }

    /// Returns the seconds until a retry, if known.
    pub fn retry_seconds(&self) -> Option<u64> {
        self.retry_after.map(Error::retry_seconds)
    }

    /// Converts to an error of a GraphQL response.
    pub fn into_error(self) -> ServerError {
        let mut error = ServerError::new(self.message, None);
        error.locations = self.locations;
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", self.code);
        if let Some(field) = self.field {
            extensions.set("field", field);
        }
        if let Some(reason) = self.reason {
            extensions.set("reason", enum_value(ErrorReason::from(reason)));
        }
        if let Some(Limit { what, max, found }) = self.limit.as_deref().copied() {
            extensions.set("limit", what);
            extensions.set("most", max);
            extensions.set("found", found);
        }
        if let Some(wait) = self.retry_after {
            extensions.set("retryAfter", Error::retry_seconds(wait));
        }
        error
    }

    /// Converts to a complete GraphQL response.
    pub fn into_response(self) -> Response {
        Response::from_errors(vec![self.into_error()])
    }
}

impl From<parser::Error> for Refusal {
    fn from(error: parser::Error) -> Self {
        let text = error.to_string();
        // The parser quotes the line with the error; the expectation comes last.
        let last = text.rsplit("= ").next().unwrap_or(&text).trim();
        let message = format!("Invalid GraphQL document: {last}.");
        let mut refusal = Self::new("GRAPHQL_PARSE_FAILED", message);
        refusal.locations = error.positions().collect();
        refusal
    }
}

impl From<Error> for Refusal {
    /// Internal errors are only logged, under an ID that the response contains.
    fn from(error: Error) -> Self {
        if let Error::Internal(what) = error {
            return internal(&what);
        }
        let mut refusal = Self::new(error.code(), error.to_string());
        refusal.retry_after = error.retry_after();
        refusal.reason = error.reason();
        refusal
    }
}

/// Logs an internal error. The response only contains the ID of the log entry.
pub(crate) fn internal(what: &str) -> Refusal {
    let trace = format!("{:016x}", rand::random::<u64>());
    tracing::error!(%trace, what, "internal error");
    Refusal::new("INTERNAL", format!("Internal server error. Report the trace ID {trace} to the operator."))
}

/// Returns the code of an error, if any.
pub(crate) fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        _ => None,
    }
}

/// Returns the seconds until a retry, if the error has them.
pub(crate) fn retry_after_of(error: &ServerError) -> Option<u64> {
    match error.extensions.as_ref()?.get("retryAfter")? {
        async_graphql::Value::Number(seconds) => seconds.as_u64(),
        _ => None,
    }
}

/// Whether the request was not executed: no data, and no error has a path.
pub(crate) fn is_request_error(response: &Response) -> bool {
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Adds codes to errors of the library and truncates the list of errors.
pub(crate) fn normalize_errors(mut response: Response) -> Response {
    let refused = is_request_error(&response);
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        if code_of(error).is_none() {
            let code = if refused { "GRAPHQL_VALIDATION_FAILED" } else { "INTERNAL" };
            error.extensions.get_or_insert_default().set("code", code);
        }
    }
    response
}

/// Returns the HTTP status of a code.
pub(crate) fn status_of(code: &str) -> StatusCode {
    match code {
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "FORBIDDEN" => StatusCode::FORBIDDEN,
        "NOT_FOUND" => StatusCode::NOT_FOUND,
        "MISDIRECTED_REQUEST" => StatusCode::MISDIRECTED_REQUEST,
        "METHOD_NOT_ALLOWED" => StatusCode::METHOD_NOT_ALLOWED,
        "NOT_ACCEPTABLE" => StatusCode::NOT_ACCEPTABLE,
        "REQUEST_TIMEOUT" => StatusCode::REQUEST_TIMEOUT,
        "CONFLICT" => StatusCode::CONFLICT,
        "PAYLOAD_TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
        "UNSUPPORTED_MEDIA_TYPE" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Whether a code concerns the GraphQL document or its variables. Clients that accept only `application/json`
/// get these errors with status 200, as the official audits require.
pub(crate) fn is_graphql_code(code: &str) -> bool {
    matches!(
        code,
        "GRAPHQL_PARSE_FAILED"
            | "GRAPHQL_VALIDATION_FAILED"
            | "OPERATION_RESOLUTION_FAILURE"
            | "BAD_USER_INPUT"
            | "PERSISTED_QUERY_NOT_SUPPORTED"
    )
}
