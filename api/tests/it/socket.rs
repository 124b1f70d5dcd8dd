//! A plain client of `graphql-transport-ws`, so that tests see every message and every close.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::server::Server;

/// A client of the protocol.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket with these headers.
    pub async fn open_with(server: &Server, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        Self::open_at(server.address, headers).await
    }

    async fn open_at(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let url = format!("ws://{address}/graphql");
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    /// Opens a socket over a connection, and is acknowledged.
    pub async fn ready_over(stream: TcpStream, token: &str) -> Self {
        let url = format!("ws://{}/graphql", stream.peer_addr().unwrap());
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let mut socket = Self(client_async(request, MaybeTlsStream::Plain(stream)).await.unwrap().0);
        socket.init(Some(token)).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub async fn open(server: &Server) -> Self {
        let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
        Self::open_with(server, &protocol).await.unwrap()
    }

    /// Opens a socket and is acknowledged.
    pub async fn ready(server: &Server, token: Option<&str>) -> Self {
        let mut socket = Self::open(server).await;
        socket.init(token).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Opens a socket and is acknowledged; nothing if the server is not there or goes away.
    pub async fn connect(address: SocketAddr, token: Option<&str>) -> Option<Self> {
        let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
        let mut socket = Self::open_at(address, &protocol).await.ok()?;
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.0.send(Message::text(init.to_string())).await.ok()?;
        (socket.try_next().await? == r#"{"type":"connection_ack"}"#).then_some(socket)
    }

    /// The next message that is no ping, as it came; nothing once the server is gone.
    pub async fn try_next(&mut self) -> Option<String> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) if text.as_str() == r#"{"type":"ping"}"# => {
                    self.0.send(Message::text(r#"{"type":"pong"}"#)).await.ok()?;
                }
                Message::Text(text) => return Some(text.to_string()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    pub async fn init(&mut self, token: Option<&str>) {
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        self.send(json!({ "type": "connection_init", "payload": payload })).await;
    }

    pub async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.try_subscribe(id, query, variables).await.expect("an open socket");
    }

    /// The same; nothing if the server is gone.
    pub async fn try_subscribe(&mut self, id: &str, query: &str, variables: Value) -> Option<()> {
        let payload = json!({ "query": query, "variables": variables });
        let message = json!({ "type": "subscribe", "id": id, "payload": payload });
        self.0.send(Message::text(message.to_string())).await.ok()
    }

    /// The next message that is no ping.
    pub async fn next(&mut self) -> Value {
        loop {
            let message = self.0.next().await.expect("open").expect("whole");
            let Message::Text(text) = &message else {
                panic!("{message:?}");
            };
            let value: Value = serde_json::from_str(text).unwrap();
            if value["type"] != "ping" {
                return value;
            }
        }
    }

    /// The next message about an operation of this id.
    pub async fn next_of(&mut self, id: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Reads until the channel of this name has been created.
    pub async fn channel(&mut self, id: &str, name: &str) {
        loop {
            let message = self.next_of(id).await;
            assert_eq!(message["type"], "next", "{message}");
            if message["payload"]["data"]["events"]["channel"]["name"] == name {
                return;
            }
        }
    }

    /// Waits until the server has taken everything that was sent before.
    pub async fn taken(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        while self.next().await["type"] != "pong" {}
    }

    /// Reads to the close; answers its code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Text(_) | Message::Ping(_))) => {}
                other => panic!("no close but {other:?}"),
            }
        }
    }
}
