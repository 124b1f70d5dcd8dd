//! Invariants 5 and 7: derived data agrees with the log on every process: memberships, unread and mention counts,
//! replies and reactions.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Verdict, Violation};
use crate::final_reads::{FinalState, ReadState};
use crate::model::{Event, Model};

/// The cap of unread and mention counts.
const COUNT_CAP: usize = 1_000;

/// Compares the final state with a recount of the log.
pub fn check(evidence: &Evidence, model: &Model, verdict: &mut Verdict) {
    let Some(final_state) = &evidence.final_state else { return };
    let mut memberships: HashMap<(usize, &str), HashSet<&str>> = HashMap::new();
    for read_state in &final_state.read_states {
        memberships.entry((read_state.process, &read_state.member)).or_default().insert(&read_state.channel);
        let joined = model.memberships(&read_state.member).get(read_state.channel.as_str()).copied().unwrap_or(0);
        let wanted = recount(&evidence.log, read_state, joined);
        if (read_state.unread, read_state.mentions) != wanted {
            verdict.record(Violation::Count, || format!("{read_state:?}, the recount gives {wanted:?}"));
        }
    }
    for ((process, member), here) in memberships {
        let wanted: HashSet<&str> = model.memberships(member).into_keys().collect();
        if here != wanted {
            verdict.record(Violation::Count, || {
                format!("process {process} has {member} in {here:?}, expected {wanted:?}")
            });
        }
    }
    replies(evidence, final_state, verdict);
    reactions(evidence, final_state, verdict);
}

/// Recounts unread messages and mentions of a member in a channel.
fn recount(log: &[Event], read_state: &ReadState, joined: i64) -> (usize, usize) {
    let mut sent: HashMap<&str, (&Event, bool)> = HashMap::new();
    for event in log.iter().filter(|event| event.data.channel == read_state.channel) {
        let mentioned = |joined: i64, seq: i64| {
            event.mentions.contains(&read_state.member) || event.mentions_channel && seq > joined
        };
        match event.data.kind.as_str() {
            "message_sent" => {
                sent.insert(&event.data.message, (event, mentioned(joined, event.seq)));
            }
            // An edit replaces the mentions of the message.
            "message_edited" => {
                if let Some((first, mentions)) = sent.get_mut(event.data.message.as_str()) {
                    *mentions = mentioned(joined, first.seq);
                }
            }
            _ => {}
        }
    }
    let theirs =
        sent.values().filter(|(event, _)| event.seq > read_state.last_read && event.data.actor != read_state.member);
    let unread = theirs.clone().filter(|(event, _)| event.thread.is_none()).count();
    let mentions = theirs.filter(|(_, mentioned)| *mentioned).count();
    (unread.min(COUNT_CAP), mentions.min(COUNT_CAP))
}

fn replies(evidence: &Evidence, final_state: &FinalState, verdict: &mut Verdict) {
    let mut wanted: HashMap<&str, usize> = HashMap::new();
    for event in evidence.log.iter().filter(|event| event.data.kind == "message_sent") {
        if let Some(thread) = &event.thread {
            *wanted.entry(thread).or_default() += 1;
        }
    }
    for (id, message) in &final_state.messages {
        let wanted = wanted.get(id.as_str()).copied().unwrap_or(0);
        if message.replies != wanted {
            verdict.record(Violation::Count, || {
                format!("{id} has {} replies, the recount gives {wanted}", message.replies)
            });
        }
    }
}

fn reactions(evidence: &Evidence, final_state: &FinalState, verdict: &mut Verdict) {
    let mut given: HashMap<&str, HashSet<(&str, &str)>> = HashMap::new();
    for event in &evidence.log {
        let data = &event.data;
        let one = (data.emoji.as_str(), data.actor.as_str());
        match data.kind.as_str() {
            "reaction_added" => drop(given.entry(&data.message).or_default().insert(one)),
            "reaction_removed" => drop(given.entry(&data.message).or_default().remove(&one)),
            _ => {}
        }
    }
    for (id, message) in &final_state.messages {
        let wanted = given.get(id.as_str()).map_or(0, HashSet::len);
        if message.reactions != wanted {
            verdict.record(Violation::Count, || {
                format!("{id} has {} reactions, the recount gives {wanted}", message.reactions)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::fixtures::{self, evidence};

    fn count(evidence: &Evidence) -> usize {
        let model = Model::from_log(&evidence.log);
        fixtures::count(Violation::Count, evidence, |evidence, verdict| check(evidence, &model, verdict))
    }

    #[test]
    fn accepts_matching_counts() {
        assert_eq!(count(&evidence()), 0);
    }

    #[test]
    fn detects_every_wrong_count() {
        let mut unread = evidence();
        unread.final_state.as_mut().unwrap().read_states[0].unread += 1;
        let mut replies = evidence();
        replies.final_state.as_mut().unwrap().messages.get_mut("m1").unwrap().replies += 1;
        let mut reactions = evidence();
        reactions.final_state.as_mut().unwrap().messages.get_mut("m1").unwrap().reactions = 0;
        let mut memberships = evidence();
        memberships.final_state.as_mut().unwrap().read_states[0].channel = "elsewhere".into();
        for evidence in [unread, replies, reactions, memberships] {
            assert!(count(&evidence) > 0);
        }
    }
}
