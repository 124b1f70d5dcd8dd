//! A company over the wire: people with accounts and roles, and what they ask and do.

use api::config::Config;
use api::http::{Settings, Timing};
use serde_json::{Value, json};
use std::time::Duration;

use crate::server::Server;
use crate::store::Store;

pub const PASSWORD: &str = "correct horse";

/// Somebody with an account. A member once they have joined.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub email: String,
    pub token: String,
    pub member: String,
}

/// A workspace, its founder, and a link by which others come.
#[derive(Debug, Clone)]
pub struct Company {
    pub workspace: String,
    pub general: String,
    pub owner: Person,
    pub invite: String,
}

/// A server on a store, for tests in which many sign in, go on after refusals, and servers go down often.
pub async fn server_on(store: &Store) -> Server {
    server_of(store.config()).await
}

/// The same with settings of its own.
pub async fn server_of(config: Config) -> Server {
    let timing = Timing { drain: Duration::from_millis(20), hold: Duration::ZERO, ..Timing::default() };
    let config = Config { sign_in_rate: 1_000_000, ..config };
    Server::start_on(None, Settings { timing, ..Settings::default() }, config).await
}

/// The text under a pointer such as `/data/viewer/account/id`.
pub fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value}")).to_owned()
}

/// The whole number under a pointer.
pub fn number(value: &Value, pointer: &str) -> i64 {
    let found = value.pointer(pointer).and_then(Value::as_i64);
    found.unwrap_or_else(|| panic!("no number at {pointer} of {value}"))
}

/// The code of the first error of a response, if it has one.
pub fn code(response: &Value) -> Option<String> {
    response.get("errors").map(|errors| text(errors, "/0/extensions/code"))
}

/// The document of a mutation with this payload; its variable is `input`.
pub fn mutation(name: &str, payload: &str) -> String {
    let kind = format!("{}{}Input!", name[..1].to_uppercase(), &name[1..]);
    format!("mutation($input: {kind}) {{ {name}(input: $input) {payload} }}")
}

/// Registers somebody, with the invite that lets them.
pub async fn register(server: &Server, name: &str, invite: Option<&str>) -> Person {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let input = json!({ "email": email, "password": PASSWORD, "name": name, "inviteToken": invite });
    let response = server.graphql(None, &mutation("register", "{ token }"), json!({ "input": input })).await;
    Person { email, token: text(&response, "/data/register/token"), member: String::new() }
}

impl Person {
    /// Executes a document; answers the whole response.
    pub async fn ask(&self, server: &Server, query: &str, variables: Value) -> Value {
        server.graphql(Some(&self.token), query, variables).await
    }

    /// Tries a mutation; answers its payload, or the code of its error.
    pub async fn tries(&self, server: &Server, name: &str, payload: &str, input: Value) -> Result<Value, String> {
        let response = self.ask(server, &mutation(name, payload), json!({ "input": input })).await;
        match code(&response) {
            Some(code) => Err(code),
            None => Ok(response["data"][name].clone()),
        }
    }

    /// Does what must succeed.
    pub async fn does(&self, server: &Server, name: &str, payload: &str, input: Value) -> Value {
        let response = self.ask(server, &mutation(name, payload), json!({ "input": input })).await;
        assert!(code(&response).is_none(), "{name}: {response}");
        response["data"][name].clone()
    }

    /// Sends a message; answers its id and number.
    pub async fn sends(&self, server: &Server, company: &Company, channel: &str, words: &str) -> (String, i64) {
        let input = json!({ "workspaceId": company.workspace, "channelId": channel, "text": words });
        let sent = self.does(server, "sendMessage", "{ seq message { id } }", input).await;
        (text(&sent, "/message/id"), number(&sent, "/seq"))
    }

    /// Signs in once more.
    pub async fn signs_in(&self, server: &Server) -> Self {
        let input = json!({ "email": self.email, "password": PASSWORD });
        let response = server.graphql(None, &mutation("signIn", "{ token }"), json!({ "input": input })).await;
        Self { token: text(&response, "/data/signIn/token"), ..self.clone() }
    }

    /// The id of the sign-in that the token belongs to.
    pub async fn sign_in_id(&self, server: &Server) -> String {
        text(&self.ask(server, "{ viewer { signIn { id } } }", Value::Null).await, "/data/viewer/signIn/id")
    }

    /// Founds a workspace with a link for others.
    pub async fn founds(&self, server: &Server, name: &str) -> Company {
        let payload = "{ workspace { id me { id } channels { nodes { id } } } }";
        let made = self.does(server, "createWorkspace", payload, json!({ "name": name })).await;
        let workspace = text(&made, "/workspace/id");
        let owner = Self { member: text(&made, "/workspace/me/id"), ..self.clone() };
        let invite = owner.invites(server, &workspace).await;
        Company { general: text(&made, "/workspace/channels/nodes/0/id"), workspace, owner, invite }
    }

    /// Makes a link; answers its token.
    pub async fn invites(&self, server: &Server, workspace: &str) -> String {
        let made = self.does(server, "createInvite", "{ url }", json!({ "workspaceId": workspace })).await;
        text(&made, "/url").rsplit('/').next().unwrap().to_owned()
    }

    /// Accepts a link.
    pub async fn joins(&self, server: &Server, company: &Company) -> Self {
        let input = json!({ "token": company.invite });
        let joined = self.does(server, "acceptInvite", "{ workspace { me { id } } }", input).await;
        Self { member: text(&joined, "/workspace/me/id"), ..self.clone() }
    }
}

impl Company {
    /// The first company of a server, with its first account.
    pub async fn first(server: &Server) -> Self {
        register(server, "Olga Owner", None).await.founds(server, "Acme").await
    }

    /// A new member of this role.
    pub async fn hires(&self, server: &Server, name: &str, role: &str) -> Person {
        let person = register(server, name, Some(&self.invite)).await.joins(server, self).await;
        if role != "MEMBER" {
            let input = json!({ "workspaceId": self.workspace, "memberId": person.member, "role": role });
            self.owner.does(server, "setMemberRole", "{ seq }", input).await;
        }
        person
    }

    /// A private channel of the owner and these people; answers its id.
    pub async fn private(&self, server: &Server, name: &str, people: &[&Person]) -> String {
        let members: Vec<&str> = people.iter().map(|person| person.member.as_str()).collect();
        let input = json!({ "workspaceId": self.workspace, "name": name, "kind": "PRIVATE", "memberIds": members });
        text(&self.owner.does(server, "createChannel", "{ channel { id } }", input).await, "/channel/id")
    }

    /// Where the log stands.
    pub async fn seq(&self, server: &Server) -> i64 {
        let asked = json!({ "id": self.workspace });
        number(
            &self.owner.ask(server, "query($id: ID!) { workspace(id: $id) { seq } }", asked).await,
            "/data/workspace/seq",
        )
    }
}
