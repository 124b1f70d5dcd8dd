//! A live connection of one user: the items of `events` from a cursor on, until it ends.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The longest time to connect and subscribe.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// All fields of the events that a run can cause.
const EVENTS: &str = "subscription($workspaceId: ID!, $after: Seq) {
  events(workspaceId: $workspaceId, after: $after) {
    __typename
    ... on LogEvent { seq at actorId }
    ... on MemberJoined { member { id handle name role active joinedAt } }
    ... on MemberUpdated { member { id handle name role active } }
    ... on MemberLeft { memberId }
    ... on ChannelCreated { memberIds channel { id kind name topic createdAt } }
    ... on ChannelJoined { memberId channel { id kind name topic createdAt } }
    ... on ChannelLeft { memberId channelId }
    ... on MessageSent { message {
      id seq channelId authorId threadId text mentionedIds mentionsChannel createdAt editedAt deletedAt } }
    ... on MessageEdited { message {
      id seq channelId authorId threadId text mentionedIds mentionsChannel editedAt deletedAt } }
    ... on ReactionAdded { messageId channelId emoji }
    ... on ReactionRemoved { messageId channelId emoji }
    ... on Head { head: seq }
    ... on Resync { after takeBoot }
  }
}";

/// A connection with one subscription.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// An item received on the connection.
#[derive(Debug)]
pub enum Incoming {
    /// An event of the log, as received.
    Event(i64, Value),
    /// All visible events up to this `seq` have been sent.
    Head(i64),
    /// The server requests a boot.
    TakeBoot,
    /// An item without a `seq`.
    Other,
    /// The subscription or the connection has ended.
    Ended,
}

impl Socket {
    /// Connects and subscribes. Returns `None` on failure.
    pub async fn open(address: SocketAddr, token: &str, workspace: &str, after: i64) -> Option<Self> {
        timeout(CONNECT_TIMEOUT, Self::try_open(address, token, workspace, after)).await.ok().flatten()
    }

    async fn try_open(address: SocketAddr, token: &str, workspace: &str, after: i64) -> Option<Self> {
        let mut request = format!("ws://{address}/graphql").into_client_request().ok()?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().ok()?);
        let mut socket = Self(connect_async(request).await.ok()?.0);
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket.send(json!({ "type": "connection_init", "payload": payload })).await?;
        match socket.0.next().await?.ok()? {
            Message::Text(text) if text.contains("connection_ack") => {}
            _ => return None,
        }
        let variables = json!({ "workspaceId": workspace, "after": after });
        let payload = json!({ "query": EVENTS, "variables": variables });
        socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await?;
        Some(socket)
    }

    async fn send(&mut self, message: Value) -> Option<()> {
        self.0.send(Message::text(message.to_string())).await.ok()
    }

    /// Waits for the next item.
    pub async fn next(&mut self) -> Incoming {
        loop {
            let text = match self.0.next().await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(_))) => return Incoming::Ended,
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Incoming::Ended,
            };
            let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return Incoming::Ended };
            match value["type"].as_str() {
                Some("next") => return parse_item(value["payload"]["data"]["events"].take()),
                Some("error" | "complete") => return Incoming::Ended,
                Some("ping") => drop(self.send(json!({ "type": "pong" })).await),
                _ => {}
            }
        }
    }
}

fn parse_item(item: Value) -> Incoming {
    if let Some(seq) = item["seq"].as_i64() {
        return Incoming::Event(seq, item);
    }
    if let Some(head) = item["head"].as_i64() {
        return Incoming::Head(head);
    }
    if item["takeBoot"] == true { Incoming::TakeBoot } else { Incoming::Other }
}
