//! A workspace with people in it, made over the wire.

use std::net::SocketAddr;

use api::id::{MemberId, WorkspaceId};
use serde_json::json;

use crate::client::{Client, text};

const PASSWORD: &str = "correct horse battery";

/// One person and their client.
#[derive(Debug, Clone)]
pub struct Person {
    pub client: Client,
    pub name: String,
    pub member: String,
}

impl Person {
    pub fn member_id(&self) -> MemberId {
        self.member.parse().unwrap()
    }
}

/// A workspace. The first of its people owns it.
#[derive(Debug, Clone)]
pub struct Team {
    pub workspace: String,
    /// The channel that everybody is in at first.
    pub general: String,
    /// Lets anybody in, again and again.
    pub invite: String,
    pub people: Vec<Person>,
}

impl Team {
    /// A team of so many people, on a server that nobody has used before.
    pub async fn begin(address: SocketAddr, count: usize) -> Self {
        let client = register(address, 0, None).await;
        let selection = "workspace { id me { id } channels(first: 1) { nodes { id } } }";
        let made = client.must("createWorkspace", json!({ "name": "Acme" }), selection).await;
        let workspace = text(&made["workspace"]["id"]);
        let invited = client.must("createInvite", json!({ "workspaceId": workspace }), "url").await;
        let founder = Person { client, name: name(0), member: text(&made["workspace"]["me"]["id"]) };
        let mut team = Self {
            general: text(&made["workspace"]["channels"]["nodes"][0]["id"]),
            invite: text(&invited["url"]),
            people: vec![founder],
            workspace,
        };
        while team.people.len() < count {
            let client = team.register().await;
            let joined = client.must("acceptInvite", json!({ "token": team.invite }), "workspace { me { id } }").await;
            let member = text(&joined["workspace"]["me"]["id"]);
            team.people.push(Person { client, name: name(team.people.len()), member });
        }
        team
    }

    /// Somebody with an account who is not in the workspace.
    pub async fn register(&self) -> Client {
        let number = usize::try_from(uuid::Uuid::new_v4().as_u128() % 1_000_000_000).unwrap();
        register(self.owner().client.address, number + self.people.len(), Some(&self.invite)).await
    }

    pub fn owner(&self) -> &Person {
        &self.people[0]
    }

    pub fn id(&self) -> WorkspaceId {
        self.workspace.parse().unwrap()
    }

    /// Creates a public channel; answers its number. Everybody in the workspace sees that.
    pub async fn announce(&self, name: &str) -> i64 {
        let input = json!({ "workspaceId": self.workspace, "name": name });
        self.owner().client.must("createChannel", input, "seq").await["seq"].as_i64().unwrap()
    }
}

fn name(number: usize) -> String {
    format!("Person {number}")
}

async fn register(address: SocketAddr, number: usize, invite: Option<&str>) -> Client {
    let email = format!("person{number}@example.com");
    let input = json!({ "email": email, "password": PASSWORD, "name": name(number), "inviteToken": invite });
    let client = Client::new(address);
    let token = text(&client.must("register", input, "token").await["token"]);
    Client { token: Some(token), ..client }
}
