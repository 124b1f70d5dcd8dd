//! The log in the database, and an independent model of who may see what.
//!
//! The model is written from the specification (`ARCHITECTURE.md`), not from the server's code: members of a channel at
//! a `seq` see its events at that `seq`, and a leaving member sees the leave.

use std::collections::HashMap;

use serde_json::Value;

use crate::rows::Rows;
use testbed::id::bare;

use crate::{Failure, Result};

/// An event of the log. Ids have no prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    pub seq: i64,
    /// Milliseconds since 1970, as stored.
    pub at: i64,
    pub command: String,
    pub data: EventData,
    pub thread: Option<String>,
    /// The initial members of a created channel.
    pub members: Vec<String>,
    pub is_public: bool,
    pub mentions: Vec<String>,
    pub mentions_channel: bool,
}

/// The data of an event, comparable between the log and the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventData {
    pub kind: String,
    pub actor: String,
    pub message: String,
    pub channel: String,
    pub member: String,
    pub emoji: String,
    pub text: String,
}

impl Event {
    /// Reads a row: `seq`, `at`, `kind`, `actor`, `command`, `skeleton`, `body`.
    pub fn from_row(row: &Value) -> Option<Self> {
        let skeleton = &row["skeleton"];
        let text = |name: &str| skeleton[name].as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let data = EventData {
            kind: row["kind"].as_str()?.to_owned(),
            actor: row["actor"].as_str()?.to_owned(),
            message: text("message_id"),
            channel: text("channel_id"),
            member: text("member_id"),
            emoji: text("emoji"),
            text: row["body"]["text"].as_str().unwrap_or_default().to_owned(),
        };
        Some(Self {
            seq: row["seq"].as_i64()?,
            at: row["at"].as_i64()?,
            command: row["command"].as_str()?.to_owned(),
            thread: skeleton["thread_id"].as_str().map(str::to_owned),
            members: list(&skeleton["member_ids"]),
            is_public: skeleton["channel_kind"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("public")),
            mentions: list(&skeleton["mentions"]["member_ids"]),
            mentions_channel: skeleton["mentions"]["channel"] == true,
            data,
        })
    }
}

impl EventData {
    /// Reads an item of `events`.
    pub fn from_item(item: &Value) -> Self {
        let first = |paths: &[&str]| {
            let found = paths.iter().find_map(|path| item.pointer(path)?.as_str()).unwrap_or_default();
            bare(found)
        };
        let mut kind = String::new();
        for letter in item["__typename"].as_str().unwrap_or_default().chars() {
            if letter.is_uppercase() && !kind.is_empty() {
                kind.push('_');
            }
            kind.extend(letter.to_lowercase());
        }
        let words = |place: &str| item.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            kind,
            actor: first(&["/actorId"]),
            message: first(&["/message/id", "/messageId"]),
            channel: first(&["/channelId", "/channel/id", "/message/channelId"]),
            member: first(&["/memberId", "/member/id"]),
            emoji: words("/emoji"),
            text: words("/message/text"),
        }
    }
}

/// Reads the log of a workspace.
///
/// # Errors
/// The database cannot be read, or a row is malformed.
pub async fn read(rows: &Rows<'_>, workspace: &str) -> Result<Vec<Event>> {
    let rows = rows.log(&bare(workspace)).await?;
    let read = |line: &str| serde_json::from_str(line).ok().as_ref().and_then(Event::from_row);
    rows.iter()
        .map(|line| read(line).ok_or_else(|| Failure::new(format!("malformed row of the log: {line}"))))
        .collect()
}

/// The audience of each event, and the final memberships.
#[derive(Debug, Default)]
pub struct Model {
    numbers: HashMap<String, u32>,
    active: u64,
    channels: HashMap<String, u64>,
    /// The `seq` at which each member last joined each channel.
    joined: HashMap<(String, String), i64>,
    recipients: Vec<u64>,
}

impl Model {
    /// Builds the model from the log.
    pub fn from_log(events: &[Event]) -> Self {
        let mut model = Self::default();
        for event in events {
            model.apply(event);
            let recipients = model.audience(event);
            model.recipients.push(recipients);
        }
        model
    }

    fn bit(&mut self, member: &str) -> u64 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(63).min(63);
        1 << *self.numbers.entry(member.to_owned()).or_insert(next)
    }

    fn apply(&mut self, event: &Event) {
        let data = &event.data;
        let bit = self.bit(if data.member.is_empty() { &data.actor } else { &data.member });
        match data.kind.as_str() {
            "member_joined" => self.active |= bit,
            "member_left" => {
                self.active &= !bit;
                self.channels.values_mut().for_each(|members| *members &= !bit);
            }
            "channel_created" => {
                for member in &event.members {
                    self.enter(&data.channel, member, event.seq);
                }
            }
            "channel_joined" => self.enter(&data.channel, &data.member, event.seq),
            "channel_left" => *self.channels.entry(data.channel.clone()).or_default() &= !bit,
            _ => {}
        }
    }

    fn enter(&mut self, channel: &str, member: &str, seq: i64) {
        let bit = self.bit(member);
        *self.channels.entry(channel.to_owned()).or_default() |= bit;
        self.joined.insert((channel.to_owned(), member.to_owned()), seq);
    }

    fn audience(&mut self, event: &Event) -> u64 {
        let data = &event.data;
        let in_channel = self.channels.get(&data.channel).copied().unwrap_or(0) & self.active;
        match data.kind.as_str() {
            "workspace_created" => self.active | self.bit(&data.actor),
            "member_joined" | "member_updated" => self.active,
            "member_left" => self.active | self.bit(&data.member),
            "channel_created" if event.is_public => self.active,
            "channel_created" => event.members.iter().fold(0, |all, member| all | self.bit(member)),
            "channel_left" => in_channel | self.bit(&data.member),
            "invite_created" | "invite_revoked" => 0,
            _ => in_channel,
        }
    }

    /// Whether a member may see the event with this `seq`.
    pub fn sees(&self, member: &str, seq: i64) -> bool {
        let bit = self.numbers.get(member).map_or(0, |number| 1 << number);
        let index = usize::try_from(seq - 1).unwrap_or(usize::MAX);
        self.recipients.get(index).is_some_and(|recipients| recipients & bit != 0)
    }

    /// The channels of a member at the end, with the `seq` of joining.
    pub fn memberships(&self, member: &str) -> HashMap<&str, i64> {
        let bit = self.numbers.get(member).map_or(0, |number| 1_u64 << number);
        let here = self.channels.iter().filter(|(_, members)| *members & bit != 0);
        here.map(|(channel, _)| {
            (channel.as_str(), self.joined.get(&(channel.clone(), member.to_owned())).copied().unwrap_or(0))
        })
        .collect()
    }
}
