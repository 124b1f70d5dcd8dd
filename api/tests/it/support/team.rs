//! A workspace whose users each have a client.

use std::net::SocketAddr;

use api::ground::id::{MemberId, WorkspaceId};
use serde_json::json;
use testbed::client::Client;
use uuid::Uuid;

use crate::support::ids::id_of;

/// A user and their client.
#[derive(Debug, Clone)]
pub struct User {
    pub client: Client,
    pub name: String,
    pub member_id: String,
}

impl User {
    pub fn parsed_id(&self) -> MemberId {
        id_of(&self.member_id)
    }
}

/// A workspace. The first user owns it.
#[derive(Debug, Clone)]
pub struct Team {
    pub workspace: String,
    /// The default channel, which all members join.
    pub general: String,
    /// An invite without a limit of uses.
    pub invite: String,
    pub users: Vec<User>,
}

impl Team {
    /// Creates a workspace with `count` users on an unused server.
    pub async fn create(address: SocketAddr, count: usize) -> Self {
        let client = Client::new(address).register(&email(0), &name(0), None).await.unwrap();
        let created = client.create_workspace("Acme").await.unwrap();
        let invite = client.create_invite(&created.id).await.unwrap();
        let founder = User { client, name: name(0), member_id: created.founder };
        let mut team = Self { workspace: created.id, general: created.general, invite, users: vec![founder] };
        while team.users.len() < count {
            let number = team.users.len();
            let client = team.register_as(&email(number), &name(number)).await;
            let member_id = client.accept_invite(&team.invite).await.unwrap();
            team.users.push(User { client, name: name(number), member_id });
        }
        team
    }

    /// Registers an account that is not a member.
    pub async fn register(&self) -> Client {
        self.register_as(&email(Uuid::new_v4().simple()), "Another user").await
    }

    async fn register_as(&self, email: &str, name: &str) -> Client {
        self.owner().client.register(email, name, Some(&self.invite)).await.unwrap()
    }

    pub fn owner(&self) -> &User {
        &self.users[0]
    }

    pub fn id(&self) -> WorkspaceId {
        self.workspace.parse().unwrap()
    }

    /// Creates a public channel, which all members receive. Returns its `seq`.
    pub async fn create_channel(&self, name: &str) -> i64 {
        let input = json!({ "workspaceId": self.workspace, "name": name });
        self.owner().client.mutate("createChannel", input, "seq").await["seq"].as_i64().unwrap()
    }
}

fn name(number: usize) -> String {
    format!("User {number}")
}

fn email(number: impl std::fmt::Display) -> String {
    format!("user{number}@example.com")
}
