//! What reaches a person live, item by item, over either transport.

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::multipart::Parts;
use crate::people::{Company, Person, code, number, text};
use crate::server::Server;
use crate::socket::Socket;

/// Everything that items carry.
pub const ALL: &str = "subscription($workspaceId: ID!, $after: Seq, $privateRev: Seq) {
  events(workspaceId: $workspaceId, after: $after, privateRev: $privateRev) {
    __typename
    ... on LogEvent { seq at actorId }
    ... on WorkspaceCreated { workspace { id name createdAt } }
    ... on MemberJoined { member { id handle name role active joinedAt avatarUrl } }
    ... on MemberUpdated { member { id handle name role active avatarUrl } }
    ... on MemberLeft { memberId }
    ... on ChannelCreated { memberIds channel { id kind name topic createdAt } }
    ... on ChannelJoined { memberId channel { id kind name topic createdAt } }
    ... on ChannelLeft { memberId channelId }
    ... on MessageSent { message {
      id seq channelId authorId threadId text mentionedIds mentionsChannel createdAt editedAt deletedAt
      files { id name } } }
    ... on MessageEdited { message {
      id seq channelId authorId threadId text mentionedIds mentionsChannel editedAt deletedAt } }
    ... on MessageDeleted { message { id seq channelId authorId threadId text deletedAt } }
    ... on ReactionAdded { messageId channelId emoji }
    ... on ReactionRemoved { messageId channelId emoji }
    ... on WorkspaceUpdated { workspace { id name iconUrl channelMentions } }
    ... on FileUploaded { file { id name channelId } }
    ... on FileUpdated { file { id name alt channelId } }
    ... on FileRemoved { fileId messageId channelId }
    ... on EmojiCreated { emoji { id name } }
    ... on EmojiDeleted { emojiId }
    ... on ReadingChanged { channelId privateRev unreadNotifications countedSeq reading { lastReadSeq epoch unreadCount mentionCount } }
    ... on NotificationAdded { channelId messageId reason privateRev unreadNotifications countedSeq messageSeq: seq }
    ... on NotificationsChanged { privateRev unreadNotifications countedSeq }
    ... on PrivateChanged { privateRev }
    ... on Head { head: seq }
    ... on Resync { after takeBoot }
  }
}";

/// How a feed ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By an error of this code.
    Error(String),
    /// Without a word.
    Complete,
    /// With the connection, closed by this code.
    Closed(u16),
}

/// One subscription to the events of a workspace.
pub enum Feed {
    Socket(Box<Socket>),
    Parts(Parts),
}

impl Feed {
    /// Over a WebSocket, from a cursor on.
    pub async fn socket(server: &Server, person: &Person, company: &Company, after: i64) -> Self {
        let mut socket = Socket::ready(server, Some(&person.token)).await;
        socket.subscribe("1", ALL, json!({ "workspaceId": company.workspace, "after": after })).await;
        Self::Socket(Box::new(socket))
    }

    /// Over a WebSocket, from the whole position of a client.
    pub async fn resumed(server: &Server, person: &Person, company: &Company, (after, rev): (i64, i64)) -> Self {
        let mut socket = Socket::ready(server, Some(&person.token)).await;
        let variables = json!({ "workspaceId": company.workspace, "after": after, "privateRev": rev });
        socket.subscribe("1", ALL, variables).await;
        Self::Socket(Box::new(socket))
    }

    /// In parts over HTTP, from a cursor on.
    pub async fn parts(server: &Server, person: &Person, company: &Company, after: i64) -> Self {
        let variables = json!({ "workspaceId": company.workspace, "after": after });
        Self::Parts(Parts::ask(server, &person.token, &json!({ "query": ALL, "variables": variables })).await)
    }

    /// Ends the connection.
    pub async fn close(&mut self) {
        match self {
            Self::Socket(socket) => socket.0.close(None).await.unwrap(),
            Self::Parts(_) => panic!("a stream of parts is dropped"),
        }
    }

    /// The next item, or how it ended.
    pub async fn next(&mut self) -> Result<Value, End> {
        match self {
            Self::Socket(socket) => of_socket(socket).await,
            Self::Parts(parts) => of_parts(parts).await,
        }
    }

    /// The next event of the log: signals and heads are passed over.
    pub async fn event(&mut self) -> Result<Value, End> {
        loop {
            let item = self.next().await?;
            if item.get("seq").is_some() {
                return Ok(item);
            }
        }
    }

    /// All events up to and with a number, which must be one that is seen.
    pub async fn up_to(&mut self, seq: i64) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = self.event().await.unwrap_or_else(|end| panic!("{end:?} before {seq}"));
            let reached = number(&event, "/seq");
            assert!(reached <= seq, "{reached} came and {seq} did not");
            events.push(event);
            if reached == seq {
                return events;
            }
        }
    }

    /// All events to the end, and how it came.
    pub async fn rest(&mut self) -> (Vec<Value>, End) {
        let mut events = Vec::new();
        loop {
            match self.event().await {
                Ok(event) => events.push(event),
                Err(end) => return (events, end),
            }
        }
    }
}

async fn of_socket(socket: &mut Socket) -> Result<Value, End> {
    loop {
        let value: Value = match socket.0.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            Some(Ok(Message::Close(Some(frame)))) => return Err(End::Closed(frame.code.into())),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            other => panic!("{other:?}"),
        };
        match value["type"].as_str().unwrap() {
            "next" => return Ok(item(&value["payload"])),
            "error" => return Err(End::Error(text(&value, "/payload/0/extensions/code"))),
            "complete" => return Err(End::Complete),
            "ping" => socket.send(json!({ "type": "pong" })).await,
            _ => {}
        }
    }
}

async fn of_parts(parts: &mut Parts) -> Result<Value, End> {
    loop {
        match parts.next().await {
            None => return Err(End::Complete),
            Some(part) if part == json!({}) => {}
            Some(part) => {
                if let Some(code) = code(&part) {
                    assert!(parts.next().await.is_none(), "an error is the last part");
                    return Err(End::Error(code));
                }
                return Ok(item(&part["payload"]));
            }
        }
    }
}

fn item(payload: &Value) -> Value {
    assert!(payload.get("errors").is_none(), "{payload}");
    payload["data"]["events"].clone()
}

/// The channel that an event is about.
pub fn channel_of(event: &Value) -> Option<&str> {
    ["/channelId", "/channel/id", "/message/channelId"].iter().find_map(|at| event.pointer(at)?.as_str())
}

/// The number of an event.
pub fn seq_of(event: &Value) -> i64 {
    number(event, "/seq")
}
