//! A straightforward client, written from the words of the schema: it begins with boot, applies the items
//! of `events`, and reads a channel anew when it comes into one. What it shows must be what boot shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::feed::channel_of;
use crate::law_5_mentions::Mentions;
use crate::people::{number, text};

/// Messages of a channel that are shown.
pub const WINDOW: usize = 10;

const CHANNEL: &str = "id kind name topic createdAt memberCount members(first: 100) { nodes { id } }
  viewerIsMember directMembers { id } reading { lastReadSeq epoch unreadCount mentionCount }
  messages(last: 10) { nodes { id seq authorId threadId text mentionedIds mentionsChannel createdAt editedAt
    deletedAt reactions { emoji count viewerReacted members { id } } thread { replyCount lastReplyAt } } }";

/// All that a client begins with.
pub fn boot() -> String {
    format!(
        "query($w: ID!) {{ boot(workspaceId: $w) {{ seq privateRev unreadNotifications me {{ id handle name avatarUrl role active joinedAt }}
          workspace {{ id seq name createdAt iconUrl channelMentions memberCount me {{ id role }} emoji {{ id name }}
            savedSearches {{ id name query }} channels(first: 100) {{ nodes {{ id }} }}
            notifications(last: 20) {{ nodes {{ id seq read reason createdAt message {{ id }} }} }} members(first: 100) {{ nodes {{ id handle name avatarUrl role active joinedAt }} }} }}
          channels {{ {CHANNEL} }} }} }}"
    )
}

/// What a client knows.
#[derive(Debug, Clone)]
pub struct Client {
    pub cursor: i64,
    pub me: String,
    pub channels: BTreeMap<String, Channel>,
    name: Value,
    people: BTreeMap<String, Value>,
    /// Up to where a channel is known from a later boot: events of it up to there are in it already.
    known: BTreeMap<String, i64>,
    private: Private,
    /// The latest message that they were told of.
    pub told: i64,
}

/// What is private to them.
#[derive(Debug, Clone, Default)]
struct Private {
    rev: i64,
    /// Unread notifications as the server has counted them, and at which number.
    unread: i64,
    counted: i64,
    /// Messages since that mention a channel of theirs.
    since: BTreeSet<i64>,
    /// A message was changed of which they do not know whether it was one of these.
    stale: bool,
}

/// A channel that they are in.
#[derive(Debug, Clone)]
pub struct Channel {
    pub about: Value,
    pub members: BTreeSet<String>,
    pub messages: BTreeMap<i64, Message>,
    pub last_read: i64,
    /// Messages that were not read at the beginning, and the numbers of those that came since.
    older: i64,
    fresh: BTreeSet<i64>,
    mentions: Mentions,
}

/// A message outside of threads.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub author: String,
    shown: Value,
    reactions: BTreeMap<String, BTreeSet<String>>,
    replies: i64,
    last_reply: Value,
}

impl Client {
    /// From an answer to [`boot`].
    pub fn of_boot(boot: &Value) -> Self {
        let cursor = number(boot, "/seq");
        let people = list(&boot["workspace"]["members"]["nodes"]);
        let channels = list(&boot["channels"]);
        Self {
            cursor,
            me: text(boot, "/me/id"),
            name: json!([boot["workspace"]["name"], boot["workspace"]["channelMentions"]]),
            people: people.iter().map(|one| (text(one, "/id"), one.clone())).collect(),
            channels: channels.iter().map(|one| (text(one, "/id"), Channel::of_boot(one, cursor))).collect(),
            known: BTreeMap::new(),
            private: Private {
                rev: number(boot, "/privateRev"),
                unread: number(boot, "/unreadNotifications"),
                counted: cursor,
                ..Private::default()
            },
            told: told(boot),
        }
    }

    /// From where they go on.
    pub fn position(&self) -> (i64, i64) {
        (self.cursor, self.private.rev)
    }

    /// Takes a signal. True if the private part must be read anew.
    pub fn hear(&mut self, signal: &Value) -> bool {
        match signal["__typename"].as_str().unwrap() {
            "Head" | "Resync" => return false,
            "PrivateChanged" => return signal["privateRev"] != json!(self.private.rev),
            "NotificationAdded" => self.told = self.told.max(number(signal, "/messageSeq")),
            _ => {}
        }
        let rev = number(signal, "/privateRev");
        if rev > self.private.rev + 1 {
            return true;
        }
        if rev >= self.private.rev {
            self.private.rev = rev;
            self.count(number(signal, "/unreadNotifications"), number(signal, "/countedSeq"));
        }
        false
    }

    /// Takes the private part of a boot.
    pub fn take_private(&mut self, boot: &Value) {
        self.private.rev = number(boot, "/privateRev");
        self.told = self.told.max(told(boot));
        self.count(number(boot, "/unreadNotifications"), number(boot, "/seq"));
    }

    /// Takes what the server has counted at a number, unless it has counted since.
    pub fn count(&mut self, unread: i64, seq: i64) {
        if seq >= self.private.counted {
            (self.private.unread, self.private.counted) = (unread, seq);
            self.private.since.retain(|mention| *mention > seq);
        }
        self.private.stale = false;
    }

    /// Whether notifications or mentions must be counted anew.
    pub fn is_stale(&self) -> bool {
        self.private.stale || self.channels.values().any(|channel| channel.mentions.is_stale())
    }

    /// Takes the mentions that a boot has counted, where they must be.
    pub fn count_mentions(&mut self, boot: &Value) {
        for channel in list(&boot["channels"]) {
            let known = self.channels.get_mut(channel["id"].as_str().unwrap());
            if let Some(known) = known.filter(|known| known.mentions.is_stale()) {
                known.mentions = Mentions::of_boot(&channel, number(boot, "/seq"));
            }
        }
        // One that they are no longer in: the event that says so is on its way.
        self.channels.values_mut().for_each(|channel| channel.mentions.settle());
    }

    /// What it shows: the same for clients that know the same.
    pub fn shown(&self) -> Value {
        let channels: BTreeMap<&String, Value> = self.channels.iter().map(|(id, one)| (id, one.shown())).collect();
        let unread = self.private.unread + i64::try_from(self.private.since.len()).unwrap();
        json!({ "me": self.people[&self.me], "name": self.name, "people": self.people, "channels": channels,
            "private": { "rev": self.private.rev, "unread": unread } })
    }

    /// Applies an event of the log. Answers a channel that it has come into and must read.
    pub fn apply(&mut self, event: &Value) -> Option<String> {
        let seq = number(event, "/seq");
        assert!(seq > self.cursor, "{seq} came after {}", self.cursor);
        self.cursor = seq;
        self.notice(event, seq);
        if channel_of(event).is_some_and(|channel| self.knows(channel, seq)) {
            return None;
        }
        self.mention(event, seq);
        match event["__typename"].as_str().unwrap() {
            "MemberJoined" | "MemberUpdated" => self.put_member(&event["member"]),
            "MemberLeft" => self.drop_member(&text(event, "/memberId"), seq),
            "WorkspaceUpdated" => {
                self.name = json!([event["workspace"]["name"], event["workspace"]["channelMentions"]]);
            }
            "ChannelCreated" => self.created(event),
            "ChannelJoined" => return self.joined(event),
            "ChannelLeft" => self.left(&text(event, "/channelId"), &text(event, "/memberId")),
            "MessageSent" => self.sent(event),
            "MessageEdited" => self.edited(&event["message"]),
            "MessageDeleted" => self.deleted(&event["message"]),
            "ReactionAdded" => self.reacted(event, true),
            "ReactionRemoved" => self.reacted(event, false),
            other => panic!("an event of an unknown kind: {other}"),
        }
        None
    }

    /// What an event says of notifications: a message of others that mentions a channel is one more.
    fn notice(&mut self, event: &Value, seq: i64) {
        let message = &event["message"];
        let of_others = message["authorId"] != json!(self.me);
        match event["__typename"].as_str().unwrap() {
            "MessageSent" if of_others && message["mentionsChannel"] == true && seq > self.private.counted => {
                self.private.since.insert(seq);
            }
            "MessageEdited" | "MessageDeleted" if of_others && seq > self.private.counted => {
                let channel = self.channels.get(message["channelId"].as_str().unwrap());
                let known = channel.and_then(|one| one.messages.get(&number(message, "/seq")));
                let before = known.map(|one| one.shown["mentionsChannel"] == true);
                let after = message["mentionsChannel"] == true;
                self.private.stale |= before != Some(after);
            }
            "ChannelJoined" | "ChannelLeft" => self.private.stale |= event["memberId"] == json!(self.me),
            _ => {}
        }
    }

    /// What an event says of mentions in its channel.
    fn mention(&mut self, event: &Value, at: i64) {
        let kind = event["__typename"].as_str().unwrap();
        let message = &event["message"];
        if !matches!(kind, "MessageSent" | "MessageEdited" | "MessageDeleted") || message["authorId"] == json!(self.me)
        {
            return;
        }
        let me = json!(self.me);
        let named = || message["mentionsChannel"] == true || list(&message["mentionedIds"]).contains(&me);
        let (seq, mentions) = (number(message, "/seq"), kind != "MessageDeleted" && named());
        let Some(channel) = self.channels.get_mut(message["channelId"].as_str().unwrap()) else { return };
        if seq > channel.last_read {
            channel.mentions.change(seq, at, mentions);
        }
    }

    fn knows(&self, channel: &str, seq: i64) -> bool {
        self.known.get(channel).is_some_and(|known| seq <= *known)
    }

    /// Takes a channel from a boot that was asked for after the client had come into it.
    pub fn take(&mut self, channel: &str, boot: &Value) {
        let found = list(&boot["channels"]).into_iter().find(|one| one["id"] == channel);
        self.known.insert(channel.to_owned(), number(boot, "/seq"));
        self.channels.remove(channel);
        self.channels.extend(found.map(|one| (channel.to_owned(), Channel::of_boot(&one, number(boot, "/seq")))));
    }

    /// Up to where the person sees a channel.
    pub fn seen(&self, channel: &str) -> i64 {
        self.known.get(channel).copied().unwrap_or(0).max(self.cursor)
    }

    /// The person has read a channel up to there.
    pub fn read(&mut self, channel: &str, seq: i64) {
        if let Some(channel) = self.channels.get_mut(channel).filter(|channel| channel.last_read < seq) {
            channel.last_read = seq;
            channel.older = 0;
            channel.fresh.retain(|unread| *unread > seq);
            channel.mentions.read(seq);
        }
    }

    fn put_member(&mut self, carried: &Value) {
        let known = self.people.entry(text(carried, "/id")).or_insert_with(|| json!({}));
        known.as_object_mut().unwrap().extend(carried.as_object().unwrap().clone());
    }

    fn drop_member(&mut self, id: &str, seq: i64) {
        self.people.remove(id);
        for (channel, about) in &mut self.channels {
            let known = self.known.get(channel).is_some_and(|known| seq <= *known);
            if !known && about.about["kind"] != "DIRECT" {
                about.members.remove(id);
            }
        }
    }

    fn created(&mut self, event: &Value) {
        let members: BTreeSet<String> = list(&event["memberIds"]).iter().map(|id| text(id, "")).collect();
        if members.contains(&self.me) {
            self.channels.insert(text(event, "/channel/id"), Channel::new(event, members));
        }
    }

    fn joined(&mut self, event: &Value) -> Option<String> {
        let (id, member) = (text(event, "/channel/id"), text(event, "/memberId"));
        if member == self.me {
            self.channels.insert(id.clone(), Channel::new(event, BTreeSet::from([member])));
            return Some(id);
        }
        self.channels.get_mut(&id).expect("an event of a channel that they are in").members.insert(member);
        None
    }

    fn left(&mut self, channel: &str, member: &str) {
        if member == self.me {
            self.channels.remove(channel);
        } else {
            self.channel(channel).members.remove(member);
        }
    }

    fn channel(&mut self, id: &str) -> &mut Channel {
        self.channels.get_mut(id).unwrap_or_else(|| panic!("an event of {id}, which they are not in"))
    }

    fn sent(&mut self, event: &Value) {
        let me = self.me.clone();
        let message = &event["message"];
        let channel = self.channel(&text(message, "/channelId"));
        match message["threadId"].as_str() {
            Some(root) => {
                if let Some(root) = channel.messages.values_mut().find(|one| one.id == root) {
                    root.replies += 1;
                    root.last_reply = message["createdAt"].clone();
                }
            }
            None => {
                let seq = number(message, "/seq");
                channel.messages.insert(seq, Message::of(message));
                if message["authorId"] != json!(me) && seq > channel.last_read {
                    channel.fresh.insert(seq);
                }
            }
        }
    }

    fn edited(&mut self, message: &Value) {
        let channel = self.channel(&text(message, "/channelId"));
        if let Some(known) = channel.messages.get_mut(&number(message, "/seq")) {
            known.show(message, &["text", "mentionedIds", "mentionsChannel", "editedAt", "deletedAt"]);
        }
    }

    fn deleted(&mut self, message: &Value) {
        let me = self.me.clone();
        let seq = number(message, "/seq");
        let channel = self.channel(&text(message, "/channelId"));
        if let Some(root) = message["threadId"].as_str() {
            if let Some(root) = channel.messages.values_mut().find(|one| one.id == root) {
                root.replies -= 1;
            }
            return;
        }
        if message["authorId"] != json!(me) && seq > channel.last_read && !channel.fresh.remove(&seq) {
            channel.older -= 1;
        }
        if let Some(known) = channel.messages.get_mut(&seq) {
            known.show(message, &["text", "deletedAt"]);
            known.show(&json!({ "mentionedIds": [], "mentionsChannel": false }), &["mentionedIds", "mentionsChannel"]);
            known.reactions.clear();
        }
    }

    fn reacted(&mut self, event: &Value, added: bool) {
        let id = text(event, "/messageId");
        let channel = self.channel(&text(event, "/channelId"));
        let Some(message) = channel.messages.values_mut().find(|one| one.id == id) else { return };
        let members = message.reactions.entry(text(event, "/emoji")).or_default();
        let actor = text(event, "/actorId");
        if added {
            members.insert(actor)
        } else {
            members.remove(&actor)
        };
        message.reactions.retain(|_, members| !members.is_empty());
    }
}

impl Channel {
    /// A channel that somebody has just come into: everything before counts as read.
    fn new(event: &Value, members: BTreeSet<String>) -> Self {
        let seq = number(event, "/seq");
        let (messages, fresh) = (BTreeMap::new(), BTreeSet::new());
        let mentions = Mentions::none(seq);
        Self { about: about(&event["channel"]), members, messages, last_read: seq, older: 0, fresh, mentions }
    }

    fn of_boot(page: &Value, seq: i64) -> Self {
        let members = list(&page["members"]["nodes"]).into_iter().chain(list(&page["directMembers"]));
        let messages = list(&page["messages"]["nodes"]);
        let channel = Self {
            about: about(page),
            members: members.map(|member| text(&member, "/id")).collect(),
            messages: messages.iter().map(|one| (number(one, "/seq"), Message::of(one))).collect(),
            last_read: number(page, "/reading/lastReadSeq"),
            older: number(page, "/reading/unreadCount"),
            fresh: BTreeSet::new(),
            mentions: Mentions::of_boot(page, seq),
        };
        assert_eq!(page["memberCount"], json!(channel.members.len()), "{page}");
        channel
    }

    fn shown(&self) -> Value {
        let last = self.messages.values().rev().take(WINDOW).map(Message::shown);
        let unread = self.older + i64::try_from(self.fresh.len()).unwrap();
        json!({ "about": self.about, "members": self.members, "unread": unread, "mentions": self.mentions.count(),
                "messages": last.collect::<Vec<_>>() })
    }
}

impl Message {
    fn of(message: &Value) -> Self {
        let reactions = message["reactions"].as_array().map_or(&[][..], Vec::as_slice);
        let members = |one: &Value| list(&one["members"]).iter().map(|member| text(member, "/id")).collect();
        let mut made = Self {
            id: text(message, "/id"),
            author: text(message, "/authorId"),
            shown: json!({}),
            reactions: reactions.iter().map(|one| (text(one, "/emoji"), members(one))).collect(),
            replies: message["thread"]["replyCount"].as_i64().unwrap_or(0),
            last_reply: message["thread"]["lastReplyAt"].clone(),
        };
        made.show(message, &["id", "seq", "authorId", "text", "createdAt", "editedAt", "deletedAt"]);
        made.show(message, &["mentionedIds", "mentionsChannel"]);
        made
    }

    fn show(&mut self, carried: &Value, fields: &[&str]) {
        for field in fields {
            self.shown[field] = carried.get(field).unwrap_or_else(|| panic!("no {field} in {carried}")).clone();
        }
    }

    fn shown(&self) -> Value {
        // Without replies there is no thread.
        let thread = (self.replies > 0).then(|| json!([self.replies, self.last_reply]));
        json!({ "message": self.shown, "reactions": self.reactions, "thread": thread })
    }
}

/// The latest message that a boot tells of.
pub fn told(boot: &Value) -> i64 {
    list(&boot["workspace"]["notifications"]["nodes"]).last().map_or(0, |one| number(one, "/seq"))
}

fn about(channel: &Value) -> Value {
    let fields = ["id", "kind", "name", "topic", "createdAt"];
    fields.iter().map(|field| ((*field).to_owned(), channel[field].clone())).collect::<serde_json::Map<_, _>>().into()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).clone()
}
