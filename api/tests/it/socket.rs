//! A plain client of `graphql-transport-ws`, so that tests see every message and every close.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::server::Server;

/// A client of the protocol.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket with these headers.
    pub async fn open_with(server: &Server, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let url = format!("ws://{}/graphql", server.address);
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
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

    pub async fn init(&mut self, token: Option<&str>) {
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        self.send(json!({ "type": "connection_init", "payload": payload })).await;
    }

    pub async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
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
