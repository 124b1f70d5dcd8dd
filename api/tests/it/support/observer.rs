//! An observer that receives all events, disconnects now and then, and resumes at its cursor.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{Member, Random, Socket};

/// A subscription that selects everything that log events carry.
pub const ALL_LOG_EVENTS: &str = "subscription($workspaceId: ID!, $after: Seq) {
  events(workspaceId: $workspaceId, after: $after) {
    __typename
    ... on LogEvent { seq at actorId }
    ... on WorkspaceCreated { workspace { id: workspaceId name createdAt } }
    ... on MemberJoined { member { id handle name role active joinedAt } }
    ... on MemberUpdated { member { id handle name role active } }
    ... on MemberLeft { memberId }
    ... on ChannelCreated { channel { id: channelId kind name topic createdAt } memberIds }
    ... on ChannelUpdated { channel { id: channelId kind name topic createdAt archivedAt } }
    ... on ChannelJoined { channel { id: channelId kind name topic createdAt } memberId }
    ... on ChannelLeft { channelId memberId }
    ... on MessageSent { message { id: messageId seq channelId authorId threadId text mentionedIds mentionsChannel createdAt } }
    ... on MessageEdited { message { id: messageId seq channelId authorId threadId text mentionedIds mentionsChannel editedAt } }
    ... on MessageDeleted { message { id: messageId seq channelId authorId threadId text deletedAt } }
    ... on ReactionAdded { messageId channelId emoji }
    ... on ReactionRemoved { messageId channelId emoji }
    ... on Head { seq }
    ... on Resync { after takeBoot }
  }
}";

/// An event as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenEvent {
    pub seq: i64,
    /// The complete message, byte for byte.
    pub raw: String,
}

/// The events a user received after a cursor.
#[derive(Debug, Clone)]
pub struct Observation {
    pub user: Member,
    pub after: i64,
    pub seen: Vec<SeenEvent>,
    /// How often the server rejected the user as a non-member.
    pub refusals: usize,
}

impl Observation {
    pub fn seqs(&self) -> Vec<i64> {
        self.seen.iter().map(|seen| seen.seq).collect()
    }
}

/// An observer of one workspace.
#[derive(Debug, Clone)]
pub struct Observer {
    pub user: Member,
    pub workspace: String,
    /// The servers to choose from, a random one per connection. Empty while no server runs.
    pub servers: watch::Receiver<Vec<SocketAddr>>,
    /// The initial cursor.
    pub after: i64,
    /// Disconnects on average once in this number of events. Never at 0.
    pub disconnect_every: usize,
    pub random: Random,
}

/// How a connection ended.
enum End {
    /// The awaited channel was created.
    Reached,
    Cut,
    /// The server is gone.
    Lost(SocketAddr),
    /// The server rejected the subscription.
    Refused,
}

impl Observer {
    /// Observes until a public channel of this name is created, or the user is no longer a member.
    pub async fn watch(mut self, until: &str) -> Observation {
        let mut observation = Observation { user: self.user.clone(), after: self.after, seen: Vec::new(), refusals: 0 };
        loop {
            let before = observation.seen.len();
            match self.connection(&mut observation, until).await {
                End::Reached => return observation,
                End::Refused if observation.seen.len() == before => return observation,
                // Rejected after leaving; the user may have rejoined since.
                End::Cut | End::Refused => {}
                End::Lost(server) => {
                    self.servers.wait_for(|servers| !servers.contains(&server)).await.expect("another server");
                }
            }
        }
    }

    async fn connection(&mut self, observation: &mut Observation, until: &str) -> End {
        let servers = self.servers.wait_for(|servers| !servers.is_empty()).await.expect("a server").clone();
        let address = *self.random.pick(&servers).expect("a server");
        let connected = Socket::try_connect(address, self.user.client.token.as_deref()).await;
        let Some(mut socket) = connected else { return End::Lost(address) };
        let after = observation.seen.last().map_or(observation.after, |seen| seen.seq);
        let variables = json!({ "workspaceId": self.workspace, "after": after });
        if socket.try_subscribe("1", ALL_LOG_EVENTS, variables).await.is_none() {
            return End::Lost(address);
        }
        loop {
            let Some(raw) = socket.try_next().await else { return End::Lost(address) };
            let message: Value = serde_json::from_str(&raw).unwrap();
            if message["type"] == "error" {
                assert_eq!(message["payload"][0]["extensions"]["code"], "NOT_FOUND", "{raw}");
                observation.refusals += 1;
                return End::Refused;
            }
            let item = &message["payload"]["data"]["events"];
            assert_ne!(item["__typename"], Value::Null, "{raw}");
            if !record(observation, item, &raw) {
                continue;
            }
            if item["__typename"] == "ChannelCreated" && item["channel"]["name"] == until {
                return End::Reached;
            }
            if self.disconnect_every > 0 && self.random.once_in(self.disconnect_every) {
                return End::Cut;
            }
        }
    }
}

/// Records an item. Returns whether it was an event.
fn record(observation: &mut Observation, item: &Value, raw: &str) -> bool {
    match item["__typename"].as_str().unwrap() {
        "ReadStateChanged" | "NotificationAdded" | "NotificationsChanged" | "PrivateChanged" => return false,
        "Resync" => {
            assert_eq!(item["takeBoot"], false, "{raw}");
            return false;
        }
        "Head" => return false,
        _ => {}
    }
    observation.seen.push(SeenEvent { seq: item["seq"].as_i64().expect("a seq"), raw: raw.to_owned() });
    true
}

/// Compares received with expected sequence numbers, which must arrive once and in order.
pub fn compare_seqs(expected: &[i64], came: &[i64]) -> Result<(), String> {
    let place = expected.iter().zip(came).position(|(expected, came)| expected != came);
    match place {
        Some(place) => Err(format!("received {} instead of {} at position {place}", came[place], expected[place])),
        None if came.len() < expected.len() => Err(format!("{} is missing", expected[came.len()])),
        None if came.len() > expected.len() => Err(format!("{} is unexpected after the end", came[expected.len()])),
        None => Ok(()),
    }
}

#[test]
fn detects_missing_duplicate_and_reordered_events() {
    assert_eq!(compare_seqs(&[2, 3, 5], &[2, 3, 5]), Ok(()));
    let wrong: [&[i64]; 6] = [&[2, 5], &[2, 3], &[2, 3, 3, 5], &[2, 5, 3], &[2, 3, 4, 5], &[2, 3, 5, 5]];
    for came in wrong {
        assert!(compare_seqs(&[2, 3, 5], came).is_err(), "{came:?}");
    }
}
