//! A small constructed history that satisfies every invariant, for tests to violate.

use serde_json::json;

use super::{Evidence, Verdict, Violation};
use crate::final_reads::{FinalState, ReadState, ReturnedMessage, StreamEvent};
use crate::history::{Action, Call, Delivery, Outcome, Stream};
use crate::model::{Event, EventData};

/// The number of violations of a kind that a check finds.
pub fn count(violation: Violation, evidence: &Evidence, check: impl FnOnce(&Evidence, &mut Verdict)) -> usize {
    let mut verdict = Verdict::default();
    check(evidence, &mut verdict);
    verdict.count(violation)
}

/// A message in the channel `c`, sent by `a` and acknowledged.
pub fn sent(id: &str, text: &str, invoked: u64, ended: u64, seq: i64) -> Call {
    let action = Action::Send { message: id.into(), channel: "c".into(), thread: None, text: text.into() };
    let outcome = Outcome::Done(seq);
    Call { command: id.into(), actor: "a".into(), action, process: 0, invoked, ended, outcome }
}

/// A delivery.
pub fn delivery(seq: i64) -> Delivery {
    Delivery { seq, at: 0, process: 0, content: seq.unsigned_abs() }
}

fn event(seq: i64, kind: &str, command: &str) -> Event {
    let data = EventData { kind: kind.into(), actor: "a".into(), ..EventData::default() };
    Event { seq, command: command.into(), data, ..Event::default() }
}

fn message(seq: i64, id: &str, text: &str) -> Event {
    let mut event = event(seq, "message_sent", id);
    event.data.message = id.into();
    event.data.channel = "c".into();
    event.data.text = text.into();
    event
}

/// `a` and `b` join; `a` creates a channel with both, sends one and two, and reacts to one.
pub fn evidence() -> Evidence {
    let mut joined = event(1, "member_joined", "x");
    joined.data.member = "a".into();
    let mut created = event(3, "channel_created", "y");
    created.data.channel = "c".into();
    created.members = vec!["a".into(), "b".into()];
    let mut other = event(2, "member_joined", "z");
    other.data.member = "b".into();
    let mut reacted = event(6, "reaction_added", "r");
    (reacted.data.message, reacted.data.channel, reacted.data.emoji) = ("m1".into(), "c".into(), "👍".into());
    let log = vec![joined, other, created, message(4, "m1", "one"), message(5, "m2", "two"), reacted];
    let mut evidence = Evidence { last: 6, ..Evidence::default() };
    evidence.calls = vec![sent("m1", "one", 0, 10, 4), sent("m2", "two", 20, 30, 5)];
    let deliveries = [4, 5, 6].map(delivery).to_vec();
    evidence.streams = vec![Stream { member: "a".into(), from: 3, deliveries, ..Stream::default() }];
    let mut final_state = FinalState::default();
    for (seq, id, text) in [(4, "m1", "one"), (5, "m2", "two")] {
        let message = json!({ "id": format!("msg_{id}"), "channelId": "chn_c", "text": text });
        let item = json!({ "__typename": "MessageSent", "seq": seq, "actorId": "mem_a", "message": message });
        evidence.contents.insert((seq, seq.unsigned_abs()), item.to_string());
        let reactions = usize::from(id == "m1");
        let shown = ReturnedMessage { seq, text: text.into(), replies: 0, reactions };
        final_state.messages.insert(id.into(), shown);
        final_state.rows.insert(id.into(), 1);
    }
    let item = json!({ "__typename": "ReactionAdded", "seq": 6, "actorId": "mem_a", "messageId": "msg_m1",
        "channelId": "chn_c", "emoji": "👍" });
    evidence.contents.insert((6, 6), item.to_string());
    let read_state =
        ReadState { process: 0, member: "b".into(), channel: "c".into(), last_read: 4, unread: 1, mentions: 0 };
    final_state.read_states = vec![read_state];
    evidence.final_state = Some(final_state);
    let copy =
        |event: &Event| StreamEvent { seq: event.seq, command: event.command.clone(), kind: event.data.kind.clone() };
    evidence.stream_events = Some(log.iter().map(copy).collect());
    evidence.log = log;
    evidence
}
