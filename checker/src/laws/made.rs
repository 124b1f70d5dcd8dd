//! A small history made by hand in which every law holds, for the tests of the laws to break.

use serde_json::json;

use super::Evidence;
use crate::history::{Action, Answer, Call, Delivery, Stream};
use crate::reads::{Copied, Found, Reading, Shown};
use crate::truth::{Event, Told};

/// A message in the channel `c`, sent by `a` and acknowledged.
pub fn sent(id: &str, text: &str, invoked: u64, ended: u64, seq: i64) -> Call {
    let action = Action::Send { message: id.into(), channel: "c".into(), thread: None, text: text.into() };
    let answer = Answer::Done(seq);
    Call { command: id.into(), actor: "a".into(), action, process: 0, invoked, ended, answer }
}

/// A delivery.
pub fn delivery(seq: i64) -> Delivery {
    Delivery { seq, at: 0, process: 0, content: seq.unsigned_abs() }
}

fn event(seq: i64, kind: &str, command: &str) -> Event {
    let told = Told { kind: kind.into(), actor: "a".into(), ..Told::default() };
    Event { seq, command: command.into(), told, ..Event::default() }
}

fn message(seq: i64, id: &str, text: &str) -> Event {
    let mut event = event(seq, "message_sent", id);
    event.told.message = id.into();
    event.told.channel = "c".into();
    event.told.text = text.into();
    event
}

/// `a` and `b` join, `a` creates a channel with both, says one and two, and reacts to one.
pub fn evidence() -> Evidence {
    let mut joined = event(1, "member_joined", "x");
    joined.told.member = "a".into();
    let mut created = event(3, "channel_created", "y");
    created.told.channel = "c".into();
    created.members = vec!["a".into(), "b".into()];
    let mut other = event(2, "member_joined", "z");
    other.told.member = "b".into();
    let mut reacted = event(6, "reaction_added", "r");
    (reacted.told.message, reacted.told.channel, reacted.told.emoji) = ("m1".into(), "c".into(), "👍".into());
    let truth = vec![joined, other, created, message(4, "m1", "one"), message(5, "m2", "two"), reacted];
    let mut evidence = Evidence { last: 6, ..Evidence::default() };
    evidence.calls = vec![sent("m1", "one", 0, 10, 4), sent("m2", "two", 20, 30, 5)];
    let deliveries = [4, 5, 6].map(delivery).to_vec();
    evidence.streams = vec![Stream { member: "a".into(), from: 3, deliveries, ..Stream::default() }];
    let mut found = Found::default();
    for (seq, id, text) in [(4, "m1", "one"), (5, "m2", "two")] {
        let message = json!({ "id": format!("msg_{id}"), "channelId": "chn_c", "text": text });
        let item = json!({ "__typename": "MessageSent", "seq": seq, "actorId": "mem_a", "message": message });
        evidence.contents.insert((seq, seq.unsigned_abs()), item.to_string());
        let reactions = usize::from(id == "m1");
        let shown = Shown { seq, text: text.into(), replies: 0, reactions };
        found.messages.insert(id.into(), shown);
        found.rows.insert(id.into(), 1);
    }
    let item = json!({ "__typename": "ReactionAdded", "seq": 6, "actorId": "mem_a", "messageId": "msg_m1",
        "channelId": "chn_c", "emoji": "👍" });
    evidence.contents.insert((6, 6), item.to_string());
    let reading = Reading { process: 0, member: "b".into(), channel: "c".into(), last_read: 4, unread: 1, mentions: 0 };
    found.readings = vec![reading];
    evidence.found = Some(found);
    let copy = |event: &Event| Copied { seq: event.seq, command: event.command.clone(), kind: event.told.kind.clone() };
    evidence.copied = Some(truth.iter().map(copy).collect());
    evidence.truth = truth;
    evidence
}
