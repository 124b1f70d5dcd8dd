//! Those who watch whether others are here, and the clients of those who are watched.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::socket::Socket;
use crate::team::{Person, Team};

pub const PRESENCE: &str = "subscription($workspaceId: ID!, $memberIds: [ID!]!) {
  presence(workspaceId: $workspaceId, memberIds: $memberIds) { memberId presence } }";
const EVENTS: &str = "subscription($workspaceId: ID!, $activity: Activity) {
  events(workspaceId: $workspaceId, privateRev: 77, activity: $activity) { __typename } }";
const SET: &str = "mutation($input: SetActivityInput!) { setActivity(input: $input) { activity } }";

/// Somebody who watches others.
pub struct Watch {
    socket: Socket,
    now: BTreeMap<String, String>,
}

impl Watch {
    /// Begins to watch some people of a team.
    pub async fn begin(at: SocketAddr, watcher: &Person, team: &Team, of: &[&Person]) -> Self {
        let mut socket = Socket::connect(at, watcher.client.token.as_deref()).await.expect("a server");
        let members: Vec<&str> = of.iter().map(|person| person.member.as_str()).collect();
        let variables = json!({ "workspaceId": team.workspace, "memberIds": members });
        socket.subscribe("1", PRESENCE, variables).await;
        let mut watch = Self { socket, now: BTreeMap::new() };
        let first = watch.batch().await;
        assert_eq!(first.iter().map(|(member, _)| member.as_str()).collect::<Vec<_>>(), members);
        watch
    }

    /// The next batch.
    async fn batch(&mut self) -> Vec<(String, String)> {
        let message = self.socket.next_of("1").await;
        assert_eq!(message["type"], "next", "{message}");
        let batch = read(&message["payload"]["data"]["presence"]);
        self.now.extend(batch.iter().cloned());
        batch
    }

    /// How somebody is as far as was told.
    pub fn of(&self, person: &Person) -> &str {
        &self.now[&person.member]
    }

    /// Waits until somebody is like this; answers how they were in between.
    pub async fn until(&mut self, person: &Person, presence: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while self.of(person) != presence {
            let batch = self.batch().await.into_iter();
            seen.extend(batch.filter(|(member, _)| *member == person.member).map(|(_, presence)| presence));
        }
        seen.pop();
        seen
    }

    /// The code that its connection is closed with.
    pub async fn closed(&mut self) -> u16 {
        self.socket.closed().await.0
    }

    /// The code of the error that it ends with.
    pub async fn ends(&mut self) -> String {
        loop {
            let message = self.socket.next_of("1").await;
            if message["type"] == "error" {
                return message["payload"][0]["extensions"]["code"].as_str().unwrap().to_owned();
            }
        }
    }
}

/// Members and how they are, as a batch has them.
pub fn read(batch: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    batch.as_array().unwrap().iter().map(|one| (text(&one["memberId"]), text(&one["presence"]))).collect()
}

/// Somebody's open client: they are here until it is dropped.
pub struct Client(Socket);

impl Client {
    pub async fn open(at: SocketAddr, person: &Person, team: &Team) -> Self {
        Self::with(at, person, json!({ "workspaceId": team.workspace })).await
    }

    /// One that nobody has touched for a while.
    pub async fn idle(at: SocketAddr, person: &Person, team: &Team) -> Self {
        Self::with(at, person, json!({ "workspaceId": team.workspace, "activity": "IDLE" })).await
    }

    async fn with(at: SocketAddr, person: &Person, variables: Value) -> Self {
        let mut socket = Socket::connect(at, person.client.token.as_deref()).await.expect("a server");
        socket.subscribe("events", EVENTS, variables).await;
        // A revision that nobody has is answered once the subscription runs.
        assert_eq!(socket.next_of("events").await["type"], "next");
        Self(socket)
    }

    /// Says on this connection how its person is there.
    pub async fn set(&mut self, team: &Team, activity: &str) {
        let input = json!({ "workspaceId": team.workspace, "activity": activity });
        self.0.subscribe("set", SET, json!({ "input": input })).await;
        let answer = self.0.next_of("set").await;
        assert_eq!(answer["payload"]["data"]["setActivity"]["activity"], activity, "{answer}");
        assert_eq!(self.0.next_of("set").await["type"], "complete");
    }
}

/// Says by POST how somebody is wherever they are.
pub async fn set_everywhere(at: SocketAddr, person: &Person, team: &Team, activity: &str) {
    let input = json!({ "workspaceId": team.workspace, "activity": activity });
    person.client.at(at).must("setActivity", input, "activity").await;
}
