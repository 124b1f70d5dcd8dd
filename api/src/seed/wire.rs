//! One person's connection to a server: GraphQL over HTTP, with patience.
//!
//! What the server could not do now (`UNAVAILABLE`, `RATE_LIMITED`, a broken connection) is sent again
//! after the time that it names, with the same ids, so that nothing is done twice. Every request has a
//! deadline and so has the patience. It knows nothing of what is asked.

use std::time::{Duration, Instant};

use rand::RngExt;
use serde_json::{Value, json};

/// One request may take so long.
const REQUEST: Duration = Duration::from_secs(30);
/// Nobody waits longer than this for one answer in all.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest pause between two attempts when the server names none.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a request did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The server answered with an error.
    #[error("{message} ({code})")]
    Refused {
        /// `extensions.code`.
        code: String,
        /// For people.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// There was no answer, or none in GraphQL.
    #[error("{0}")]
    Unreachable(String),
}

impl Failure {
    /// Whether the server refused with this code.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether the same request may succeed later.
    fn passes(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { code, .. } => code == "UNAVAILABLE" || code == "RATE_LIMITED",
        }
    }
}

/// A client of one server, perhaps signed in. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    endpoint: String,
    token: Option<String>,
}

impl Client {
    /// A client that is not signed in.
    ///
    /// # Errors
    /// The address is none.
    pub fn new(url: &str) -> Result<Self, Failure> {
        crate::tls::choose();
        let unusable = |error: reqwest::Error| Failure::Unreachable(format!("{url}: {error}"));
        let url = reqwest::Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| Failure::Unreachable(format!("{url} is not an http address")))?;
        let http = reqwest::Client::builder()
            .timeout(REQUEST)
            .user_agent(concat!("confab-seed/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(unusable)?;
        let endpoint = format!("{}/graphql", url.as_str().trim_end_matches('/'));
        Ok(Self { http, endpoint, token: None })
    }

    /// The same server, as the person to whom this token belongs.
    pub fn signed_in(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Sends one document and answers its `data`.
    ///
    /// # Errors
    /// The server refuses it, or does not answer for longer than the patience lasts.
    pub async fn call(&self, document: &str, variables: &Value) -> Result<Value, Failure> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(100);
        loop {
            let failure = match self.call_once(document, variables).await {
                Ok(data) => return Ok(data),
                Err(failure) => failure,
            };
            let asked = match &failure {
                Failure::Refused { retry_after, .. } => *retry_after,
                Failure::Unreachable(_) => None,
            };
            // Not all at the same moment: those who wait come back spread out.
            let wait = asked.unwrap_or(pause).mul_f64(rand::rng().random_range(1.0..1.3));
            if !failure.passes() || begun.elapsed() + wait > PATIENCE {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The same without patience.
    ///
    /// # Errors
    /// The server refuses it or does not answer.
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
            |error: reqwest::Error| Failure::Unreachable(format!("{} does not answer: {error}", self.endpoint));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        match serde_json::from_slice(&body) {
            Ok(answer) => read(answer),
            Err(_) => Err(Failure::Unreachable(format!("{} answers {status}, and not in GraphQL", self.endpoint))),
        }
    }
}

/// Splits an answer into its data or its first error.
fn read(mut answer: Value) -> Result<Value, Failure> {
    let Some(error) = answer.pointer("/errors/0") else {
        return match answer.get_mut("data") {
            Some(data) if !data.is_null() => Ok(data.take()),
            _ => Err(Failure::Unreachable("an answer without data".into())),
        };
    };
    let text = |pointer: &str| error.pointer(pointer).and_then(Value::as_str);
    let seconds = error.pointer("/extensions/retryAfter").and_then(Value::as_f64);
    let seconds = seconds.filter(|seconds| (0.0..86_400.0).contains(seconds));
    Err(Failure::Refused {
        code: text("/extensions/code").unwrap_or("INTERNAL").to_owned(),
        message: text("/message").unwrap_or("no message").to_owned(),
        retry_after: seconds.map(Duration::from_secs_f64),
    })
}

/// A text in an answer that the schema promises.
///
/// # Errors
/// It is not there.
pub fn text(data: &Value, pointer: &str) -> Result<String, Failure> {
    let found = data.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Failure::Unreachable(format!("the answer has no {pointer}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        assert_eq!(read(json!({"data": {"a": 1}})).unwrap(), json!({"a": 1}));
        assert!(read(json!({"data": null})).is_err());
        let refused = json!({"data": null, "errors": [{"message": "Later.",
            "extensions": {"code": "RATE_LIMITED", "retryAfter": 2}}]});
        let Err(failure) = read(refused) else { panic!("not refused") };
        assert!(failure.is("RATE_LIMITED") && failure.passes());
        let Failure::Refused { retry_after, .. } = failure else { panic!("not refused") };
        assert_eq!(retry_after, Some(Duration::from_secs(2)));
        let conflict = json!({"errors": [{"message": "x", "extensions": {"code": "CONFLICT"}}]});
        assert!(!read(conflict).unwrap_err().passes());
    }

    #[test]
    fn only_http_addresses_are_taken() {
        assert!(Client::new("http://127.0.0.1:8080/").is_ok());
        assert!(Client::new("ftp://127.0.0.1").is_err());
        assert!(Client::new("nonsense").is_err());
    }
}
