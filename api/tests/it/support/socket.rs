//! A plain `graphql-transport-ws` client, so that tests see every message and close code.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::support::server::Server;

/// A connection with a small receive buffer: the system buffers about 2 MB of a response for it instead of 4 MB.
pub async fn connect_with_small_buffer(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// A WebSocket client.
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

    /// Opens a socket over a connection and initializes it.
    pub async fn connect_over(stream: TcpStream, token: &str) -> Self {
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

    /// Opens and initializes a socket.
    pub async fn connect(server: &Server, token: Option<&str>) -> Self {
        let mut socket = Self::open(server).await;
        socket.init(token).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Opens and initializes a socket. `None` if the server is unreachable.
    pub async fn try_connect(address: SocketAddr, token: Option<&str>) -> Option<Self> {
        let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
        let mut socket = Self::open_at(address, &protocol).await.ok()?;
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.0.send(Message::text(init.to_string())).await.ok()?;
        (socket.try_next().await? == r#"{"type":"connection_ack"}"#).then_some(socket)
    }

    /// The next message except pings, unparsed. `None` once the connection is closed.
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

    /// The same. `None` if the connection is closed.
    pub async fn try_subscribe(&mut self, id: &str, query: &str, variables: Value) -> Option<()> {
        let payload = json!({ "query": query, "variables": variables });
        let message = json!({ "type": "subscribe", "id": id, "payload": payload });
        self.0.send(Message::text(message.to_string())).await.ok()
    }

    /// The next message except pings.
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

    /// The next message of an operation.
    pub async fn next_for(&mut self, id: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Reads until the channel of this name is created.
    pub async fn wait_for_channel(&mut self, id: &str, name: &str) {
        loop {
            let message = self.next_for(id).await;
            assert_eq!(message["type"], "next", "{message}");
            if message["payload"]["data"]["events"]["channel"]["name"] == name {
                return;
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
