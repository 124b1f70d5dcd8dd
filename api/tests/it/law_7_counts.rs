//! Law 7: unread and mention counts equal a recount. Random history over the wire; then what boot says to
//! everybody is held against counting every message of the log by hand. And `markRead` never moves back
//! within an epoch.

use std::collections::BTreeMap;

use api::event::{Event, Mentions, Seq, SharedEvent, Skeleton};
use api::id::{ChannelId, MemberId, MessageId};
use serde_json::{Value, json};

use crate::client::text;
use crate::model::Model;
use crate::play::Play;
use crate::random::Random;
use crate::rows;
use crate::server::Server;
use crate::store::{Store, both};
use crate::team::{Person, Team};

const PEOPLE: usize = 5;
const STAYING: usize = 2;

both! { counts_equal_a_recount coming_back_reads_all_before }

/// What boot says of one channel: last read, epoch, unread, mentions.
type Reading = (i64, i64, i64, i64);

async fn counts_equal_a_recount(store: &Store) {
    let mut random = Random::seeded("law 7");
    let servers = Server::some_at(store).await;
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let team = Team::begin(addresses[0], PEOPLE).await;
    let mut play = Play::new(team.clone(), addresses.clone(), random.fork(), STAYING);
    let mut recount = Recount::default();
    for _ in 0..15 {
        play.rounds(6).await;
        recount.take(&rows::events(store, team.id()).await);
        for _ in 0..6 {
            let person = &team.people[random.below(PEOPLE)];
            let address = *random.pick(&addresses).unwrap();
            move_reading(
                &mut recount,
                &team,
                &Person { client: person.client.at(address), ..person.clone() },
                &mut random,
            )
            .await;
        }
        for person in &team.people {
            for address in &addresses {
                let said = boot(&team, &Person { client: person.client.at(*address), ..person.clone() }).await;
                assert_eq!(said, recount.of(person.member_id()), "{}", person.name);
            }
        }
    }
    for server in servers {
        server.stop().await;
    }
}

/// Somebody reads on, or back, somewhere.
async fn move_reading(recount: &mut Recount, team: &Team, person: &Person, random: &mut Random) {
    let member = person.member_id();
    let mine: Vec<(ChannelId, Reading)> = recount.of(member).into_iter().flatten().collect();
    let Some((channel, before)) = random.pick(&mine).copied() else { return };
    let messages = recount.messages.iter().filter(|(_, message)| message.channel == channel);
    let messages: Vec<_> = messages.map(|(id, message)| (*id, message.seq)).collect();
    let input = if random.once_in(3) {
        let Some((id, seq)) = random.pick(&messages) else { return };
        recount.mark_unread(member, channel, *seq);
        json!({ "workspaceId": team.workspace, "messageId": id.to_string() })
    } else {
        let seq = i64::try_from(random.below(recount.events.len() + 1)).unwrap();
        // Sometimes a device that has not heard of the last epoch.
        let epoch = if random.once_in(4) { before.1 - 1 } else { before.1 };
        recount.mark_read(member, channel, seq, epoch);
        let input =
            json!({ "workspaceId": team.workspace, "channelId": channel.to_string(), "seq": seq, "epoch": epoch });
        input
    };
    let mutation = if input["messageId"].is_string() { "markUnread" } else { "markRead" };
    let selection = "reading { lastReadSeq epoch unreadCount mentionCount }";
    let payload = person.client.must(mutation, input, selection).await;
    let after = reading(&payload["reading"]);
    let expected = recount.of(member).and_then(|readings| readings.get(&channel).copied());
    assert_eq!(Some(after), expected, "{mutation} by {}", person.name);
    assert!(after.1 > before.1 || after.0 >= before.0, "it went back: {before:?} {after:?}");
}

fn reading(value: &Value) -> Reading {
    let of = |name: &str| value[name].as_i64().unwrap_or_else(|| panic!("{value}"));
    (of("lastReadSeq"), of("epoch"), of("unreadCount"), of("mentionCount"))
}

/// What boot says; nothing to who is out.
async fn boot(team: &Team, person: &Person) -> Option<BTreeMap<ChannelId, Reading>> {
    let query = "query($w: ID!) { boot(workspaceId: $w) { channels { id reading { lastReadSeq epoch unreadCount mentionCount } } } }";
    match person.client.ask(query, json!({ "w": team.workspace })).await {
        Ok(data) => {
            let channels = data["boot"]["channels"].as_array().unwrap().iter();
            Some(channels.map(|row| (text(&row["id"]).parse().unwrap(), reading(&row["reading"]))).collect())
        }
        Err(failure) => {
            assert_eq!(failure.code(), "NOT_FOUND", "{failure:?}");
            None
        }
    }
}

/// A message as far as counts go.
#[derive(Debug)]
struct Counted {
    channel: ChannelId,
    seq: Seq,
    author: MemberId,
    reply: bool,
    deleted: bool,
    mentions: Mentions,
}

/// Somebody's place in a channel.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    joined: Seq,
    read: Seq,
    epoch: i64,
}

/// The recount.
#[derive(Debug, Default)]
struct Recount {
    model: Model,
    events: Vec<SharedEvent>,
    messages: BTreeMap<MessageId, Counted>,
    places: BTreeMap<(MemberId, ChannelId), Place>,
}

impl Recount {
    /// Takes what is new in the log.
    fn take(&mut self, events: &[SharedEvent]) {
        for event in &events[self.events.len()..] {
            self.model.take(event);
            self.take_one(event);
            self.events.push(event.clone());
        }
    }

    fn take_one(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::ChannelCreated { channel_id, member_ids, .. } => {
                member_ids.iter().for_each(|member| self.join(*member, *channel_id, event.seq));
            }
            Skeleton::ChannelJoined { channel_id, member_id, .. } => self.join(*member_id, *channel_id, event.seq),
            Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, .. } => {
                let counted = Counted {
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

    /// Whoever comes in, also again, has read what was before.
    fn join(&mut self, member: MemberId, channel: ChannelId, seq: Seq) {
        let place = self.places.entry((member, channel)).or_default();
        place.joined = seq;
        place.read = place.read.max(seq);
    }

    fn mark_read(&mut self, member: MemberId, channel: ChannelId, seq: Seq, epoch: i64) {
        let place = self.places.get_mut(&(member, channel)).unwrap();
        if place.epoch == epoch {
            place.read = place.read.max(seq);
        }
    }

    fn mark_unread(&mut self, member: MemberId, channel: ChannelId, message: Seq) {
        let place = self.places.get_mut(&(member, channel)).unwrap();
        place.read = message - 1;
        place.epoch += 1;
    }

    /// What boot must say to a member; nothing to who is out.
    fn of(&self, member: MemberId) -> Option<BTreeMap<ChannelId, Reading>> {
        self.model.active.contains(&member).then_some(())?;
        let mine = self.model.channels.iter().filter(|(_, (_, people))| people.contains(&member));
        Some(mine.map(|(channel, _)| (*channel, self.count(member, *channel))).collect())
    }

    fn count(&self, member: MemberId, channel: ChannelId) -> Reading {
        let place = self.places[&(member, channel)];
        let new = |message: &&Counted| {
            message.channel == channel && message.seq > place.read && message.author != member && !message.deleted
        };
        let mentions = |message: &&Counted| {
            message.mentions.member_ids.contains(&member) || message.mentions.channel && message.seq > place.joined
        };
        let unread = self.messages.values().filter(new).filter(|message| !message.reply).count();
        let mentioned = self.messages.values().filter(new).filter(mentions).count();
        (place.read, place.epoch, i64::try_from(unread).unwrap(), i64::try_from(mentioned).unwrap())
    }
}

/// Marking something as unread is forgotten with the leaving; the epoch is not.
async fn coming_back_reads_all_before(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 2).await;
    let [ada, ben] = [&team.people[0], &team.people[1]];
    let input = |more: Value| {
        let mut input = json!({ "workspaceId": team.workspace });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let sent = input(json!({ "channelId": team.general, "text": format!("<@{}> <!channel> one", ben.member) }));
    let sent = ada.client.must("sendMessage", sent, "message { id } seq").await;
    let reading = async || {
        let readings = boot(&team, ben).await.unwrap();
        readings[&team.general.parse().unwrap()]
    };
    let joined = reading().await.0;
    // A message that mentions somebody twice is one.
    assert_eq!(reading().await, (joined, 0, 1, 1));
    ben.client.must("markUnread", input(json!({ "messageId": sent["message"]["id"] })), "privateRev").await;
    assert_eq!(reading().await, (sent["seq"].as_i64().unwrap() - 1, 1, 1, 1));
    ben.client.must("leaveChannel", input(json!({ "channelId": team.general })), "seq").await;
    let missed = input(json!({ "channelId": team.general, "text": "missed" }));
    ada.client.must("sendMessage", missed, "seq").await;
    let back = ben.client.must("joinChannel", input(json!({ "channelId": team.general })), "seq").await;
    let back = back["seq"].as_i64().unwrap();
    assert_eq!(reading().await, (back, 1, 0, 0));
    // An older number changes nothing; the first after coming back can be made unread again.
    let old = input(json!({ "channelId": team.general, "seq": 1, "epoch": 1 }));
    ben.client.must("markRead", old, "privateRev").await;
    assert_eq!(reading().await, (back, 1, 0, 0));
    ben.client.must("markUnread", input(json!({ "messageId": sent["message"]["id"] })), "privateRev").await;
    assert_eq!(reading().await, (sent["seq"].as_i64().unwrap() - 1, 2, 2, 1));
    server.stop().await;
}
