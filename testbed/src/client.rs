//! A GraphQL client over HTTP.
//!
//! [`Client::new`] opens a connection per request, so that it belongs to no runtime and survives restarts of its
//! server. [`Client::pooled`] keeps connections, also over TLS. A truncated response counts as none. Nothing is retried
//! unless [`Client::with_retries`] asks for it; retries repeat the same ids, so that nothing is executed twice.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rand::RngExt;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// Timeout of a request, unless another one is set.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);
/// Delay before the first retry if the server names none. It doubles with every attempt.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(100);
/// Maximum delay between attempts if the server names none.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// Why a request returned no data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No complete GraphQL response: whether the request took effect is unknown.
    #[error("{0}")]
    NoResponse(String),
    /// The server returned an error.
    #[error("{message} ({code})")]
    Rejected {
        /// `extensions.code` of the first error.
        code: String,
        /// `extensions.reason`, if it has one.
        reason: Option<String>,
        /// Its message.
        message: String,
        /// The delay that the server asks for.
        retry_after: Option<Duration>,
    },
}

impl RequestError {
    /// The error code; `NO_RESPONSE` without one.
    pub fn code(&self) -> &str {
        match self {
            Self::NoResponse(_) => "NO_RESPONSE",
            Self::Rejected { code, .. } => code,
        }
    }

    /// Whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self.code(), "NO_RESPONSE" | "UNAVAILABLE" | "RATE_LIMITED")
    }

    /// The first error of a response, if there is one.
    fn in_response(response: &Value) -> Option<Self> {
        let error = response.pointer("/errors/0")?;
        let text = |pointer: &str| error.pointer(pointer).and_then(Value::as_str);
        let seconds = error.pointer("/extensions/retryAfter").and_then(Value::as_f64);
        Some(Self::Rejected {
            code: text("/extensions/code").unwrap_or("NO_CODE").to_owned(),
            reason: text("/extensions/reason").map(str::to_owned),
            message: text("/message").unwrap_or("no message").to_owned(),
            retry_after: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        })
    }
}

/// A client of one server, optionally authenticated. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// URL of the server, without a trailing slash.
    pub url: String,
    /// Session token.
    pub token: Option<String>,
    timeout: Duration,
    retry_timeout: Duration,
}

impl Client {
    /// A client of a server on this machine.
    pub fn new(server: impl Into<SocketAddr>) -> Self {
        Self::over(loopback_http(), format!("http://{}", server.into()))
    }

    /// A client that keeps connections to a URL.
    pub fn pooled(url: &str) -> Result<Self, RequestError> {
        let parsed = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let invalid = || RequestError::NoResponse(format!("{url} is not an HTTP URL"));
        let url = parsed.ok_or_else(invalid)?.as_str().trim_end_matches('/').to_owned();
        Ok(Self::over(build(http_builder()), url))
    }

    /// A client that connects from another loopback address. Servers apply no rate limits to loopback addresses, so
    /// each request claims to be forwarded for [`forwarded_address`], as by a local proxy.
    pub fn from_address(from: Ipv4Addr, server: SocketAddr) -> Self {
        let mut headers = HeaderMap::new();
        if let Ok(forwarded) = HeaderValue::from_str(&forwarded_address(from).to_string()) {
            headers.insert("x-forwarded-for", forwarded);
        }
        let http = http_builder().no_proxy().pool_max_idle_per_host(0).local_address(std::net::IpAddr::from(from));
        Self::over(build(http.default_headers(headers)), format!("http://{server}"))
    }

    fn over(http: reqwest::Client, url: String) -> Self {
        Self { http, url, token: None, timeout: REQUEST_TIMEOUT, retry_timeout: Duration::ZERO }
    }

    /// The same user on another server.
    pub fn at(&self, server: impl Into<SocketAddr>) -> Self {
        Self { url: format!("http://{}", server.into()), ..self.clone() }
    }

    /// The address of the server; none if its URL has a name.
    pub fn address(&self) -> Option<SocketAddr> {
        self.url.strip_prefix("http://")?.parse().ok()
    }

    /// The same server with a session.
    pub fn signed_in(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same server without a session.
    pub fn signed_out(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// Gives up on a request after this time.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Retries transient errors for this long, after the delays that the server asks for.
    pub fn with_retries(self, retry_timeout: Duration) -> Self {
        Self { retry_timeout, ..self }
    }

    /// Executes a document. Returns the complete response, which may contain errors.
    pub async fn execute(&self, document: &str, variables: &Value) -> Result<Value, RequestError> {
        let mut request = self
            .http
            .post(format!("{}/graphql", self.url))
            .timeout(self.timeout)
            .header("accept", "application/graphql-response+json")
            .json(&json!({ "query": document, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let unreachable = |error: reqwest::Error| RequestError::NoResponse(format!("{}: {error:?}", self.url));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        let not_graphql = |_| RequestError::NoResponse(format!("{} returned {status} without GraphQL", self.url));
        serde_json::from_slice(&body).map_err(not_graphql)
    }

    /// Executes a document. Returns its `data`.
    pub async fn try_query(&self, document: &str, variables: Value) -> Result<Value, RequestError> {
        let started = Instant::now();
        let mut delay = FIRST_RETRY_DELAY;
        loop {
            let error = match self.attempt(document, &variables).await {
                Ok(data) => return Ok(data),
                Err(error) => error,
            };
            let retry_after = match &error {
                RequestError::Rejected { retry_after, .. } => *retry_after,
                RequestError::NoResponse(_) => None,
            };
            // Jitter spreads the retries of concurrent clients.
            let wait = retry_after.unwrap_or(delay).mul_f64(rand::rng().random_range(1.0..1.3));
            if !error.is_transient() || started.elapsed() + wait > self.retry_timeout {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            delay = (delay * 2).min(MAX_RETRY_DELAY);
        }
    }

    async fn attempt(&self, document: &str, variables: &Value) -> Result<Value, RequestError> {
        let mut response = self.execute(document, variables).await?;
        match RequestError::in_response(&response) {
            Some(error) => Err(error),
            None => Ok(response["data"].take()),
        }
    }

    /// Executes a mutation by name. Returns its payload.
    pub async fn try_mutate(&self, mutation: &str, input: &Value, selection: &str) -> Result<Value, RequestError> {
        let mut data = self.try_query(&document(mutation, selection), json!({ "input": input })).await?;
        Ok(data[mutation].take())
    }

    /// Executes a query that must succeed.
    #[expect(clippy::panic, reason = "a panic fails the test")]
    pub async fn query(&self, document: &str, variables: Value) -> Value {
        let data = self.try_query(document, variables).await;
        data.unwrap_or_else(|error| panic!("{document}: {error}"))
    }

    /// Executes a mutation that must succeed.
    #[expect(clippy::panic, reason = "a panic fails the test")]
    pub async fn mutate(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let payload = self.try_mutate(mutation, &input, selection).await;
        payload.unwrap_or_else(|error| panic!("{mutation}({input}): {error}"))
    }
}

/// The document of a mutation with its input as variable.
pub fn document(mutation: &str, selection: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let kind = first.to_uppercase() + rest;
    format!("mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}")
}

/// The string at a JSON pointer such as `/workspace/id`.
pub fn text(value: &Value, pointer: &str) -> Result<String, RequestError> {
    let string = value.pointer(pointer).and_then(Value::as_str);
    string.map(str::to_owned).ok_or_else(|| RequestError::NoResponse(format!("no {pointer} in {value}")))
}

/// The public IP address that stands for a loopback address.
pub fn forwarded_address(from: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::new(203, 0, 113, from.octets()[3])
}

/// An HTTP client for servers on this machine, which opens a connection per request.
pub(crate) fn loopback_http() -> reqwest::Client {
    static HTTP: LazyLock<reqwest::Client> =
        LazyLock::new(|| build(http_builder().no_proxy().pool_max_idle_per_host(0)));
    HTTP.clone()
}

fn http_builder() -> reqwest::ClientBuilder {
    // Fails only if a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(REQUEST_TIMEOUT).redirect(reqwest::redirect::Policy::none())
}

#[expect(clippy::expect_used, reason = "no certificate or address is read from outside")]
fn build(builder: reqwest::ClientBuilder) -> reqwest::Client {
    builder.build().expect("a client of constant settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_first_error() {
        let rejected = json!({"data": null, "errors": [{"message": "Later.",
            "extensions": {"code": "RATE_LIMITED", "retryAfter": 2}}]});
        let error = RequestError::in_response(&rejected).unwrap();
        assert_eq!((error.to_string().as_str(), error.is_transient()), ("Later. (RATE_LIMITED)", true));
        let RequestError::Rejected { retry_after, .. } = error else { panic!("expected a rejection") };
        assert_eq!(retry_after, Some(Duration::from_secs(2)));
        let conflict = json!({"errors": [{"message": "x", "extensions": {"code": "CONFLICT", "retryAfter": -1}}]});
        assert!(!RequestError::in_response(&conflict).unwrap().is_transient());
        assert_eq!(RequestError::in_response(&json!({"data": {"a": 1}})), None);
    }

    #[test]
    fn accepts_only_http_urls() {
        assert_eq!(Client::pooled("http://127.0.0.1:8080/").unwrap().url, "http://127.0.0.1:8080");
        assert!(Client::pooled("ftp://127.0.0.1").is_err());
        assert!(Client::pooled("nonsense").is_err());
    }

    /// A server that ends each connection after these bytes.
    async fn serve(answer: &'static str) -> SocketAddr {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn a_truncated_response_counts_as_none() {
        let whole = serve("HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{\"data\":{\"answer\":7}}").await;
        assert_eq!(Client::new(whole).try_query("{ answer }", Value::Null).await, Ok(json!({ "answer": 7 })));
        let cut = serve("HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{\"data\":{\"answer\":7}}").await;
        let error = Client::new(cut).try_query("{ answer }", Value::Null).await.unwrap_err();
        assert_eq!(error.code(), "NO_RESPONSE", "{error}");
    }
}
