//! Presence watchers, and clients whose presence is watched.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Member, Socket, Workspace};

pub const PRESENCE: &str = "subscription($workspaceId: ID!, $memberIds: [ID!]!) {
  presence(workspaceId: $workspaceId, memberIds: $memberIds) { memberId presence } }";
const EVENTS: &str = "subscription($workspaceId: ID!, $activity: Activity) {
  events(workspaceId: $workspaceId, privateRev: 77, activity: $activity) { __typename } }";
const SET: &str = "mutation($input: SetActivityInput!) { setActivity(input: $input) { activity } }";

/// A presence subscription and the latest state of its members.
pub struct PresenceWatch {
    socket: Socket,
    now: BTreeMap<String, String>,
}

impl PresenceWatch {
    /// Subscribes to the presence of some members of a workspace.
    pub async fn subscribe(watcher: &Member, workspace: &Workspace, of: &[&Member]) -> Self {
        let members: Vec<&str> = of.iter().map(|member| member.id.as_str()).collect();
        let socket = watcher.subscribe(PRESENCE, json!({ "workspaceId": workspace.id, "memberIds": members })).await;
        let mut watch = Self { socket, now: BTreeMap::new() };
        let first = watch.batch().await;
        assert_eq!(first.iter().map(|(member, _)| member.as_str()).collect::<Vec<_>>(), members);
        watch
    }

    async fn batch(&mut self) -> Vec<(String, String)> {
        let message = self.socket.next_for("1").await;
        assert_eq!(message["type"], "next", "{message}");
        let batch = parse_batch(&message["payload"]["data"]["presence"]);
        self.now.extend(batch.iter().cloned());
        batch
    }

    /// The latest known presence of a user.
    pub fn presence_of(&self, user: &Member) -> &str {
        &self.now[&user.id]
    }

    /// Waits until a user has this presence. Returns the presences in between.
    pub async fn wait_for(&mut self, user: &Member, presence: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while self.presence_of(user) != presence {
            let batch = self.batch().await.into_iter();
            seen.extend(batch.filter(|(member, _)| *member == user.id).map(|(_, presence)| presence));
        }
        seen.pop();
        seen
    }

    /// The code with which the connection is closed.
    pub async fn wait_for_close(&mut self) -> u16 {
        self.socket.wait_for_close().await.0
    }

    /// The code of the error that ends the subscription.
    pub async fn wait_for_error(&mut self) -> String {
        loop {
            let message = self.socket.next_for("1").await;
            if message["type"] == "error" {
                return message["payload"][0]["extensions"]["code"].as_str().unwrap().to_owned();
            }
        }
    }
}

/// Member ids and presences of a batch.
pub fn parse_batch(batch: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    batch.as_array().unwrap().iter().map(|one| (text(&one["memberId"]), text(&one["presence"]))).collect()
}

/// A connected client. Its user is online until it is dropped.
pub struct PresenceClient(Socket);

impl PresenceClient {
    pub async fn open(user: &Member, workspace: &Workspace) -> Self {
        Self::with(user, json!({ "workspaceId": workspace.id })).await
    }

    /// A client that connects as idle.
    pub async fn idle(user: &Member, workspace: &Workspace) -> Self {
        Self::with(user, json!({ "workspaceId": workspace.id, "activity": "IDLE" })).await
    }

    async fn with(user: &Member, variables: Value) -> Self {
        let mut socket = user.socket().await;
        socket.subscribe("events", EVENTS, variables).await;
        // A revision that does not exist is answered once the subscription is active.
        assert_eq!(socket.next_for("events").await["type"], "next");
        Self(socket)
    }

    /// Sets the activity of this connection.
    pub async fn set(&mut self, workspace: &Workspace, activity: &str) {
        let input = json!({ "workspaceId": workspace.id, "activity": activity });
        self.0.subscribe("set", SET, json!({ "input": input })).await;
        let response = self.0.next_for("set").await;
        assert_eq!(response["payload"]["data"]["setActivity"]["activity"], activity, "{response}");
        assert_eq!(self.0.next_for("set").await["type"], "complete");
    }
}

/// Sets the activity of all connections of a user, over HTTP.
pub async fn set_activity(user: &Member, workspace: &Workspace, activity: &str) {
    user.mutate("setActivity", json!({ "workspaceId": workspace.id, "activity": activity }), "activity").await;
}
