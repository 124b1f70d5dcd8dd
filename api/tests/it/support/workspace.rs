//! A workspace, and users with accounts and roles that act on a server.

use api::ground::config::Config;
use api::wire::http::{Settings, Timing};
use serde_json::{Value, json};
use std::time::Duration;
use testbed::client::Client;

use crate::support::server::Server;
use crate::support::store::Store;

pub use testbed::fixture::PASSWORD;

/// A user with an account. `member_id` is set once they have joined.
#[derive(Debug, Clone, Default)]
pub struct User {
    pub email: String,
    pub token: String,
    pub member_id: String,
}

/// A workspace, its owner, and an invite to it.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub id: String,
    pub general: String,
    pub owner: User,
    pub invite: String,
}

/// Starts a server that shuts down fast, does not delay refusals and does not limit sign-in.
pub async fn start_server(store: &Store) -> Server {
    start_server_with(store.config()).await
}

/// The same with another configuration.
pub async fn start_server_with(config: Config) -> Server {
    let timing =
        Timing { drain_period: Duration::from_millis(20), max_refusal_delay: Duration::ZERO, ..Timing::default() };
    let config = Config { sign_in_rate: 1_000_000, ..config };
    Server::start_with_config(None, Settings { timing, ..Settings::default() }, config).await
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

/// The document of a mutation with this payload and the variable `input`.
pub fn mutation(name: &str, payload: &str) -> String {
    let kind = format!("{}{}Input!", name[..1].to_uppercase(), &name[1..]);
    format!("mutation($input: {kind}) {{ {name}(input: $input) {payload} }}")
}

/// Registers an account, with an invite if needed.
pub async fn register(server: &Server, name: &str, invite: Option<&str>) -> User {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let client = server.client(None).register(&email, name, invite).await.unwrap();
    User { email, token: client.token.unwrap(), member_id: String::new() }
}

impl User {
    fn client(&self, server: &Server) -> Client {
        server.client(Some(&self.token))
    }

    /// Executes a document. Returns the complete response.
    pub async fn execute(&self, server: &Server, query: &str, variables: Value) -> Value {
        server.graphql(Some(&self.token), query, variables).await
    }

    /// Executes a mutation. Returns its payload or error code.
    pub async fn try_mutate(&self, server: &Server, name: &str, payload: &str, input: Value) -> Result<Value, String> {
        let response = self.execute(server, &mutation(name, payload), json!({ "input": input })).await;
        match code(&response) {
            Some(code) => Err(code),
            None => Ok(response["data"][name].clone()),
        }
    }

    /// Executes a mutation that must succeed.
    pub async fn mutate(&self, server: &Server, name: &str, payload: &str, input: Value) -> Value {
        let response = self.execute(server, &mutation(name, payload), json!({ "input": input })).await;
        assert!(code(&response).is_none(), "{name}: {response}");
        response["data"][name].clone()
    }

    /// Sends a message. Returns its id and `seq`.
    pub async fn send_message(&self, server: &Server, channel: &str, words: &str) -> (String, i64) {
        self.client(server).send_message(channel, words).await.unwrap()
    }

    /// Signs in again.
    pub async fn sign_in(&self, server: &Server) -> Self {
        let client = server.client(None).sign_in(&self.email, PASSWORD).await.unwrap();
        Self { token: client.token.unwrap(), ..self.clone() }
    }

    /// The id of the session that the token belongs to.
    pub async fn session_id(&self, server: &Server) -> String {
        text(&self.execute(server, "{ viewer { session { id } } }", Value::Null).await, "/data/viewer/session/id")
    }

    /// Creates a workspace with an invite.
    pub async fn create_workspace(&self, server: &Server, name: &str) -> Workspace {
        let created = self.client(server).create_workspace(name).await.unwrap();
        let invite = self.create_invite(server, &created.id).await;
        let owner = Self { member_id: created.founder, ..self.clone() };
        Workspace { general: created.general, id: created.id, owner, invite }
    }

    /// Creates an invite. Returns its token.
    pub async fn create_invite(&self, server: &Server, workspace_id: &str) -> String {
        self.client(server).create_invite(workspace_id).await.unwrap()
    }

    /// Accepts the invite of a workspace.
    pub async fn join(&self, server: &Server, workspace: &Workspace) -> Self {
        let member_id = self.client(server).accept_invite(&workspace.invite).await.unwrap();
        Self { member_id, ..self.clone() }
    }
}

impl Workspace {
    /// Creates the first workspace of a server, with its first account.
    pub async fn create(server: &Server) -> Self {
        register(server, "Olga Owner", None).await.create_workspace(server, "Acme").await
    }

    /// Adds a member with this role.
    pub async fn add_member(&self, server: &Server, name: &str, role: &str) -> User {
        let user = register(server, name, Some(&self.invite)).await.join(server, self).await;
        if role != "MEMBER" {
            let input = json!({ "memberId": user.member_id, "role": role });
            self.owner.mutate(server, "setMemberRole", "{ seq }", input).await;
        }
        user
    }

    /// Creates a private channel of the owner and these users. Returns its id.
    pub async fn create_private_channel(&self, server: &Server, name: &str, users: &[&User]) -> String {
        let members: Vec<&str> = users.iter().map(|user| user.member_id.as_str()).collect();
        let input = json!({ "name": name, "kind": "PRIVATE", "memberIds": members });
        self.owner.client(server).create_channel(&self.id, input).await.unwrap()
    }

    /// The current `seq` of the log.
    pub async fn seq(&self, server: &Server) -> i64 {
        self.owner.client(server).seq(&self.id).await.unwrap()
    }
}
