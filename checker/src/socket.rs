//! One live connection of one person: the items of `events`, from a cursor on, until it ends.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long opening may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything that items carry and that a run can cause.
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

/// What comes over it.
#[derive(Debug)]
pub enum Heard {
    /// An event of the log, as it came.
    Event(i64, Value),
    /// Everything visible up to here has been sent.
    Head(i64),
    /// The server asks the client to take boot.
    TakeBoot,
    /// Something without a number.
    Other,
    /// The subscription or the whole connection is at its end.
    Ended,
}

impl Socket {
    /// Connects and subscribes; nothing if nobody takes it.
    pub async fn open(address: SocketAddr, token: &str, workspace: &str, after: i64) -> Option<Self> {
        timeout(PATIENCE, Self::try_open(address, token, workspace, after)).await.ok().flatten()
    }

    async fn try_open(address: SocketAddr, token: &str, workspace: &str, after: i64) -> Option<Self> {
        let mut request = format!("ws://{address}/graphql").into_client_request().ok()?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().ok()?);
        let mut socket = Self(connect_async(request).await.ok()?.0);
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await?;
        match socket.0.next().await?.ok()? {
            Message::Text(text) if text.contains("connection_ack") => {}
            _ => return None,
        }
        let variables = json!({ "workspaceId": workspace, "after": after });
        let payload = json!({ "query": EVENTS, "variables": variables });
        socket.say(json!({ "type": "subscribe", "id": "1", "payload": payload })).await?;
        Some(socket)
    }

    async fn say(&mut self, message: Value) -> Option<()> {
        self.0.send(Message::text(message.to_string())).await.ok()
    }

    /// Waits for what comes next.
    pub async fn next(&mut self) -> Heard {
        loop {
            let text = match self.0.next().await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(_))) => return Heard::Ended,
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Heard::Ended,
            };
            let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return Heard::Ended };
            match value["type"].as_str() {
                Some("next") => return heard(value["payload"]["data"]["events"].take()),
                Some("error" | "complete") => return Heard::Ended,
                Some("ping") => drop(self.say(json!({ "type": "pong" })).await),
                _ => {}
            }
        }
    }
}

fn heard(item: Value) -> Heard {
    if let Some(seq) = item["seq"].as_i64() {
        return Heard::Event(seq, item);
    }
    if let Some(head) = item["head"].as_i64() {
        return Heard::Head(head);
    }
    if item["takeBoot"] == true { Heard::TakeBoot } else { Heard::Other }
}
