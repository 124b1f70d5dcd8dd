//! A live connection of one user: the items of `events` from a cursor on, until it ends.

use std::time::Duration;

use serde_json::{Value, json};
use testbed::client::Client;
use testbed::socket::Socket;
use tokio::time::timeout;

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
    ... on ChannelCreated { memberIds channel { id: channelId kind name topic createdAt } }
    ... on ChannelJoined { memberId channel { id: channelId kind name topic createdAt } }
    ... on ChannelLeft { memberId channelId }
    ... on MessageSent { message {
      id: messageId seq channelId authorId threadId text mentionedIds mentionsChannel createdAt editedAt deletedAt } }
    ... on MessageEdited { message {
      id: messageId seq channelId authorId threadId text mentionedIds mentionsChannel editedAt deletedAt } }
    ... on ReactionAdded { messageId channelId emoji }
    ... on ReactionRemoved { messageId channelId emoji }
    ... on Head { head: seq }
    ... on Resync { after takeBoot }
  }
}";

/// A connection with one subscription.
pub struct EventSocket(Socket);

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

impl EventSocket {
    /// Connects and subscribes. Returns `None` on failure.
    pub async fn open(client: &Client, workspace: &str, after: i64) -> Option<Self> {
        let opening = async {
            let mut socket = Socket::try_connect(client.address()?, client.token.as_deref()).await?;
            let variables = json!({ "workspaceId": workspace, "after": after });
            socket.try_subscribe("1", EVENTS, variables).await?;
            Some(Self(socket))
        };
        timeout(CONNECT_TIMEOUT, opening).await.ok().flatten()
    }

    /// Waits for the next item.
    pub async fn next(&mut self) -> Incoming {
        loop {
            let Some(text) = self.0.try_next().await else { return Incoming::Ended };
            let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return Incoming::Ended };
            match value["type"].as_str() {
                Some("next") => return parse_item(value["payload"]["data"]["events"].take()),
                Some("error" | "complete") => return Incoming::Ended,
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
