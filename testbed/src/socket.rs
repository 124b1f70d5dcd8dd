//! A `graphql-transport-ws` client that shows every message and close code as it arrives.
//!
//! Methods named `try_*` report the end of a connection; the others panic, because a test expects the connection to be
//! open. Pings are answered or skipped, never returned.
#![expect(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::{Failure, Result};

/// Small, so that thousands of idle sockets are cheap.
const READ_BUFFER_BYTES: usize = 4 << 10;

/// The header that selects the protocol.
pub const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// A connection.
#[derive(Debug)]
pub struct Socket(pub WebSocketStream<TcpStream>);

impl Socket {
    /// Opens a socket over a connection with these headers.
    pub async fn handshake(stream: TcpStream, headers: &[(&'static str, &str)]) -> std::result::Result<Self, Error> {
        let mut request = format!("ws://{}/graphql", stream.peer_addr()?).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value)?);
        }
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        Ok(Self(client_async_with_config(request, stream, Some(config)).await?.0))
    }

    /// Opens a socket with these headers.
    pub async fn open_with(
        server: impl Into<SocketAddr>,
        headers: &[(&'static str, &str)],
    ) -> std::result::Result<Self, Error> {
        Self::handshake(TcpStream::connect(server.into()).await?, headers).await
    }

    /// Opens a socket of the protocol, without initializing it.
    pub async fn open(server: impl Into<SocketAddr>) -> Self {
        Self::open_with(server, &[PROTOCOL]).await.expect("a server")
    }

    /// Opens and initializes a socket.
    pub async fn connect(server: impl Into<SocketAddr>, token: Option<&str>) -> Self {
        Self::open(server).await.acknowledged(token).await
    }

    /// Opens and initializes a socket over a connection.
    pub async fn connect_over(stream: TcpStream, token: &str) -> Self {
        let socket = Self::handshake(stream, &[PROTOCOL]).await.expect("a server");
        socket.acknowledged(Some(token)).await
    }

    async fn acknowledged(mut self, token: Option<&str>) -> Self {
        self.init(token).await;
        assert_eq!(self.next().await, json!({ "type": "connection_ack" }));
        self
    }

    /// Opens and initializes a socket. `None` if the server is unreachable or refuses.
    pub async fn try_connect(server: impl Into<SocketAddr>, token: Option<&str>) -> Option<Self> {
        Self::open_with(server, &[PROTOCOL]).await.ok()?.try_acknowledged(token).await.ok()
    }

    /// Initializes the socket.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn try_acknowledged(mut self, token: Option<&str>) -> Result<Self> {
        self.send_text(init_message(token).to_string()).await?;
        match self.receive().await?.as_str() {
            r#"{"type":"connection_ack"}"# => Ok(self),
            other => Err(Failure::new(format!("not acknowledged: {other}"))),
        }
    }

    /// Sends a message. `None` if the connection is closed.
    pub async fn try_send(&mut self, message: &Value) -> Option<()> {
        self.send_text(message.to_string()).await.ok()
    }

    /// Sends a text.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn send_text(&mut self, text: String) -> Result<()> {
        self.0.send(Message::text(text)).await.map_err(Failure::new)
    }

    /// Starts an operation. `None` if the connection is closed.
    pub async fn try_subscribe(&mut self, id: &str, document: &str, variables: Value) -> Option<()> {
        let payload = json!({ "query": document, "variables": variables });
        self.try_send(&json!({ "type": "subscribe", "id": id, "payload": payload })).await
    }

    /// The next message, unparsed. Answers pings. `None` once the connection is closed.
    pub async fn try_next(&mut self) -> Option<String> {
        self.receive().await.ok().map(|text| text.to_string())
    }

    /// The next message, unparsed and without copying it. Answers pings.
    ///
    /// # Errors
    /// The connection is closed, with the server's reason.
    pub async fn receive(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) if text.as_str() == r#"{"type":"ping"}"# => {
                    self.send_text(r#"{"type":"pong"}"#.to_owned()).await?;
                }
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(Some(frame)))) => {
                    let (code, reason) = (u16::from(frame.code), frame.reason);
                    return Err(Failure::new(format!("the server closed the socket: {code} {reason}")));
                }
                Some(Err(error)) => return Err(Failure::new(error)),
                Some(Ok(Message::Close(None))) | None => return Err(Failure::new("the server closed the connection")),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Sends `connection_init`.
    pub async fn init(&mut self, token: Option<&str>) {
        self.send(init_message(token)).await;
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) {
        self.try_send(&message).await.expect("an open socket");
    }

    /// Starts an operation.
    pub async fn subscribe(&mut self, id: &str, document: &str, variables: Value) {
        self.try_subscribe(id, document, variables).await.expect("an open socket");
    }

    /// The next message. Skips pings without answering them.
    pub async fn next(&mut self) -> Value {
        loop {
            let message = self.0.next().await.expect("open").expect("whole");
            let Message::Text(text) = &message else {
                panic!("{message:?}");
            };
            let value: Value = serde_json::from_str(text).expect("JSON");
            if value["type"] != "ping" {
                return value;
            }
        }
    }

    /// The next message of an operation.
    pub async fn next_for(&mut self, id: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Waits until the server has processed everything sent so far.
    pub async fn round_trip(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        while self.next().await["type"] != "pong" {}
    }

    /// Reads until the close frame. Returns its code and reason.
    pub async fn wait_for_close(&mut self) -> (u16, String) {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Text(_) | Message::Ping(_))) => {}
                other => panic!("expected a close frame: {other:?}"),
            }
        }
    }
}

fn init_message(token: Option<&str>) -> Value {
    let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
    json!({ "type": "connection_init", "payload": payload })
}
