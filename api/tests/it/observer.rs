//! Somebody who listens to everything, is cut off now and then, and goes on where they were.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::random::Random;
use crate::socket::Socket;
use crate::team::Person;

/// All that an event carries.
pub const EVERYTHING: &str = "subscription($workspaceId: ID!, $after: Seq) {
  events(workspaceId: $workspaceId, after: $after) {
    __typename
    ... on LogEvent { seq at actorId }
    ... on WorkspaceCreated { workspace { id name createdAt } }
    ... on MemberJoined { member { id handle name role active joinedAt } }
    ... on MemberUpdated { member { id handle name role active } }
    ... on MemberLeft { memberId }
    ... on ChannelCreated { channel { id kind name topic createdAt } memberIds }
    ... on ChannelJoined { channel { id kind name topic createdAt } memberId }
    ... on ChannelLeft { channelId memberId }
    ... on MessageSent { message { id seq channelId authorId threadId text mentionedIds mentionsChannel createdAt } }
    ... on MessageEdited { message { id seq channelId authorId threadId text mentionedIds mentionsChannel editedAt } }
    ... on MessageDeleted { message { id seq channelId authorId threadId text deletedAt } }
    ... on ReactionAdded { messageId channelId emoji }
    ... on ReactionRemoved { messageId channelId emoji }
    ... on Head { seq }
    ... on Resync { after takeBoot }
  }
}";

/// An event as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub seq: i64,
    /// The whole message, byte by byte.
    pub raw: String,
}

/// What somebody saw of a workspace, and after which number they began.
#[derive(Debug, Clone)]
pub struct Sight {
    pub person: Person,
    pub after: i64,
    pub seen: Vec<Seen>,
    /// How often the server said that they are out of the workspace.
    pub refusals: usize,
}

impl Sight {
    pub fn numbers(&self) -> Vec<i64> {
        self.seen.iter().map(|seen| seen.seq).collect()
    }
}

/// How somebody listens.
#[derive(Debug, Clone)]
pub struct Observer {
    pub person: Person,
    pub workspace: String,
    /// Any of these, a new one each time; none while there is no server.
    pub servers: watch::Receiver<Vec<SocketAddr>>,
    /// After which number to begin.
    pub after: i64,
    /// Cut off once in so many events; never at 0.
    pub hiccup: usize,
    pub random: Random,
}

/// How a connection came to its end.
enum End {
    /// The channel of the wanted name was created.
    Reached,
    Cut,
    /// This server is gone.
    Lost(SocketAddr),
    /// The server will say no more.
    Refused,
}

impl Observer {
    /// Listens until a public channel of this name is created, or until this person is out.
    pub async fn watch(mut self, until: &str) -> Sight {
        let mut sight = Sight { person: self.person.clone(), after: self.after, seen: Vec::new(), refusals: 0 };
        loop {
            let before = sight.seen.len();
            match self.connection(&mut sight, until).await {
                End::Reached => return sight,
                End::Refused if sight.seen.len() == before => return sight,
                // Refused after leaving: perhaps they have come back since.
                End::Cut | End::Refused => {}
                End::Lost(server) => {
                    self.servers.wait_for(|servers| !servers.contains(&server)).await.expect("another server");
                }
            }
        }
    }

    async fn connection(&mut self, sight: &mut Sight, until: &str) -> End {
        let servers = self.servers.wait_for(|servers| !servers.is_empty()).await.expect("a server").clone();
        let address = *self.random.pick(&servers).expect("a server");
        let connected = Socket::connect(address, self.person.client.token.as_deref()).await;
        let Some(mut socket) = connected else { return End::Lost(address) };
        let after = sight.seen.last().map_or(sight.after, |seen| seen.seq);
        let variables = json!({ "workspaceId": self.workspace, "after": after });
        if socket.try_subscribe("1", EVERYTHING, variables).await.is_none() {
            return End::Lost(address);
        }
        loop {
            let Some(raw) = socket.try_next().await else { return End::Lost(address) };
            let message: Value = serde_json::from_str(&raw).unwrap();
            if message["type"] == "error" {
                assert_eq!(message["payload"][0]["extensions"]["code"], "NOT_FOUND", "{raw}");
                sight.refusals += 1;
                return End::Refused;
            }
            let item = &message["payload"]["data"]["events"];
            assert_ne!(item["__typename"], Value::Null, "{raw}");
            if !take(sight, item, &raw) {
                continue;
            }
            if item["__typename"] == "ChannelCreated" && item["channel"]["name"] == until {
                return End::Reached;
            }
            if self.hiccup > 0 && self.random.once_in(self.hiccup) {
                return End::Cut;
            }
        }
    }
}

/// Takes an item; whether it was an event.
fn take(sight: &mut Sight, item: &Value, raw: &str) -> bool {
    match item["__typename"].as_str().unwrap() {
        "ReadingChanged" | "NotificationAdded" | "NotificationsChanged" | "PrivateChanged" => return false,
        "Resync" => {
            assert_eq!(item["takeBoot"], false, "{raw}");
            return false;
        }
        "Head" => return false,
        _ => {}
    }
    sight.seen.push(Seen { seq: item["seq"].as_i64().expect("a number"), raw: raw.to_owned() });
    true
}

/// Whether exactly these numbers came, each once and in order.
pub fn exactly(expected: &[i64], came: &[i64]) -> Result<(), String> {
    let place = expected.iter().zip(came).position(|(expected, came)| expected != came);
    match place {
        Some(place) => Err(format!("{} came where {} must be, as number {place}", came[place], expected[place])),
        None if came.len() < expected.len() => Err(format!("{} never came", expected[came.len()])),
        None if came.len() > expected.len() => Err(format!("{} came beyond the end", came[expected.len()])),
        None => Ok(()),
    }
}

#[test]
fn what_is_missing_doubled_or_out_of_order_is_found() {
    assert_eq!(exactly(&[2, 3, 5], &[2, 3, 5]), Ok(()));
    let wrong: [&[i64]; 6] = [&[2, 5], &[2, 3], &[2, 3, 3, 5], &[2, 5, 3], &[2, 3, 4, 5], &[2, 3, 5, 5]];
    for came in wrong {
        assert!(exactly(&[2, 3, 5], came).is_err(), "{came:?}");
    }
}
