//! Why the wire says no, before anything of ours has run.
//!
//! A refusal has a code from one table, a sentence for people and, for a limit, what was found and
//! how much is taken. It becomes a GraphQL error; which HTTP status goes with a code stands here too.
//! It knows neither transport.

use std::time::Duration;

use async_graphql::parser;
use async_graphql::{Pos, Response, ServerError};
use axum::http::StatusCode;

use crate::error::Error;

/// Errors of one answer beyond this many say nothing new.
const MOST_ERRORS: usize = 25;

/// A refusal on its way to the caller.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The value of `extensions.code`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    locations: Vec<Pos>,
    limit: Option<Box<Limit>>,
    /// The argument or input field that is wrong.
    field: Option<String>,
    /// When it may be tried again, where that is known.
    pub retry_after: Option<Duration>,
}

/// A limit and what went beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// What is counted, in the plural.
    pub what: &'static str,
    /// As many are taken.
    pub most: u64,
    /// As many were found (at least).
    pub found: u64,
}

impl Refusal {
    /// A refusal with this code and sentence. What is unavailable may be tried again after a while.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        let retry_after = (code == "UNAVAILABLE").then(Error::pause);
        Self { code, message: message.into(), locations: Vec::new(), limit: None, field: None, retry_after }
    }

    /// A refusal of one who has enough at the same time: when some of it has ended they may try again.
    pub fn crowded(message: String) -> Self {
        Self { retry_after: Some(Error::pause()), ..Self::new("RATE_LIMITED", message) }
    }

    /// A request that is not one.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new("BAD_REQUEST", message)
    }

    /// A document that goes beyond a limit.
    pub fn limit(what: &'static str, most: u64, found: u64) -> Self {
        let message = format!("The document has {found} {what}; at most {most} are taken.");
        Self { limit: Some(Limit { what, most, found }.into()), ..Self::new("GRAPHQL_VALIDATION_FAILED", message) }
    }

    /// Something with more bytes than are taken.
    pub fn too_large(thing: &str, most: usize, found: usize) -> Self {
        let message = format!("{thing} has {found} bytes; at most {most} are taken.");
        let (most, found) = (most as u64, found as u64);
        Self { limit: Some(Limit { what: "bytes", most, found }.into()), ..Self::new("PAYLOAD_TOO_LARGE", message) }
    }

    /// Something else that goes beyond a limit.
    pub fn beyond(code: &'static str, message: String, limit: Limit) -> Self {
        Self { limit: Some(limit.into()), ..Self::new(code, message) }
    }

    /// The same refusal, of this argument or input field.
    pub fn of_field(mut self, field: String) -> Self {
        self.field = Some(field);
        self
    }

    /// The same refusal, pointing into the document.
    pub fn at(mut self, pos: Pos) -> Self {
        self.locations.push(pos);
        self
    }

    /// Counts it in the metrics.
    pub fn count(&self, transport: &'static str) {
        let labels = [("transport", transport), ("code", self.code)];
        metrics::counter!("confab_refusals_total", &labels).increment(1);
    }

    /// In how many seconds it may be tried again, where that is known.
    pub fn retry_seconds(&self) -> Option<u64> {
        self.retry_after.map(Error::retry_seconds)
    }

    /// As one error of a GraphQL response.
    pub fn into_error(self) -> ServerError {
        let mut error = ServerError::new(self.message, None);
        error.locations = self.locations;
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", self.code);
        if let Some(field) = self.field {
            extensions.set("field", field);
        }
        if let Some(Limit { what, most, found }) = self.limit.as_deref().copied() {
            extensions.set("limit", what);
            extensions.set("most", most);
            extensions.set("found", found);
        }
        if let Some(wait) = self.retry_after {
            extensions.set("retryAfter", Error::retry_seconds(wait));
        }
        error
    }

    /// As a whole GraphQL response.
    pub fn into_response(self) -> Response {
        Response::from_errors(vec![self.into_error()])
    }
}

impl From<parser::Error> for Refusal {
    fn from(error: parser::Error) -> Self {
        let text = error.to_string();
        // The parser draws the line with the mistake under it; what it expected comes last.
        let last = text.rsplit("= ").next().unwrap_or(&text).trim();
        let message = format!("This is not a GraphQL document: {last}.");
        let mut refusal = Self::new("GRAPHQL_PARSE_FAILED", message);
        refusal.locations = error.positions().collect();
        refusal
    }
}

impl From<Error> for Refusal {
    /// Internals stay here: they go to the log under a number that the caller can name.
    fn from(error: Error) -> Self {
        if let Error::Internal(what) = error {
            return internal(&what);
        }
        let mut refusal = Self::new(error.code(), error.to_string());
        refusal.retry_after = error.retry_after();
        refusal
    }
}

/// A defect: logged with its text, answered with the number of the log line only.
pub(crate) fn internal(what: &str) -> Refusal {
    let trace = format!("{:016x}", rand::random::<u64>());
    tracing::error!(%trace, what, "internal error on the wire");
    Refusal::new("INTERNAL", format!("Something went wrong on the server. Its log has more under {trace}."))
}

/// The code of an error, if it has one.
pub(crate) fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        _ => None,
    }
}

/// In how many seconds it may be tried again, if an error says so.
pub(crate) fn retry_after_of(error: &ServerError) -> Option<u64> {
    match error.extensions.as_ref()?.get("retryAfter")? {
        async_graphql::Value::Number(seconds) => seconds.as_u64(),
        _ => None,
    }
}

/// Whether nothing was executed: no data, and no error points into a result.
pub(crate) fn is_request_error(response: &Response) -> bool {
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Gives errors of the library their codes and cuts what no client can use.
pub(crate) fn tidy(mut response: Response) -> Response {
    let refused = is_request_error(&response);
    response.errors.truncate(MOST_ERRORS);
    for error in &mut response.errors {
        if code_of(error).is_none() {
            let code = if refused { "GRAPHQL_VALIDATION_FAILED" } else { "INTERNAL" };
            error.extensions.get_or_insert_default().set("code", code);
        }
    }
    response
}

/// The HTTP status that goes with a code.
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

/// Whether a code speaks about the GraphQL document or its variables. Clients that take only
/// `application/json` get such errors with 200, as the official audits want it.
pub(crate) fn speaks_graphql(code: &str) -> bool {
    matches!(
        code,
        "GRAPHQL_PARSE_FAILED"
            | "GRAPHQL_VALIDATION_FAILED"
            | "OPERATION_RESOLUTION_FAILURE"
            | "BAD_USER_INPUT"
            | "PERSISTED_QUERY_NOT_SUPPORTED"
    )
}
