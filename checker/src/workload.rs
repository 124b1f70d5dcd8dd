//! The workload: a workspace with channels and users, created through the API, and commands that are retried until
//! their outcome is definite.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use testbed::client::{Client, RequestError};
use testbed::id::{bare, mint_in};

use crate::history::{Action, Call, History, Outcome};
use crate::{Failure, Result};

/// Number of users, including the owner.
pub const USER_COUNT: usize = 10;
/// Number of public channels besides `general`, and of private ones.
const CHANNEL_COUNT: usize = 2;
/// Messages per channel that are remembered for edits and reactions.
const REMEMBERED_LIMIT: usize = 20;
/// The longest wait before a client retries on another process.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// A user: an account with a member in the workspace.
#[derive(Debug, Clone)]
pub struct User {
    pub email: String,
    pub client: Client,
    /// Member id with prefix, as all ids here.
    pub member: String,
}

/// A remembered message.
#[derive(Debug, Clone)]
pub struct RememberedMessage {
    pub id: String,
    pub author: usize,
    pub thread: bool,
}

/// The position of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    pub seq: i64,
    /// Whether its client reconnects at once, without a pause.
    pub is_steady: bool,
}

/// The workspace under test.
#[derive(Debug)]
pub struct Workload {
    pub addresses: Vec<SocketAddr>,
    pub workspace: String,
    /// `general`, which contains all users permanently, then the others.
    pub channels: Vec<String>,
    pub users: Vec<User>,
    /// Invite that is valid for a week.
    pub invite: String,
    pub history: History,
    /// No new commands are issued; pending ones finish.
    pub stopping: AtomicBool,
    /// Streams end.
    pub closing: AtomicBool,
    /// The position of each running stream, by its number in the history.
    pub cursors: Mutex<HashMap<usize, Cursor>>,
    remembered: Mutex<HashMap<String, VecDeque<RememberedMessage>>>,
}

/// A command as sent to the API.
#[derive(Debug, Clone)]
pub struct Command {
    pub mutation: &'static str,
    pub input: Value,
    pub action: Action,
    /// Command id without prefix.
    pub id: String,
}

impl Workload {
    /// Creates the workspace on fresh servers.
    ///
    /// # Errors
    /// A server rejects a step.
    pub async fn create(addresses: Vec<SocketAddr>) -> Result<Self> {
        let first = Client::new(*addresses.first().ok_or_else(|| Failure::new("no server"))?);
        let owner = first.register(&email(0), "User 0", None).await?;
        let created = owner.create_workspace("Workload").await?;
        let (workspace, general) = (created.id, created.general);
        let invite = owner.create_invite(&workspace).await?;
        let mut users = vec![User { email: email(0), client: owner.clone(), member: created.founder }];
        for number in 1..USER_COUNT {
            let (client, member) = first.register_member(&email(number), &format!("User {number}"), &invite).await?;
            users.push(User { email: email(number), client, member });
        }
        let members: Vec<&String> = users.iter().skip(1).map(|user| &user.member).collect();
        let mut channels = vec![general];
        for number in 0..CHANNEL_COUNT * 2 {
            let kind = if number < CHANNEL_COUNT { "PUBLIC" } else { "PRIVATE" };
            let input = json!({ "name": format!("place-{number}"), "kind": kind, "memberIds": members });
            channels.push(owner.create_channel(&workspace, input).await?);
        }
        Ok(Self {
            addresses,
            workspace,
            channels,
            users,
            invite,
            history: History::default(),
            stopping: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            cursors: Mutex::default(),
            remembered: Mutex::default(),
        })
    }

    /// Chooses a random process.
    pub fn process(&self, random: &mut StdRng) -> usize {
        random.random_range(0..self.addresses.len())
    }

    /// A client of a process without a session.
    pub fn server(&self, process: usize) -> Client {
        Client::new(self.addresses[process]).with_timeout(REQUEST_TIMEOUT)
    }

    /// A client of a user on a process.
    pub fn client(&self, user: usize, process: usize) -> Client {
        self.users[user].client.at(self.addresses[process]).with_timeout(REQUEST_TIMEOUT)
    }

    /// Whether no new commands are issued.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Whether streams end.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// The steady streams, by their numbers in the history.
    pub fn steady(&self) -> Vec<usize> {
        let cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        cursors.iter().filter(|(_, cursor)| cursor.is_steady).map(|(number, _)| *number).collect()
    }

    /// Remembers an acknowledged message.
    pub fn remember(&self, channel: &str, message: RememberedMessage) {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(channel.to_owned()).or_default();
        if kept.len() == REMEMBERED_LIMIT {
            kept.pop_front();
        }
        kept.push_back(message);
    }

    /// A random remembered message that matches.
    pub fn recall(
        &self,
        channel: &str,
        random: &mut StdRng,
        wanted: impl Fn(&RememberedMessage) -> bool,
    ) -> Option<RememberedMessage> {
        let all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let found: Vec<&RememberedMessage> = all.get(channel)?.iter().filter(|message| wanted(message)).collect();
        let chosen = random.random_range(0..found.len().max(1));
        found.get(chosen).map(|message| (*message).clone())
    }

    /// Makes one attempt and records it.
    pub async fn attempt(&self, user: usize, process: usize, command: &Command) -> Outcome {
        let actor = &self.users[user];
        let invoked = self.history.now();
        let done = self.client(user, process).try_mutate(command.mutation, &command.input, "seq").await;
        let outcome = match done {
            Ok(payload) => payload["seq"].as_i64().map_or(Outcome::Queued, Outcome::Done),
            Err(error) if is_final(error.code()) => Outcome::Refused(error.code().to_owned()),
            Err(_) => Outcome::Unknown,
        };
        self.history.record_call(Call {
            command: command.id.clone(),
            actor: bare(&actor.member),
            action: command.action.clone(),
            process,
            invoked,
            ended: self.history.now(),
            outcome: outcome.clone(),
        });
        outcome
    }

    /// Retries a command until its outcome is definite, each time on a random process.
    pub async fn give(&self, user: usize, command: &Command, random: &mut StdRng) -> Outcome {
        loop {
            let process = self.process(random);
            let outcome = self.attempt(user, process, command).await;
            if outcome.is_certain() || self.is_closing() {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(random.random_range(20..200))).await;
        }
    }

    /// A message of the owner to all users.
    pub fn announcement(&self, text: &str) -> Command {
        self.message(&self.channels[0], None, text.to_owned())
    }

    /// Builds the command to send a message.
    pub fn message(&self, channel: &str, thread: Option<&str>, text: String) -> Command {
        let id = mint_in(&self.workspace, "msg_");
        Command {
            mutation: "sendMessage",
            input: json!({ "channelId": channel, "id": id, "threadId": thread, "text": text }),
            action: Action::Send { message: bare(&id), channel: bare(channel), thread: thread.map(bare), text },
            id: bare(&id),
        }
    }

    /// The head of the log, as a process returns it to a user.
    ///
    /// # Errors
    /// The process does not respond.
    pub async fn seq(&self, user: usize, process: usize) -> Result<i64, RequestError> {
        let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
        let data = self.client(user, process).try_query(query, json!({ "id": self.workspace })).await?;
        data["boot"]["seq"].as_i64().ok_or_else(|| RequestError::NoResponse("no seq".to_owned()))
    }
}

/// Whether a code means that nothing happened and a retry is useless.
fn is_final(code: &str) -> bool {
    matches!(code, "FORBIDDEN" | "NOT_FOUND" | "CONFLICT" | "BAD_USER_INPUT" | "UNAUTHENTICATED" | "PAYLOAD_TOO_LARGE")
}

fn email(number: usize) -> String {
    format!("user{number}@example.com")
}

/// The text of a JSON value.
///
/// # Errors
/// The value is not a string.
pub fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| Failure::new(format!("expected a string, got {value}")))
}
