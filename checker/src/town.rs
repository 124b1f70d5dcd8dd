//! The town: a workspace, its channels and its people, made through the API; and how one of its people
//! gives a command, again and again until the answer is certain.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::history::{Action, Answer, Call, History};
use crate::http::{Refusal, ask, ask_within, document, mutate};
use crate::{Failure, Result};

/// People, the owner among them.
pub const PEOPLE: usize = 10;
/// Channels besides `general`: public ones, then as many private ones.
const CHANNELS: usize = 2;
/// Messages of a channel that people remember, to edit them and to react.
const REMEMBERED: usize = 20;
/// A step of the founding is taken once, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);
const PASSWORD: &str = "correct horse battery";

/// Somebody with an account and a place in the workspace.
#[derive(Debug, Clone)]
pub struct Person {
    pub email: String,
    pub token: String,
    /// With its prefix, as are all ids here.
    pub member: String,
}

/// A message that somebody remembers.
#[derive(Debug, Clone)]
pub struct Remembered {
    pub id: String,
    pub author: usize,
    pub thread: bool,
}

/// Where a stream stands.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    pub seq: i64,
    /// It comes back at once; others stay away for a while.
    pub is_steady: bool,
}

/// The town.
#[derive(Debug)]
pub struct Town {
    pub addresses: Vec<SocketAddr>,
    pub workspace: String,
    /// `general`, in which everybody always is, then the others.
    pub channels: Vec<String>,
    pub people: Vec<Person>,
    /// A link into the workspace that works for a week.
    pub invite: String,
    pub history: History,
    /// No new commands: what was begun is finished.
    pub stopping: AtomicBool,
    /// Streams end.
    pub closing: AtomicBool,
    /// Where each living stream stands, by its number in the history.
    pub cursors: Mutex<HashMap<usize, Cursor>>,
    remembered: Mutex<HashMap<String, VecDeque<Remembered>>>,
}

/// A command as it goes over the wire.
#[derive(Debug, Clone)]
pub struct Command {
    pub mutation: &'static str,
    pub input: Value,
    pub action: Action,
    /// Without its prefix.
    pub id: String,
}

impl Town {
    /// Founds it on servers that nobody has used before.
    ///
    /// # Errors
    /// A server refuses a step.
    pub async fn found(addresses: Vec<SocketAddr>) -> Result<Self> {
        let first = *addresses.first().ok_or_else(|| Failure::new("no server"))?;
        let owner = register(first, 0, None).await?;
        let selection = "workspace { id me { id } channels(first: 1) { nodes { id } } }";
        let made = must(first, Some(&owner), "createWorkspace", json!({ "name": "Town" }), selection).await?;
        let workspace = text(&made["workspace"]["id"])?;
        let general = text(&made["workspace"]["channels"]["nodes"][0]["id"])?;
        let input = json!({ "workspaceId": workspace });
        let invite = text(&must(first, Some(&owner), "createInvite", input, "url").await?["url"])?;
        let member = text(&made["workspace"]["me"]["id"])?;
        let mut people = vec![Person { email: email(0), token: owner, member }];
        for number in 1..PEOPLE {
            let token = register(first, number, Some(&invite)).await?;
            let input = json!({ "token": invite });
            let joined = must(first, Some(&token), "acceptInvite", input, "workspace { me { id } }").await?;
            people.push(Person { email: email(number), token, member: text(&joined["workspace"]["me"]["id"])? });
        }
        let members: Vec<&String> = people.iter().skip(1).map(|person| &person.member).collect();
        let mut channels = vec![general];
        let owner = people.first().map(|person| person.token.as_str());
        for number in 0..CHANNELS * 2 {
            let kind = if number < CHANNELS { "PUBLIC" } else { "PRIVATE" };
            let input = json!({
                "workspaceId": workspace, "name": format!("place-{number}"), "kind": kind, "memberIds": members });
            channels.push(text(&must(first, owner, "createChannel", input, "channel { id }").await?["channel"]["id"])?);
        }
        Ok(Self {
            addresses,
            workspace,
            channels,
            people,
            invite,
            history: History::default(),
            stopping: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            cursors: Mutex::default(),
            remembered: Mutex::default(),
        })
    }

    /// Lets one more account join; answers the token of its session.
    ///
    /// # Errors
    /// A server refuses a step.
    pub async fn join(&self, email: &str, name: &str) -> Result<String> {
        let input = json!({ "email": email, "password": PASSWORD, "name": name, "inviteToken": self.invite });
        let token = text(&must(self.addresses[0], None, "register", input, "token").await?["token"])?;
        self.must(&token, "acceptInvite", json!({ "token": self.invite }), "workspace { id }").await?;
        Ok(token)
    }

    /// Executes a mutation that has to succeed.
    ///
    /// # Errors
    /// The server refuses it.
    pub async fn must(&self, token: &str, mutation: &str, input: Value, selection: &str) -> Result<Value> {
        must(self.addresses[0], Some(token), mutation, input, selection).await
    }

    /// A process, chosen by chance.
    pub fn process(&self, random: &mut StdRng) -> (usize, SocketAddr) {
        let number = random.random_range(0..self.addresses.len());
        (number, self.addresses[number])
    }

    /// Whether no new commands are wanted.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Whether streams are to end.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// The streams that come back at once, by their numbers in the history.
    pub fn steady(&self) -> Vec<usize> {
        let cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        cursors.iter().filter(|(_, cursor)| cursor.is_steady).map(|(number, _)| *number).collect()
    }

    /// Keeps a message in mind that was acknowledged.
    pub fn remember(&self, channel: &str, message: Remembered) {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(channel.to_owned()).or_default();
        if kept.len() == REMEMBERED {
            kept.pop_front();
        }
        kept.push_back(message);
    }

    /// A remembered message that is wanted, if there is one.
    pub fn recall(
        &self,
        channel: &str,
        random: &mut StdRng,
        wanted: impl Fn(&Remembered) -> bool,
    ) -> Option<Remembered> {
        let all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let found: Vec<&Remembered> = all.get(channel)?.iter().filter(|message| wanted(message)).collect();
        let chosen = random.random_range(0..found.len().max(1));
        found.get(chosen).map(|message| (*message).clone())
    }

    /// Makes one attempt, and records it.
    pub async fn attempt(&self, person: usize, process: usize, command: &Command) -> Answer {
        let actor = &self.people[person];
        let invoked = self.history.now();
        let done = mutate(self.addresses[process], Some(&actor.token), command.mutation, &command.input, "seq").await;
        let answer = match done {
            Ok(payload) => payload["seq"].as_i64().map_or(Answer::Queued, Answer::Done),
            Err(Refusal::Code(code)) if is_final(&code) => Answer::Refused(code),
            Err(_) => Answer::Unknown,
        };
        self.history.called(Call {
            command: command.id.clone(),
            actor: bare(&actor.member),
            action: command.action.clone(),
            process,
            invoked,
            ended: self.history.now(),
            answer: answer.clone(),
        });
        answer
    }

    /// Gives a command until the answer is certain: each time to another process, by chance.
    pub async fn give(&self, person: usize, command: &Command, random: &mut StdRng) -> Answer {
        loop {
            let (process, _) = self.process(random);
            let answer = self.attempt(person, process, command).await;
            if answer.is_certain() || self.is_closing() {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(random.random_range(20..200))).await;
        }
    }

    /// A message of the owner that everybody gets.
    pub fn announcement(&self, text: &str) -> Command {
        self.message(&self.channels[0], None, text.to_owned())
    }

    /// The command to send a message.
    pub fn message(&self, channel: &str, thread: Option<&str>, text: String) -> Command {
        let id = mint("msg_");
        Command {
            mutation: "sendMessage",
            input: json!({
                "workspaceId": self.workspace, "channelId": channel, "id": id, "threadId": thread, "text": text }),
            action: Action::Send { message: bare(&id), channel: bare(channel), thread: thread.map(bare), text },
            id: bare(&id),
        }
    }

    /// Signs a person in once more; answers the token.
    pub async fn sign_in(&self, person: usize, process: usize) -> Option<String> {
        let input = json!({ "email": self.people[person].email, "password": PASSWORD });
        let made = mutate(self.addresses[process], None, "signIn", &input, "token").await.ok()?;
        made["token"].as_str().map(str::to_owned)
    }

    /// Where the log stands, as a process says it to a person.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn seq(&self, person: usize, process: usize) -> Result<i64, Refusal> {
        let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
        let token = Some(self.people[person].token.as_str());
        let data = ask(self.addresses[process], token, query, json!({ "id": self.workspace })).await?;
        data["boot"]["seq"].as_i64().ok_or(Refusal::Gone)
    }
}

/// Whether a code says that nothing happened and that asking again is useless.
fn is_final(code: &str) -> bool {
    matches!(code, "FORBIDDEN" | "NOT_FOUND" | "CONFLICT" | "BAD_USER_INPUT" | "UNAUTHENTICATED" | "PAYLOAD_TOO_LARGE")
}

fn email(number: usize) -> String {
    format!("person{number}@example.com")
}

async fn register(address: SocketAddr, number: usize, invite: Option<&str>) -> Result<String> {
    let input = json!({
        "email": email(number), "password": PASSWORD, "name": format!("Person {number}"), "inviteToken": invite });
    text(&must(address, None, "register", input, "token").await?["token"])
}

async fn must(
    address: SocketAddr,
    token: Option<&str>,
    mutation: &str,
    input: Value,
    selection: &str,
) -> Result<Value> {
    let document = document(mutation, selection);
    match ask_within(PATIENCE, address, token, &document, json!({ "input": input })).await {
        Ok(mut data) => Ok(data[mutation].take()),
        Err(refusal) => Err(Failure::new(format!("{mutation} while the town is founded: {refusal:?}"))),
    }
}

/// The text of a value.
///
/// # Errors
/// It has none.
pub fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| Failure::new(format!("no text but {value}")))
}

/// A UUID that nobody has used.
#[expect(clippy::disallowed_methods, reason = "this is the one place of this tool that mints ids")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// A new id with a prefix.
pub fn mint(prefix: &str) -> String {
    format!("{prefix}{}", fresh())
}

/// An id without its prefix, as it stands in the log.
pub fn bare(id: &str) -> String {
    id.split_once('_').map_or(id, |(_, bare)| bare).to_owned()
}
