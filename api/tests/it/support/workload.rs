//! A random workload: users act concurrently in a workspace over HTTP.
//!
//! The first users of the workspace never leave; others leave and rejoin. Rejected actions are part of the workload,
//! as long as the error is one that a user can cause.

use std::net::SocketAddr;

use api::ground::id::{ChannelId, MessageId};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Random, Workspace, new_id, with_workspace};

/// Errors that acting on outdated state may cause.
const EXPECTED_ERRORS: [&str; 4] = ["FORBIDDEN", "NOT_FOUND", "CONFLICT", "BAD_USER_INPUT"];
const EMOJI: [&str; 4] = ["👍", "🎉", "❤️", "👀"];

/// A message of the workload.
#[derive(Debug, Clone)]
pub struct KnownMessage {
    pub id: String,
    pub channel: String,
    pub author: usize,
    /// Every text that the message has had.
    pub texts: Vec<String>,
    pub deleted: bool,
}

/// The state of a workload.
pub struct Workload {
    pub workspace: Workspace,
    pub servers: Vec<SocketAddr>,
    pub random: Random,
    pub channels: Vec<String>,
    pub messages: Vec<KnownMessage>,
    /// This number of users, from the first, never leave the workspace.
    pub permanent_members: usize,
    serial: usize,
}

/// One action of a user.
struct Action {
    user: usize,
    mutation: &'static str,
    input: Value,
    effect: Effect,
}

/// What the workload learns from a successful action.
enum Effect {
    Nothing,
    Channel(String),
    Message(KnownMessage),
    Text(String, String),
    Deletion(String),
}

impl Workload {
    pub fn new(workspace: Workspace, servers: Vec<SocketAddr>, random: Random, permanent_members: usize) -> Self {
        let channels = vec![workspace.general.clone()];
        Self { workspace, servers, random, channels, messages: Vec::new(), permanent_members, serial: 0 }
    }

    /// Runs rounds of one to eight concurrent actions, each on a random server.
    pub async fn run(&mut self, rounds: usize) {
        for _ in 0..rounds {
            let count = 1 + self.random.below(8);
            let actions: Vec<Action> = (0..count).filter_map(|_| self.action()).collect();
            let pending = actions.into_iter().map(|action| {
                let client = self.workspace.members[action.user].client.at(*self.random.pick(&self.servers).unwrap());
                async move { (client.try_mutate(action.mutation, &action.input, "__typename").await, action) }
            });
            let pending: Vec<_> = pending.collect();
            for (done, action) in join_all(pending).await {
                match done {
                    Ok(_) => self.apply(action.effect),
                    Err(failure) => {
                        assert!(EXPECTED_ERRORS.contains(&failure.code()), "{}: {failure:?}", action.mutation);
                    }
                }
            }
        }
    }

    /// Lets every user rejoin the workspace.
    pub async fn rejoin_all(&self) {
        for user in &self.workspace.members {
            user.mutate("acceptInvite", json!({ "token": self.workspace.invite }), "workspace { id }").await;
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::Channel(id) => self.channels.push(id),
            Effect::Message(known) => self.messages.push(known),
            Effect::Text(id, text) => {
                self.messages
                    .iter_mut()
                    .filter(|known| known.id == id)
                    .for_each(|known| known.texts.push(text.clone()));
            }
            Effect::Deletion(id) => {
                self.messages.iter_mut().filter(|known| known.id == id).for_each(|known| known.deleted = true);
            }
        }
    }

    fn action(&mut self) -> Option<Action> {
        let user = self.random.below(self.workspace.members.len());
        match self.random.below(100) {
            0..=44 => self.send(user),
            45..=54 => self.edit(),
            55..=60 => self.delete(),
            61..=72 => self.react(user),
            73..=90 => self.channel(user),
            _ => self.member(user),
        }
    }

    fn input(&self, more: Value) -> Value {
        with_workspace(more, &self.workspace.id)
    }

    /// A unique text, with or without mentions.
    fn text(&mut self) -> String {
        self.serial += 1;
        let serial = format!("secret-{}-{:08x}", self.serial, self.random.next() >> 32);
        let other = self.workspace.members[self.random.below(self.workspace.members.len())].id.clone();
        match self.random.below(6) {
            0 => format!("<@{other}> {serial}"),
            1 => format!("<!channel> {serial}"),
            2 => format!("<!here> <@{other}> {serial}"),
            _ => serial,
        }
    }

    fn send(&mut self, user: usize) -> Option<Action> {
        let channel = self.random.pick(&self.channels)?.clone();
        let (id, text) = (new_id::<MessageId>(&self.workspace.id), self.text());
        let thread = if self.random.once_in(4) { self.random.pick(&self.messages) } else { None };
        // Usually a message of the same channel, sometimes not.
        let channel = thread.map_or(channel, |root| root.channel.clone());
        let thread = thread.map(|root| root.id.clone());
        let input = self.input(json!({ "channelId": channel, "id": id, "text": text, "threadId": thread }));
        let known = KnownMessage { id, channel, author: user, texts: vec![text], deleted: false };
        Some(Action { user, mutation: "sendMessage", input, effect: Effect::Message(known) })
    }

    fn edit(&mut self) -> Option<Action> {
        let known = self.random.pick(&self.messages)?.clone();
        let text = self.text();
        let input = self.input(json!({ "messageId": known.id, "text": text }));
        Some(Action { user: known.author, mutation: "editMessage", input, effect: Effect::Text(known.id, text) })
    }

    fn delete(&mut self) -> Option<Action> {
        let known = self.random.pick(&self.messages)?.clone();
        let input = self.input(json!({ "messageId": known.id }));
        Some(Action { user: known.author, mutation: "deleteMessage", input, effect: Effect::Deletion(known.id) })
    }

    fn react(&mut self, user: usize) -> Option<Action> {
        let known = self.random.pick(&self.messages)?.clone();
        let emoji = *self.random.pick(&EMOJI)?;
        let mutation = if self.random.once_in(3) { "removeReaction" } else { "addReaction" };
        let input = self.input(json!({ "messageId": known.id, "emoji": emoji }));
        Some(Action { user, mutation, input, effect: Effect::Nothing })
    }

    fn channel(&mut self, user: usize) -> Option<Action> {
        let channel = self.random.pick(&self.channels)?.clone();
        let other = self.random.pick(&self.workspace.members)?.id.clone();
        let (mutation, input) = match self.random.below(16) {
            0..=3 => ("joinChannel", json!({ "channelId": channel })),
            4..=5 => ("leaveChannel", json!({ "channelId": channel })),
            6..=7 => ("addToChannel", json!({ "channelId": channel, "memberIds": [other] })),
            8 => ("removeFromChannel", json!({ "channelId": channel, "memberId": other })),
            12 => ("renameChannel", json!({ "channelId": channel, "name": format!("other {}", self.serial) })),
            13 => ("setChannelTopic", json!({ "channelId": channel, "topic": format!("topic {}", self.serial) })),
            14 => ("archiveChannel", json!({ "channelId": channel })),
            15 => ("unarchiveChannel", json!({ "channelId": channel })),
            kind => return Some(self.new_channel(user, &other, kind)),
        };
        Some(Action { user, mutation, input: self.input(input), effect: Effect::Nothing })
    }

    fn new_channel(&mut self, user: usize, other: &str, kind: usize) -> Action {
        let id = new_id::<ChannelId>(&self.workspace.id);
        self.serial += 1;
        let name = format!("room {}", self.serial);
        let (mutation, input) = match kind {
            9 => ("createChannel", json!({ "id": id, "name": name, "memberIds": [other] })),
            10 => ("createChannel", json!({ "id": id, "name": name, "kind": "PRIVATE", "memberIds": [other] })),
            _ => ("openDirect", json!({ "id": id, "memberIds": [other] })),
        };
        Action { user, mutation, input: self.input(input), effect: Effect::Channel(id) }
    }

    fn member(&mut self, user: usize) -> Option<Action> {
        let guest = self.permanent_members + self.random.below(self.workspace.members.len() - self.permanent_members);
        let member = self.workspace.members[guest].id.clone();
        self.serial += 1;
        let (user, mutation, input) = match self.random.below(10) {
            0..=2 => (user, "updateMember", json!({ "name": format!("Name {}", self.serial) })),
            3 => (user, "updateMember", json!({ "handle": format!("handle{}", self.serial) })),
            4 => (guest, "leaveWorkspace", json!({})),
            5 => (0, "removeMember", json!({ "memberId": member })),
            6 => (0, "createInvite", json!({ "maxUses": 5 })),
            _ => {
                let input = json!({ "token": self.workspace.invite });
                return Some(Action { user: guest, mutation: "acceptInvite", input, effect: Effect::Nothing });
            }
        };
        Some(Action { user, mutation, input: self.input(input), effect: Effect::Nothing })
    }
}
