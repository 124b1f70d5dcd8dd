//! Invariant 7: unread and mention counts equal a recount. After a random workload, boot of every member is compared
//! with a count over all messages of the log. `markRead` never moves back within an epoch.

use std::collections::BTreeMap;

use api::ground::id::{ChannelId, MemberId, MessageId};
use api::model::event::{Event, Mentions, Seq, SharedEvent, Skeleton};
use serde_json::{Value, json};

use crate::support::{
    Member, Random, Server, Store, VisibilityModel, Workload, Workspace, both, id_of, rows, text, with_workspace,
};

const USERS: usize = 5;
const PERMANENT_MEMBERS: usize = 2;

both! { counts_equal_a_recount rejoining_marks_earlier_messages_read }

/// The read state of a channel: last read `seq`, epoch, unread, mentions.
type ReadState = (i64, i64, i64, i64);

async fn counts_equal_a_recount(store: &Store) {
    let mut random = Random::seeded("invariant 7");
    let servers = Server::start_fleet(store).await;
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let workspace = Workspace::with_members(addresses[0], USERS).await;
    let mut workload = Workload::new(workspace.clone(), addresses.clone(), random.fork(), PERMANENT_MEMBERS);
    let mut recount = Recount::default();
    for _ in 0..15 {
        workload.run(6).await;
        recount.apply(&rows::events(store, workspace.parsed_id()).await);
        for _ in 0..6 {
            let user = &workspace.members[random.below(USERS)];
            let address = *random.pick(&addresses).unwrap();
            move_read_state(
                &mut recount,
                &workspace,
                &Member { client: user.client.at(address), ..user.clone() },
                &mut random,
            )
            .await;
        }
        for user in &workspace.members {
            for address in &addresses {
                let counts = boot(&workspace, &Member { client: user.client.at(*address), ..user.clone() }).await;
                assert_eq!(counts, recount.of(user.parsed_id()), "{}", user.email);
            }
        }
    }
    for server in servers {
        server.stop().await;
    }
}

/// Marks a random channel of a user as read or unread.
async fn move_read_state(recount: &mut Recount, workspace: &Workspace, user: &Member, random: &mut Random) {
    let member = user.parsed_id();
    let mine: Vec<(ChannelId, ReadState)> = recount.of(member).into_iter().flatten().collect();
    let Some((channel, before)) = random.pick(&mine).copied() else { return };
    let messages = recount.messages.iter().filter(|(_, message)| message.channel == channel);
    let messages: Vec<_> = messages.map(|(id, message)| (*id, message.seq)).collect();
    let input = if random.once_in(3) {
        let Some((id, seq)) = random.pick(&messages) else { return };
        recount.mark_unread(member, channel, *seq);
        json!({ "messageId": id.in_workspace(workspace.parsed_id()).to_string() })
    } else {
        let seq = i64::try_from(random.below(recount.events.len() + 1)).unwrap();
        // Sometimes with an outdated epoch, like a device that missed the last one.
        let epoch = if random.once_in(4) { before.1 - 1 } else { before.1 };
        recount.mark_read(member, channel, seq, epoch);
        let channel = channel.in_workspace(workspace.parsed_id()).to_string();
        json!({ "channelId": channel, "seq": seq, "epoch": epoch })
    };
    let mutation = if input["messageId"].is_string() { "markUnread" } else { "markRead" };
    let selection = "readState { lastReadSeq epoch unreadCount mentionCount }";
    let payload = user.mutate(mutation, input, selection).await;
    let after = read_state(&payload["readState"]);
    let expected = recount.of(member).and_then(|read_states| read_states.get(&channel).copied());
    assert_eq!(Some(after), expected, "{mutation} by {}", user.email);
    assert!(after.1 > before.1 || after.0 >= before.0, "the read state moved back: {before:?} {after:?}");
}

fn read_state(value: &Value) -> ReadState {
    let field = |name: &str| value[name].as_i64().unwrap_or_else(|| panic!("{value}"));
    (field("lastReadSeq"), field("epoch"), field("unreadCount"), field("mentionCount"))
}

/// The read states in boot. `None` outside of the workspace.
async fn boot(workspace: &Workspace, user: &Member) -> Option<BTreeMap<ChannelId, ReadState>> {
    let query = "query($w: ID!) { boot(workspaceId: $w) { channels { id readState { lastReadSeq epoch unreadCount mentionCount } } } }";
    match user.client.try_query(query, json!({ "w": workspace.id })).await {
        Ok(data) => {
            let channels = data["boot"]["channels"].as_array().unwrap().iter();
            Some(channels.map(|row| (id_of(&text(row, "/id")), read_state(&row["readState"]))).collect())
        }
        Err(failure) => {
            assert_eq!(failure.code(), "NOT_FOUND", "{failure:?}");
            None
        }
    }
}

/// A message as far as counts are concerned.
#[derive(Debug)]
struct CountedMessage {
    channel: ChannelId,
    seq: Seq,
    author: MemberId,
    reply: bool,
    deleted: bool,
    mentions: Mentions,
}

/// The read position of a member in a channel.
#[derive(Debug, Clone, Copy, Default)]
struct ReadPosition {
    joined: Seq,
    read: Seq,
    epoch: i64,
}

/// Counts from the log.
#[derive(Debug, Default)]
struct Recount {
    model: VisibilityModel,
    events: Vec<SharedEvent>,
    messages: BTreeMap<MessageId, CountedMessage>,
    positions: BTreeMap<(MemberId, ChannelId), ReadPosition>,
}

impl Recount {
    /// Applies the new events of the log.
    fn apply(&mut self, events: &[SharedEvent]) {
        for event in &events[self.events.len()..] {
            self.model.apply(event);
            self.apply_one(event);
            self.events.push(event.clone());
        }
    }

    fn apply_one(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::ChannelCreated { channel_id, member_ids, .. } => {
                member_ids.iter().for_each(|member| self.join(*member, *channel_id, event.seq));
            }
            Skeleton::ChannelJoined { channel_id, member_id, .. } => self.join(*member_id, *channel_id, event.seq),
            Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, .. } => {
                let counted = CountedMessage {
                    channel: *channel_id,
                    seq: event.seq,
                    author: event.actor(),
                    reply: thread_id.is_some(),
                    deleted: false,
                    mentions: mentions.clone(),
                };
                self.messages.insert(*message_id, counted);
            }
            Skeleton::MessageEdited { message_id, mentions, .. } => {
                self.messages.get_mut(message_id).unwrap().mentions = mentions.clone();
            }
            Skeleton::MessageDeleted { message_id, .. } => self.messages.get_mut(message_id).unwrap().deleted = true,
            _ => {}
        }
    }

    /// On joining, also again, earlier messages are read.
    fn join(&mut self, member: MemberId, channel: ChannelId, seq: Seq) {
        let position = self.positions.entry((member, channel)).or_default();
        position.joined = seq;
        position.read = position.read.max(seq);
    }

    fn mark_read(&mut self, member: MemberId, channel: ChannelId, seq: Seq, epoch: i64) {
        let position = self.positions.get_mut(&(member, channel)).unwrap();
        if position.epoch == epoch {
            position.read = position.read.max(seq);
        }
    }

    fn mark_unread(&mut self, member: MemberId, channel: ChannelId, message: Seq) {
        let position = self.positions.get_mut(&(member, channel)).unwrap();
        position.read = message - 1;
        position.epoch += 1;
    }

    /// The expected read states of a member. `None` outside of the workspace.
    fn of(&self, member: MemberId) -> Option<BTreeMap<ChannelId, ReadState>> {
        self.model.active.contains(&member).then_some(())?;
        let mine = self.model.channels.iter().filter(|(_, (_, members))| members.contains(&member));
        Some(mine.map(|(channel, _)| (*channel, self.count(member, *channel))).collect())
    }

    fn count(&self, member: MemberId, channel: ChannelId) -> ReadState {
        let position = self.positions[&(member, channel)];
        let new = |message: &&CountedMessage| {
            message.channel == channel && message.seq > position.read && message.author != member && !message.deleted
        };
        let mentions = |message: &&CountedMessage| {
            message.mentions.member_ids.contains(&member) || message.mentions.channel && message.seq > position.joined
        };
        let unread = self.messages.values().filter(new).filter(|message| !message.reply).count();
        let mentioned = self.messages.values().filter(new).filter(mentions).count();
        (position.read, position.epoch, i64::try_from(unread).unwrap(), i64::try_from(mentioned).unwrap())
    }
}

/// Leaving discards an unread mark, but not the epoch.
async fn rejoining_marks_earlier_messages_read(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::with_members(server.address, 2).await;
    let [ada, ben] = [&workspace.members[0], &workspace.members[1]];
    let input = |more: Value| with_workspace(more, &workspace.id);
    let sent = input(json!({ "channelId": workspace.general, "text": format!("<@{}> <!channel> one", ben.id) }));
    let sent = ada.mutate("sendMessage", sent, "message { id } seq").await;
    let read_state = async || {
        let read_states = boot(&workspace, ben).await.unwrap();
        read_states[&id_of(&workspace.general)]
    };
    let joined = read_state().await.0;
    // A message that mentions a user twice counts once.
    assert_eq!(read_state().await, (joined, 0, 1, 1));
    ben.mutate("markUnread", input(json!({ "messageId": sent["message"]["id"] })), "privateRev").await;
    assert_eq!(read_state().await, (sent["seq"].as_i64().unwrap() - 1, 1, 1, 1));
    ben.mutate("leaveChannel", input(json!({ "channelId": workspace.general })), "seq").await;
    let missed = input(json!({ "channelId": workspace.general, "text": "missed" }));
    ada.mutate("sendMessage", missed, "seq").await;
    let back = ben.mutate("joinChannel", input(json!({ "channelId": workspace.general })), "seq").await;
    let back = back["seq"].as_i64().unwrap();
    assert_eq!(read_state().await, (back, 1, 0, 0));
    // An older `seq` has no effect; messages since rejoining can be marked unread again.
    let old = input(json!({ "channelId": workspace.general, "seq": 1, "epoch": 1 }));
    ben.mutate("markRead", old, "privateRev").await;
    assert_eq!(read_state().await, (back, 1, 0, 0));
    ben.mutate("markUnread", input(json!({ "messageId": sent["message"]["id"] })), "privateRev").await;
    assert_eq!(read_state().await, (sent["seq"].as_i64().unwrap() - 1, 2, 2, 1));
    server.stop().await;
}
