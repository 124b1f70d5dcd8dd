//! A workspace whose users each have a client.

use std::net::SocketAddr;

use api::ground::id::{MemberId, WorkspaceId};
use serde_json::json;

use crate::support::client::{Client, text};

const PASSWORD: &str = "correct horse battery";

/// A user and their client.
#[derive(Debug, Clone)]
pub struct User {
    pub client: Client,
    pub name: String,
    pub member_id: String,
}

impl User {
    pub fn parsed_id(&self) -> MemberId {
        self.member_id.parse().unwrap()
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
        let client = register(address, 0, None).await;
        let selection = "workspace { id me { id } channels(first: 1) { nodes { id } } }";
        let created = client.mutate("createWorkspace", json!({ "name": "Acme" }), selection).await;
        let workspace = text(&created["workspace"]["id"]);
        let invited = client.mutate("createInvite", json!({ "workspaceId": workspace }), "url").await;
        let founder = User { client, name: name(0), member_id: text(&created["workspace"]["me"]["id"]) };
        let mut team = Self {
            general: text(&created["workspace"]["channels"]["nodes"][0]["id"]),
            invite: text(&invited["url"]),
            users: vec![founder],
            workspace,
        };
        while team.users.len() < count {
            let client = team.register().await;
            let joined =
                client.mutate("acceptInvite", json!({ "token": team.invite }), "workspace { me { id } }").await;
            let member_id = text(&joined["workspace"]["me"]["id"]);
            team.users.push(User { client, name: name(team.users.len()), member_id });
        }
        team
    }

    /// Registers an account that is not a member.
    pub async fn register(&self) -> Client {
        let number = usize::try_from(uuid::Uuid::new_v4().as_u128() % 1_000_000_000).unwrap();
        register(self.owner().client.address, number + self.users.len(), Some(&self.invite)).await
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

async fn register(address: SocketAddr, number: usize, invite: Option<&str>) -> Client {
    let email = format!("user{number}@example.com");
    let input = json!({ "email": email, "password": PASSWORD, "name": name(number), "inviteToken": invite });
    let client = Client::new(address);
    let token = text(&client.mutate("register", input, "token").await["token"]);
    Client { token: Some(token), ..client }
}
