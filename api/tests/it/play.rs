//! A random play: what people do in a workspace, all of it over the wire, several at a time.
//!
//! The first people of the team stay in the workspace; the others come and go. What is refused is part of
//! the play, as long as the refusal is one that people can earn.

use std::net::SocketAddr;

use api::id::{ChannelId, MessageId};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::random::Random;
use crate::team::Team;

/// What may be answered to somebody who acts on what was so a moment ago.
const EARNED: [&str; 4] = ["FORBIDDEN", "NOT_FOUND", "CONFLICT", "BAD_USER_INPUT"];
const EMOJI: [&str; 4] = ["👍", "🎉", "❤️", "👀"];

/// A message of the play.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: String,
    pub channel: String,
    pub author: usize,
    /// Every text that it has ever had.
    pub texts: Vec<String>,
    pub deleted: bool,
}

/// The play.
pub struct Play {
    pub team: Team,
    pub servers: Vec<SocketAddr>,
    pub random: Random,
    pub channels: Vec<String>,
    pub messages: Vec<Known>,
    /// So many of the team, from its first, never leave the workspace.
    pub staying: usize,
    serial: usize,
}

/// One thing that somebody does.
struct Act {
    person: usize,
    mutation: &'static str,
    input: Value,
    learns: Learns,
}

/// What the play knows once it is done.
enum Learns {
    Nothing,
    Channel(String),
    Message(Known),
    Text(String, String),
    Deletion(String),
}

impl Play {
    pub fn new(team: Team, servers: Vec<SocketAddr>, random: Random, staying: usize) -> Self {
        let channels = vec![team.general.clone()];
        Self { team, servers, random, channels, messages: Vec::new(), staying, serial: 0 }
    }

    /// Lets from one to eight things happen at once, each at any of the servers, so often.
    pub async fn rounds(&mut self, rounds: usize) {
        for _ in 0..rounds {
            let count = 1 + self.random.below(8);
            let acts: Vec<Act> = (0..count).filter_map(|_| self.act()).collect();
            let doing = acts.into_iter().map(|act| {
                let client = self.team.people[act.person].client.at(*self.random.pick(&self.servers).unwrap());
                async move { (client.mutate(act.mutation, &act.input, "__typename").await, act) }
            });
            let doing: Vec<_> = doing.collect();
            for (done, act) in join_all(doing).await {
                match done {
                    Ok(_) => self.learn(act.learns),
                    Err(failure) => assert!(EARNED.contains(&failure.code()), "{}: {failure:?}", act.mutation),
                }
            }
        }
    }

    /// Brings back into the workspace whoever is out of it.
    pub async fn gather(&self) {
        for person in &self.team.people {
            person.client.must("acceptInvite", json!({ "token": self.team.invite }), "workspace { id }").await;
        }
    }

    fn learn(&mut self, learns: Learns) {
        match learns {
            Learns::Nothing => {}
            Learns::Channel(id) => self.channels.push(id),
            Learns::Message(known) => self.messages.push(known),
            Learns::Text(id, text) => {
                self.messages
                    .iter_mut()
                    .filter(|known| known.id == id)
                    .for_each(|known| known.texts.push(text.clone()));
            }
            Learns::Deletion(id) => {
                self.messages.iter_mut().filter(|known| known.id == id).for_each(|known| known.deleted = true);
            }
        }
    }

    fn act(&mut self) -> Option<Act> {
        let person = self.random.below(self.team.people.len());
        match self.random.below(100) {
            0..=44 => self.send(person),
            45..=54 => self.edit(),
            55..=60 => self.delete(),
            61..=72 => self.react(person),
            73..=90 => self.channel(person),
            _ => self.member(person),
        }
    }

    fn workspace(&self) -> Value {
        json!({ "workspaceId": self.team.workspace })
    }

    fn input(&self, more: Value) -> Value {
        let mut input = self.workspace();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    }

    /// A text that no other message has, with or without mentions.
    fn text(&mut self) -> String {
        self.serial += 1;
        let serial = format!("secret-{}-{:08x}", self.serial, self.random.next() >> 32);
        let someone = self.team.people[self.random.below(self.team.people.len())].member.clone();
        match self.random.below(6) {
            0 => format!("<@{someone}> {serial}"),
            1 => format!("<!channel> {serial}"),
            2 => format!("<!here> <@{someone}> {serial}"),
            _ => serial,
        }
    }

    fn send(&mut self, person: usize) -> Option<Act> {
        let channel = self.random.pick(&self.channels)?.clone();
        let (id, text) = (MessageId::mint().to_string(), self.text());
        let thread = if self.random.once_in(4) { self.random.pick(&self.messages) } else { None };
        // Usually a message of the same channel; sometimes a mistake.
        let channel = thread.map_or(channel, |root| root.channel.clone());
        let thread = thread.map(|root| root.id.clone());
        let input = self.input(json!({ "channelId": channel, "id": id, "text": text, "threadId": thread }));
        let known = Known { id, channel, author: person, texts: vec![text], deleted: false };
        Some(Act { person, mutation: "sendMessage", input, learns: Learns::Message(known) })
    }

    fn edit(&mut self) -> Option<Act> {
        let known = self.random.pick(&self.messages)?.clone();
        let text = self.text();
        let input = self.input(json!({ "messageId": known.id, "text": text }));
        Some(Act { person: known.author, mutation: "editMessage", input, learns: Learns::Text(known.id, text) })
    }

    fn delete(&mut self) -> Option<Act> {
        let known = self.random.pick(&self.messages)?.clone();
        let input = self.input(json!({ "messageId": known.id }));
        Some(Act { person: known.author, mutation: "deleteMessage", input, learns: Learns::Deletion(known.id) })
    }

    fn react(&mut self, person: usize) -> Option<Act> {
        let known = self.random.pick(&self.messages)?.clone();
        let emoji = *self.random.pick(&EMOJI)?;
        let mutation = if self.random.once_in(3) { "removeReaction" } else { "addReaction" };
        let input = self.input(json!({ "messageId": known.id, "emoji": emoji }));
        Some(Act { person, mutation, input, learns: Learns::Nothing })
    }

    fn channel(&mut self, person: usize) -> Option<Act> {
        let channel = self.random.pick(&self.channels)?.clone();
        let someone = self.random.pick(&self.team.people)?.member.clone();
        let (mutation, input) = match self.random.below(12) {
            0..=3 => ("joinChannel", json!({ "channelId": channel })),
            4..=5 => ("leaveChannel", json!({ "channelId": channel })),
            6..=7 => ("addToChannel", json!({ "channelId": channel, "memberIds": [someone] })),
            8 => ("removeFromChannel", json!({ "channelId": channel, "memberId": someone })),
            kind => return Some(self.new_channel(person, &someone, kind)),
        };
        Some(Act { person, mutation, input: self.input(input), learns: Learns::Nothing })
    }

    fn new_channel(&mut self, person: usize, someone: &str, kind: usize) -> Act {
        let id = ChannelId::mint().to_string();
        self.serial += 1;
        let name = format!("room {}", self.serial);
        let (mutation, input) = match kind {
            9 => ("createChannel", json!({ "id": id, "name": name, "memberIds": [someone] })),
            10 => ("createChannel", json!({ "id": id, "name": name, "kind": "PRIVATE", "memberIds": [someone] })),
            _ => ("openDirect", json!({ "id": id, "memberIds": [someone] })),
        };
        Act { person, mutation, input: self.input(input), learns: Learns::Channel(id) }
    }

    fn member(&mut self, person: usize) -> Option<Act> {
        let guest = self.staying + self.random.below(self.team.people.len() - self.staying);
        let member = self.team.people[guest].member.clone();
        self.serial += 1;
        let (person, mutation, input) = match self.random.below(10) {
            0..=2 => (person, "updateMember", json!({ "name": format!("Name {}", self.serial) })),
            3 => (person, "updateMember", json!({ "handle": format!("handle{}", self.serial) })),
            4 => (guest, "leaveWorkspace", json!({})),
            5 => (0, "removeMember", json!({ "memberId": member })),
            6 => (0, "createInvite", json!({ "maxUses": 5 })),
            _ => {
                let input = json!({ "token": self.team.invite });
                return Some(Act { person: guest, mutation: "acceptInvite", input, learns: Learns::Nothing });
            }
        };
        Some(Act { person, mutation, input: self.input(input), learns: Learns::Nothing })
    }
}
