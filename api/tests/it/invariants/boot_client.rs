//! A minimal client written from the schema: it starts with boot, applies the items of `events`, and reloads a channel
//! when it joins one. Its state must equal a new boot.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::invariants::boot_mentions::Mentions;
use crate::support::{channel_of, number, text};

/// Messages shown per channel.
pub const WINDOW: usize = 10;

const CHANNEL: &str = "id kind name topic createdAt archivedAt memberCount members(first: 100) { nodes { id } }
  viewerIsMember directMembers { id } readState { lastReadSeq epoch unreadCount mentionCount }
  messages(last: 10) { nodes { id seq authorId threadId text mentionedIds mentionsChannel createdAt editedAt
    deletedAt reactions { emoji count viewerReacted members { id } } thread { replyCount lastReplyAt } } }";

/// The boot query.
pub fn boot() -> String {
    format!(
        "query($w: ID!) {{ boot(workspaceId: $w) {{ seq privateRev unreadNotifications me {{ id handle name avatarUrl role active joinedAt }}
          workspace {{ id seq name createdAt iconUrl channelMentions memberCount me {{ id role }} emoji {{ id name }}
            savedSearches {{ id name query }} channels(first: 100) {{ nodes {{ id }} }}
            notifications(last: 20) {{ nodes {{ id seq read reason createdAt message {{ id }} }} }} members(first: 100) {{ nodes {{ id handle name avatarUrl role active joinedAt }} }} }}
          channels {{ {CHANNEL} }} }} }}"
    )
}

/// The state of a client.
#[derive(Debug, Clone)]
pub struct Client {
    pub cursor: i64,
    pub me: String,
    pub channels: BTreeMap<String, Channel>,
    name: Value,
    members: BTreeMap<String, Value>,
    /// The `seq` of the boot from which a channel was reloaded. Its earlier events are included already.
    known: BTreeMap<String, i64>,
    private: PrivateState,
    /// The latest message of which the user was notified.
    pub notified: i64,
}

/// State that is private to the user.
#[derive(Debug, Clone, Default)]
struct PrivateState {
    rev: i64,
    /// Unread notifications as the server counted them, and at which `seq`.
    unread: i64,
    counted: i64,
    /// Messages since then that mention a channel of the user.
    since: BTreeSet<i64>,
    /// A message changed that may or may not have been counted.
    stale: bool,
}

/// A channel that the user has joined.
#[derive(Debug, Clone)]
pub struct Channel {
    pub about: Value,
    pub members: BTreeSet<String>,
    pub messages: BTreeMap<i64, Message>,
    pub last_read: i64,
    /// Unread messages at boot, and the sequence numbers of those since.
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
    /// From a response to [`boot`].
    pub fn from_boot(boot: &Value) -> Self {
        let cursor = number(boot, "/seq");
        let members = list(&boot["workspace"]["members"]["nodes"]);
        let channels = list(&boot["channels"]);
        Self {
            cursor,
            me: text(boot, "/me/id"),
            name: json!([boot["workspace"]["name"], boot["workspace"]["channelMentions"]]),
            members: members.iter().map(|one| (text(one, "/id"), one.clone())).collect(),
            channels: channels.iter().map(|one| (text(one, "/id"), Channel::from_boot(one, cursor))).collect(),
            known: BTreeMap::new(),
            private: PrivateState {
                rev: number(boot, "/privateRev"),
                unread: number(boot, "/unreadNotifications"),
                counted: cursor,
                ..PrivateState::default()
            },
            notified: notified(boot),
        }
    }

    /// The position from which the client resumes.
    pub fn position(&self) -> (i64, i64) {
        (self.cursor, self.private.rev)
    }

    /// Applies a signal. Returns whether the private state must be reloaded.
    pub fn apply_signal(&mut self, signal: &Value) -> bool {
        match signal["__typename"].as_str().unwrap() {
            "Head" | "Resync" => return false,
            "PrivateChanged" => return signal["privateRev"] != json!(self.private.rev),
            "NotificationAdded" => self.notified = self.notified.max(number(signal, "/messageSeq")),
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

    /// Replaces the private state by that of a boot.
    pub fn replace_private(&mut self, boot: &Value) {
        self.private.rev = number(boot, "/privateRev");
        self.notified = self.notified.max(notified(boot));
        self.count(number(boot, "/unreadNotifications"), number(boot, "/seq"));
    }

    /// Takes a count of the server, unless a later one is known.
    pub fn count(&mut self, unread: i64, seq: i64) {
        if seq >= self.private.counted {
            (self.private.unread, self.private.counted) = (unread, seq);
            self.private.since.retain(|mention| *mention > seq);
        }
        self.private.stale = false;
    }

    /// Whether notifications or mentions must be recounted.
    pub fn is_stale(&self) -> bool {
        self.private.stale || self.channels.values().any(|channel| channel.mentions.is_stale())
    }

    /// Takes the mention counts of a boot where they are stale.
    pub fn count_mentions(&mut self, boot: &Value) {
        for channel in list(&boot["channels"]) {
            let known = self.channels.get_mut(channel["id"].as_str().unwrap());
            if let Some(known) = known.filter(|known| known.mentions.is_stale()) {
                known.mentions = Mentions::from_boot(&channel, number(boot, "/seq"));
            }
        }
        // Channels that the user has left: the event is on its way.
        self.channels.values_mut().for_each(|channel| channel.mentions.settle());
    }

    /// What the client shows, comparable between clients.
    pub fn shown(&self) -> Value {
        let channels: BTreeMap<&String, Value> = self.channels.iter().map(|(id, one)| (id, one.shown())).collect();
        let unread = self.private.unread + i64::try_from(self.private.since.len()).unwrap();
        json!({ "me": self.members[&self.me], "name": self.name, "members": self.members, "channels": channels,
            "private": { "rev": self.private.rev, "unread": unread } })
    }

    /// Applies a log event. Returns a channel that was joined and must be loaded.
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
            "ChannelUpdated" => {
                if let Some(known) = self.channels.get_mut(channel_of(event).unwrap()) {
                    known.about = about(&event["channel"]);
                }
            }
            "ChannelJoined" => return self.joined(event),
            "ChannelLeft" => self.left(&text(event, "/channelId"), &text(event, "/memberId")),
            "MessageSent" => self.sent(event),
            "MessageEdited" => self.edited(&event["message"]),
            "MessageDeleted" => self.deleted(&event["message"]),
            "ReactionAdded" => self.reacted(event, true),
            "ReactionRemoved" => self.reacted(event, false),
            other => panic!("an unknown event type: {other}"),
        }
        None
    }

    /// Applies an event to the notifications: channel mentions by others add one.
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
            // Notifications of archived channels do not count.
            "ChannelUpdated" => {
                let known = self.channels.get(event["channel"]["id"].as_str().unwrap());
                self.private.stale |=
                    known.is_some_and(|known| known.about["archivedAt"] != event["channel"]["archivedAt"]);
            }
            "ChannelJoined" | "ChannelLeft" => self.private.stale |= event["memberId"] == json!(self.me),
            _ => {}
        }
    }

    /// Applies an event to the mentions of its channel.
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

    /// Replaces a channel by that of a boot which was requested after joining.
    pub fn replace_channel(&mut self, channel: &str, boot: &Value) {
        let found = list(&boot["channels"]).into_iter().find(|one| one["id"] == channel);
        self.known.insert(channel.to_owned(), number(boot, "/seq"));
        self.channels.remove(channel);
        self.channels.extend(found.map(|one| (channel.to_owned(), Channel::from_boot(&one, number(boot, "/seq")))));
    }

    /// The `seq` up to which the user sees a channel.
    pub fn seen(&self, channel: &str) -> i64 {
        self.known.get(channel).copied().unwrap_or(0).max(self.cursor)
    }

    /// Marks a channel as read up to `seq`.
    pub fn read(&mut self, channel: &str, seq: i64) {
        if let Some(channel) = self.channels.get_mut(channel).filter(|channel| channel.last_read < seq) {
            channel.last_read = seq;
            channel.older = 0;
            channel.fresh.retain(|unread| *unread > seq);
            channel.mentions.read(seq);
        }
    }

    fn put_member(&mut self, carried: &Value) {
        let known = self.members.entry(text(carried, "/id")).or_insert_with(|| json!({}));
        known.as_object_mut().unwrap().extend(carried.as_object().unwrap().clone());
    }

    fn drop_member(&mut self, id: &str, seq: i64) {
        self.members.remove(id);
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
        self.channels.get_mut(&id).expect("an event of a joined channel").members.insert(member);
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
        self.channels.get_mut(id).unwrap_or_else(|| panic!("an event of {id}, which the user has not joined"))
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
            known.show(message, &["text", "mentionedIds", "mentionsChannel", "editedAt", "deletedAt"]);
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
    /// A channel that was just joined: earlier messages count as read.
    fn new(event: &Value, members: BTreeSet<String>) -> Self {
        let seq = number(event, "/seq");
        let (messages, fresh) = (BTreeMap::new(), BTreeSet::new());
        let mentions = Mentions::none(seq);
        Self { about: about(&event["channel"]), members, messages, last_read: seq, older: 0, fresh, mentions }
    }

    fn from_boot(page: &Value, seq: i64) -> Self {
        let members = list(&page["members"]["nodes"]).into_iter().chain(list(&page["directMembers"]));
        let messages = list(&page["messages"]["nodes"]);
        let channel = Self {
            about: about(page),
            members: members.map(|member| text(&member, "/id")).collect(),
            messages: messages.iter().map(|one| (number(one, "/seq"), Message::of(one))).collect(),
            last_read: number(page, "/readState/lastReadSeq"),
            older: number(page, "/readState/unreadCount"),
            fresh: BTreeSet::new(),
            mentions: Mentions::from_boot(page, seq),
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
        let mut built = Self {
            id: text(message, "/id"),
            author: text(message, "/authorId"),
            shown: json!({}),
            reactions: reactions.iter().map(|one| (text(one, "/emoji"), members(one))).collect(),
            replies: message["thread"]["replyCount"].as_i64().unwrap_or(0),
            last_reply: message["thread"]["lastReplyAt"].clone(),
        };
        built.show(message, &["id", "seq", "authorId", "text", "createdAt", "editedAt", "deletedAt"]);
        built.show(message, &["mentionedIds", "mentionsChannel"]);
        built
    }

    fn show(&mut self, carried: &Value, fields: &[&str]) {
        for field in fields {
            self.shown[field] = carried.get(field).unwrap_or_else(|| panic!("no {field} in {carried}")).clone();
        }
    }

    fn shown(&self) -> Value {
        // A message without replies has no thread.
        let thread = (self.replies > 0).then(|| json!([self.replies, self.last_reply]));
        json!({ "message": self.shown, "reactions": self.reactions, "thread": thread })
    }
}

/// The latest message in the notifications of a boot.
pub fn notified(boot: &Value) -> i64 {
    list(&boot["workspace"]["notifications"]["nodes"]).last().map_or(0, |one| number(one, "/seq"))
}

fn about(channel: &Value) -> Value {
    let fields = ["id", "kind", "name", "topic", "createdAt", "archivedAt"];
    fields.iter().map(|field| ((*field).to_owned(), channel[field].clone())).collect::<serde_json::Map<_, _>>().into()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).clone()
}
