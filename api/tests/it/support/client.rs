//! GraphQL over HTTP for one user, which survives a crash of the server.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::server::{Response, post};

/// A client of one server, optionally signed in.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub token: Option<String>,
}

/// Why a request failed.
#[derive(Debug)]
pub enum Failure {
    /// The server is unreachable or closed the connection. Whether the request took effect is unknown.
    Disconnected,
    /// The server returned an error with this code.
    Refused { code: String, response: Value },
}

impl Failure {
    /// The error code.
    pub fn code(&self) -> &str {
        match self {
            Self::Disconnected => "DISCONNECTED",
            Self::Refused { code, .. } => code,
        }
    }

    /// The response, for failure messages.
    pub fn message(&self) -> String {
        match self {
            Self::Disconnected => "the server is unreachable".to_owned(),
            Self::Refused { response, .. } => response.to_string(),
        }
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    /// The same user on another server.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// Executes a document. Returns its `data`.
    pub async fn try_query(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let mut request = post(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.header("authorization", &format!("Bearer {token}"));
        }
        let reply = exchange(self.address, &request.bytes(self.address)).await.ok_or(Failure::Disconnected)?;
        let response = reply.json();
        match response["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => Err(Failure::Refused { code: code.to_owned(), response }),
            None => Ok(response["data"].clone()),
        }
    }

    /// Executes a mutation by name. Returns its payload.
    pub async fn try_mutate(&self, mutation: &str, input: &Value, selection: &str) -> Result<Value, Failure> {
        let kind = mutation[..1].to_uppercase() + &mutation[1..];
        let query = format!("mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}");
        let data = self.try_query(&query, json!({ "input": input })).await?;
        Ok(data[mutation].clone())
    }

    /// Executes a mutation that must succeed.
    pub async fn mutate(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let done = self.try_mutate(mutation, &input, selection).await;
        done.unwrap_or_else(|failure| panic!("{mutation}({input}): {}", failure.message()))
    }

    /// Executes a query that must succeed.
    pub async fn query(&self, query: &str, variables: Value) -> Value {
        let done = self.try_query(query, variables).await;
        done.unwrap_or_else(|failure| panic!("{query}: {}", failure.message()))
    }
}

/// Returns the complete response. `None` if it is truncated.
async fn exchange(address: SocketAddr, request: &[u8]) -> Option<Response> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    bytes.windows(4).any(|window| window == b"\r\n\r\n").then_some(())?;
    let reply = Response::read(&bytes);
    let length = reply.header("content-length").and_then(|length| length.parse().ok());
    (length == Some(reply.body.len())).then_some(reply)
}

/// The value as a string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("expected a string: {value}")).to_owned()
}
