//! A person's client: GraphQL over HTTP that survives the death of the server it speaks with.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Reply, post};

/// Speaks with one server as one person.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub token: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// The server is not there, or went away: whether it did something is unknown.
    Gone,
    /// It answered with an error of this code.
    Refused { code: String, response: Value },
}

impl Failure {
    /// The code of the refusal.
    pub fn code(&self) -> &str {
        match self {
            Self::Gone => "GONE",
            Self::Refused { code, .. } => code,
        }
    }

    /// What was answered, for people.
    pub fn said(&self) -> String {
        match self {
            Self::Gone => "the server is gone".to_owned(),
            Self::Refused { response, .. } => response.to_string(),
        }
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    /// The same person at another server.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// Executes a document; answers its `data`.
    pub async fn ask(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let mut request = post(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.header("authorization", &format!("Bearer {token}"));
        }
        let reply = exchange(self.address, &request.bytes(self.address)).await.ok_or(Failure::Gone)?;
        let response = reply.json();
        match response["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => Err(Failure::Refused { code: code.to_owned(), response }),
            None => Ok(response["data"].clone()),
        }
    }

    /// Executes one mutation by its name; answers its payload.
    pub async fn mutate(&self, mutation: &str, input: &Value, selection: &str) -> Result<Value, Failure> {
        let kind = mutation[..1].to_uppercase() + &mutation[1..];
        let query = format!("mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}");
        let data = self.ask(&query, json!({ "input": input })).await?;
        Ok(data[mutation].clone())
    }

    /// The same, where nothing may go wrong.
    pub async fn must(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let done = self.mutate(mutation, &input, selection).await;
        done.unwrap_or_else(|failure| panic!("{mutation}({input}): {}", failure.said()))
    }

    /// A query where nothing may go wrong.
    pub async fn query(&self, query: &str, variables: Value) -> Value {
        let done = self.ask(query, variables).await;
        done.unwrap_or_else(|failure| panic!("{query}: {}", failure.said()))
    }
}

/// The whole answer, or nothing: half an answer is none.
async fn exchange(address: SocketAddr, request: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    bytes.windows(4).any(|window| window == b"\r\n\r\n").then_some(())?;
    let reply = Reply::read(&bytes);
    let length = reply.header("content-length").and_then(|length| length.parse().ok());
    (length == Some(reply.body.len())).then_some(reply)
}

/// The text of a value.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text but {value}")).to_owned()
}
