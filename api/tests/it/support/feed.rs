//! The event feed of a user, item by item, over either transport.

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Member, MultipartStream, Socket, Workspace, code, number, text};

/// A subscription that selects everything that items carry.
pub const ALL_EVENTS: &str = "subscription($workspaceId: ID!, $after: Seq, $privateRev: Seq) {
  events(workspaceId: $workspaceId, after: $after, privateRev: $privateRev) {
    __typename
    ... on LogEvent { seq at actorId }
    ... on WorkspaceCreated { workspace { ...Workspace } }
    ... on MemberJoined { member { ...Member } }
    ... on MemberUpdated { member { ...Member } }
    ... on MemberLeft { memberId }
    ... on ChannelCreated { memberIds channel { ...Channel } }
    ... on ChannelUpdated { channel { ...Channel } }
    ... on ChannelJoined { memberId channel { ...Channel } }
    ... on ChannelLeft { memberId channelId }
    ... on MessageSent { message { ...Message } files { id: fileId name isRemoved createdAt } }
    ... on MessageEdited { message { ...Message } }
    ... on MessageDeleted { message { ...Message } }
    ... on ReactionAdded { messageId channelId emoji }
    ... on ReactionRemoved { messageId channelId emoji }
    ... on WorkspaceUpdated { workspace { ...Workspace } }
    ... on FileUploaded { file { id: fileId name channelId } }
    ... on FileUpdated { file { id: fileId name alt channelId } }
    ... on FileRemoved { fileId messageId channelId }
    ... on EmojiCreated { emoji { id name } }
    ... on EmojiDeleted { emojiId }
    ... on ReadStateChanged { channelId privateRev unreadNotifications countedSeq readState { id lastReadSeq epoch unreadCount mentionCount } }
    ... on NotificationAdded { channelId messageId reason privateRev unreadNotifications countedSeq messageSeq: seq }
    ... on NotificationsChanged { privateRev unreadNotifications countedSeq }
    ... on PrivateChanged { privateRev }
    ... on Head { head: seq }
    ... on Resync { after takeBoot }
  }
}
fragment Workspace on WorkspaceSnapshot { id: workspaceId name createdAt iconUrl channelMentions }
fragment Member on Member { id handle name role active joinedAt avatarUrl }
fragment Channel on ChannelSnapshot { id: channelId kind name topic createdAt archivedAt }
fragment Message on MessageSnapshot {
  id: messageId seq channelId authorId threadId text mentionedIds mentionsChannel createdAt editedAt deletedAt }";

/// How a feed ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With an error of this code.
    Error(String),
    /// Completed.
    Complete,
    /// The connection closed with this code.
    Closed(u16),
}

/// One subscription to the events of a workspace.
pub enum Feed {
    Socket(Box<Socket>),
    Multipart(MultipartStream),
}

impl Feed {
    /// Over a WebSocket, after a cursor.
    pub async fn socket(member: &Member, workspace: &Workspace, after: i64) -> Self {
        Self::of(member, ALL_EVENTS, json!({ "workspaceId": workspace.id, "after": after })).await
    }

    /// Over a WebSocket, from the cursor and private revision of a client.
    pub async fn resumed(member: &Member, workspace: &Workspace, (after, rev): (i64, i64)) -> Self {
        let variables = json!({ "workspaceId": workspace.id, "after": after, "privateRev": rev });
        Self::of(member, ALL_EVENTS, variables).await
    }

    /// Over a WebSocket, with this document.
    pub async fn of(member: &Member, document: &str, variables: Value) -> Self {
        Self::Socket(Box::new(member.subscribe(document, variables).await))
    }

    /// Over multipart HTTP, after a cursor.
    pub async fn multipart(member: &Member, workspace: &Workspace, after: i64) -> Self {
        let variables = json!({ "workspaceId": workspace.id, "after": after });
        Self::Multipart(MultipartStream::open(member, &json!({ "query": ALL_EVENTS, "variables": variables })).await)
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        match self {
            Self::Socket(socket) => socket.0.close(None).await.unwrap(),
            Self::Multipart(_) => panic!("a multipart stream is closed by dropping it"),
        }
    }

    /// The next item, or how the feed ended.
    pub async fn next(&mut self) -> Result<Value, End> {
        match self {
            Self::Socket(socket) => next_socket_item(socket).await,
            Self::Multipart(parts) => next_multipart_item(parts).await,
        }
    }

    /// The next log event. Skips signals and heads.
    pub async fn event(&mut self) -> Result<Value, End> {
        loop {
            let item = self.next().await?;
            if item.get("seq").is_some() {
                return Ok(item);
            }
        }
    }

    /// All events up to and including `seq`, which must be visible.
    pub async fn up_to(&mut self, seq: i64) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = self.event().await.unwrap_or_else(|end| panic!("{end:?} before {seq}"));
            let reached = number(&event, "/seq");
            assert!(reached <= seq, "received {reached} without {seq}");
            events.push(event);
            if reached == seq {
                return events;
            }
        }
    }

    /// All remaining events, and how the feed ended.
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

async fn next_socket_item(socket: &mut Socket) -> Result<Value, End> {
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

async fn next_multipart_item(parts: &mut MultipartStream) -> Result<Value, End> {
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

/// The channel of an event.
pub fn channel_of(event: &Value) -> Option<&str> {
    ["/channelId", "/channel/id", "/message/channelId"].iter().find_map(|at| event.pointer(at)?.as_str())
}

/// The `seq` of an event.
pub fn seq_of(event: &Value) -> i64 {
    number(event, "/seq")
}
