//! A workspace and its members, each with a client.

use std::net::SocketAddr;

use api::ground::id::{MemberId, WorkspaceId};
use serde_json::{Value, json};

use crate::support::{Socket, id_of};

pub use testbed::client::{Client, RequestError, document};
pub use testbed::fixture::PASSWORD;

/// An account with a client. Its member id is set once it has joined a workspace.
#[derive(Debug, Clone)]
pub struct Member {
    pub client: Client,
    pub email: String,
    pub id: String,
}

/// A workspace, an invite to it without a limit of uses, and the members that were created with it.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub id: String,
    /// The default channel, which all members join.
    pub general: String,
    pub invite: String,
    /// The owner is the first.
    pub members: Vec<Member>,
}

/// The string at a JSON pointer such as `/data/viewer/account/id`.
pub fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no string at {pointer} of {value}")).to_owned()
}

/// The integer at a JSON pointer.
pub fn number(value: &Value, pointer: &str) -> i64 {
    let found = value.pointer(pointer).and_then(Value::as_i64);
    found.unwrap_or_else(|| panic!("no number at {pointer} of {value}"))
}

/// The code of the first error, if there is one.
pub fn code(response: &Value) -> Option<String> {
    response.get("errors").map(|errors| text(errors, "/0/extensions/code"))
}

/// Registers an account, with an invite if needed.
pub async fn register(server: impl Into<SocketAddr>, name: &str, invite: Option<&str>) -> Member {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let client = Client::new(server).register(&email, name, invite).await.unwrap();
    Member { client, email, id: String::new() }
}

impl Member {
    pub fn token(&self) -> &str {
        self.client.token.as_deref().expect("a session")
    }

    pub fn parsed_id(&self) -> MemberId {
        id_of(&self.id)
    }

    /// The same member on another server.
    pub fn at(&self, server: impl Into<SocketAddr>) -> Self {
        Self { client: self.client.at(server), ..self.clone() }
    }

    /// The same member in another session.
    pub fn signed_in(&self, token: &str) -> Self {
        Self { client: self.client.signed_in(token), ..self.clone() }
    }

    /// The address of the server.
    pub fn address(&self) -> SocketAddr {
        self.client.address().expect("a server on loopback")
    }

    /// Opens a socket.
    pub async fn socket(&self) -> Socket {
        Socket::connect(self.address(), Some(self.token())).await
    }

    /// Opens a socket and starts an operation with the id `1`.
    pub async fn subscribe(&self, document: &str, variables: Value) -> Socket {
        let mut socket = self.socket().await;
        socket.subscribe("1", document, variables).await;
        socket
    }

    /// Executes a document. Returns the complete response.
    pub async fn execute(&self, document: &str, variables: Value) -> Value {
        self.client.execute(document, &variables).await.unwrap()
    }

    /// Executes a mutation that must succeed. Returns its payload.
    pub async fn mutate(&self, mutation: &str, input: Value, selection: &str) -> Value {
        self.client.mutate(mutation, input, selection).await
    }

    /// Executes a mutation. Returns its payload or error code.
    pub async fn try_mutate(&self, mutation: &str, input: &Value, selection: &str) -> Result<Value, String> {
        let response = self.execute(&document(mutation, selection), json!({ "input": input })).await;
        match code(&response) {
            Some(code) => Err(code),
            None => Ok(response["data"][mutation].clone()),
        }
    }

    /// Sends a message. Returns its id and `seq`.
    pub async fn send_message(&self, channel: &str, words: &str) -> (String, i64) {
        self.client.send_message(channel, words).await.unwrap()
    }

    /// Signs in again.
    pub async fn sign_in(&self) -> Self {
        Self { client: self.client.sign_in(&self.email, PASSWORD).await.unwrap(), ..self.clone() }
    }

    /// The id of the session that the token belongs to.
    pub async fn session_id(&self) -> String {
        text(&self.execute("{ viewer { session { id } } }", Value::Null).await, "/data/viewer/session/id")
    }

    /// Creates a workspace with an invite.
    pub async fn create_workspace(&self, name: &str) -> Workspace {
        let created = self.client.create_workspace(name).await.unwrap();
        let invite = self.create_invite(&created.id).await;
        let owner = Self { id: created.founder, ..self.clone() };
        Workspace { id: created.id, general: created.general, invite, members: vec![owner] }
    }

    /// Creates an invite. Returns its token.
    pub async fn create_invite(&self, workspace_id: &str) -> String {
        self.client.create_invite(workspace_id).await.unwrap()
    }

    /// Accepts the invite of a workspace.
    pub async fn join(&self, workspace: &Workspace) -> Self {
        Self { id: self.client.accept_invite(&workspace.invite).await.unwrap(), ..self.clone() }
    }
}

impl Workspace {
    /// Creates the first workspace of a server, with its first account.
    pub async fn create(server: impl Into<SocketAddr>) -> Self {
        register(server, "Olga Owner", None).await.create_workspace("Acme").await
    }

    /// The same with `count` members.
    pub async fn with_members(server: impl Into<SocketAddr>, count: usize) -> Self {
        let mut workspace = register(server, "User 0", None).await.create_workspace("Acme").await;
        for number in 1..count {
            let member = workspace.register(&format!("User {number}")).await.join(&workspace).await;
            workspace.members.push(member);
        }
        workspace
    }

    pub fn owner(&self) -> &Member {
        &self.members[0]
    }

    pub fn parsed_id(&self) -> WorkspaceId {
        self.id.parse().unwrap()
    }

    /// The same workspace, with its members on another server.
    pub fn at(&self, server: impl Into<SocketAddr>) -> Self {
        let address = server.into();
        Self { members: self.members.iter().map(|member| member.at(address)).collect(), ..self.clone() }
    }

    /// Registers an account that is not a member.
    pub async fn register(&self, name: &str) -> Member {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let client = self.owner().client.register(&email, name, Some(&self.invite)).await.unwrap();
        Member { client, email, id: String::new() }
    }

    /// Adds a member with this role.
    pub async fn add_member(&self, name: &str, role: &str) -> Member {
        let member = self.register(name).await.join(self).await;
        if role != "MEMBER" {
            self.owner().mutate("setMemberRole", json!({ "memberId": member.id, "role": role }), "seq").await;
        }
        member
    }

    /// Adds members with these names.
    pub async fn add_members<const COUNT: usize>(&self, names: [&str; COUNT]) -> [Member; COUNT] {
        let mut members = Vec::new();
        for name in names {
            members.push(self.add_member(name, "MEMBER").await);
        }
        members.try_into().expect("a member for each name")
    }

    /// Creates a public channel, which all members receive. Returns its `seq`.
    pub async fn create_channel(&self, name: &str) -> i64 {
        let input = json!({ "workspaceId": self.id, "name": name });
        number(&self.owner().mutate("createChannel", input, "seq").await, "/seq")
    }

    /// Creates a private channel of the owner and these members. Returns its id.
    pub async fn create_private_channel(&self, name: &str, members: &[&Member]) -> String {
        let members: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        let input = json!({ "name": name, "kind": "PRIVATE", "memberIds": members });
        self.owner().client.create_channel(&self.id, input).await.unwrap()
    }

    /// The current `seq` of the log.
    pub async fn seq(&self) -> i64 {
        self.owner().client.seq(&self.id).await.unwrap()
    }
}
