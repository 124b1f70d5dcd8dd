//! A GraphQL client over HTTP with retries.
//!
//! Transient failures (`UNAVAILABLE`, `RATE_LIMITED`, a broken connection) are retried after the delay that the server
//! asks for, with the same ids, so that nothing is executed twice. Requests and retries have timeouts.

use std::time::{Duration, Instant};

use rand::RngExt;
use serde_json::{Value, json};

/// Timeout of a single request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Total time to retry a request for.
const RETRY_TIMEOUT: Duration = Duration::from_secs(300);
/// Maximum delay between attempts if the server does not name one.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// Why a request failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The server returned an error.
    #[error("{message} ({code})")]
    Rejected {
        /// `extensions.code`.
        code: String,
        /// The error message.
        message: String,
        /// The delay that the server asks for.
        retry_after: Option<Duration>,
    },
    /// No response, or one that is not GraphQL.
    #[error("{0}")]
    Unreachable(String),
}

impl Failure {
    /// Whether the server returned this error code.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Rejected { code, .. } if code == wanted)
    }

    /// Whether the failure is transient.
    fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Rejected { code, .. } => code == "UNAVAILABLE" || code == "RATE_LIMITED",
        }
    }
}

/// A client of a server, optionally authenticated. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    endpoint: String,
    token: Option<String>,
}

impl Client {
    /// Creates a client without authentication.
    ///
    /// # Errors
    /// The URL is invalid.
    pub fn new(url: &str) -> Result<Self, Failure> {
        crate::ground::tls::install_provider();
        let invalid_client = |error: reqwest::Error| Failure::Unreachable(format!("{url}: {error}"));
        let url = reqwest::Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| Failure::Unreachable(format!("{url} is not an HTTP URL")))?;
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .user_agent(concat!("confab-seed/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(invalid_client)?;
        let endpoint = format!("{}/graphql", url.as_str().trim_end_matches('/'));
        Ok(Self { http, endpoint, token: None })
    }

    /// Returns a client that authenticates with this token.
    pub fn signed_in(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Sends a document and returns its `data`, with retries.
    ///
    /// # Errors
    /// The server rejects the request, or is still unavailable after [`RETRY_TIMEOUT`].
    pub async fn call(&self, document: &str, variables: &Value) -> Result<Value, Failure> {
        let started = Instant::now();
        let mut delay = Duration::from_millis(100);
        loop {
            let failure = match self.call_once(document, variables).await {
                Ok(data) => return Ok(data),
                Err(failure) => failure,
            };
            let retry_after = match &failure {
                Failure::Rejected { retry_after, .. } => *retry_after,
                Failure::Unreachable(_) => None,
            };
            // Jitter spreads the retries of concurrent clients.
            let wait = retry_after.unwrap_or(delay).mul_f64(rand::rng().random_range(1.0..1.3));
            if !failure.is_transient() || started.elapsed() + wait > RETRY_TIMEOUT {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
            delay = (delay * 2).min(MAX_RETRY_DELAY);
        }
    }

    /// Sends a document and returns its `data`, without retries.
    ///
    /// # Errors
    /// The server rejects the request or is unreachable.
    pub async fn call_once(&self, document: &str, variables: &Value) -> Result<Value, Failure> {
        let mut request = self
            .http
            .post(&self.endpoint)
            .header("accept", "application/graphql-response+json, application/json")
            .json(&json!({ "query": document, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let unreachable =
            |error: reqwest::Error| Failure::Unreachable(format!("{} is unreachable: {error}", self.endpoint));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        match serde_json::from_slice(&body) {
            Ok(parsed) => parse_response(parsed),
            Err(_) => Err(Failure::Unreachable(format!("{} returned {status} without GraphQL", self.endpoint))),
        }
    }
}

/// Extracts the data of a response, or its first error.
fn parse_response(mut parsed: Value) -> Result<Value, Failure> {
    let Some(error) = parsed.pointer("/errors/0") else {
        return match parsed.get_mut("data") {
            Some(data) if !data.is_null() => Ok(data.take()),
            _ => Err(Failure::Unreachable("response without data".into())),
        };
    };
    let text = |pointer: &str| error.pointer(pointer).and_then(Value::as_str);
    let seconds = error.pointer("/extensions/retryAfter").and_then(Value::as_f64);
    let seconds = seconds.filter(|seconds| (0.0..86_400.0).contains(seconds));
    Err(Failure::Rejected {
        code: text("/extensions/code").unwrap_or("INTERNAL").to_owned(),
        message: text("/message").unwrap_or("no message").to_owned(),
        retry_after: seconds.map(Duration::from_secs_f64),
    })
}

/// Reads a string that the schema guarantees.
///
/// # Errors
/// The string is missing.
pub fn text(data: &Value, pointer: &str) -> Result<String, Failure> {
    let found = data.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Failure::Unreachable(format!("response without {pointer}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_responses() {
        assert_eq!(parse_response(json!({"data": {"a": 1}})).unwrap(), json!({"a": 1}));
        assert!(parse_response(json!({"data": null})).is_err());
        let rejected = json!({"data": null, "errors": [{"message": "Later.",
            "extensions": {"code": "RATE_LIMITED", "retryAfter": 2}}]});
        let Err(failure) = parse_response(rejected) else { panic!("expected a rejection") };
        assert!(failure.is("RATE_LIMITED") && failure.is_transient());
        let Failure::Rejected { retry_after, .. } = failure else { panic!("expected a rejection") };
        assert_eq!(retry_after, Some(Duration::from_secs(2)));
        let conflict = json!({"errors": [{"message": "x", "extensions": {"code": "CONFLICT"}}]});
        assert!(!parse_response(conflict).unwrap_err().is_transient());
    }

    #[test]
    fn accepts_only_http_urls() {
        assert!(Client::new("http://127.0.0.1:8080/").is_ok());
        assert!(Client::new("ftp://127.0.0.1").is_err());
        assert!(Client::new("nonsense").is_err());
    }
}
