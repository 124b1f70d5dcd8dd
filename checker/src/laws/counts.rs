//! Laws 5 and 7: what is derived agrees with the log: who is where, unread and mention counts, replies and
//! reactions, at every process.

use std::collections::{HashMap, HashSet};

use super::{Breach, Evidence, Verdict};
use crate::reads::{Found, Reading};
use crate::truth::{Event, Model};

/// Counts stop here.
const CAP: usize = 1_000;

/// Compares everything that was read.
pub fn check(evidence: &Evidence, model: &Model, verdict: &mut Verdict) {
    let Some(found) = &evidence.found else { return };
    let mut places: HashMap<(usize, &str), HashSet<&str>> = HashMap::new();
    for reading in &found.readings {
        places.entry((reading.process, &reading.member)).or_default().insert(&reading.channel);
        let joined = model.places(&reading.member).get(reading.channel.as_str()).copied().unwrap_or(0);
        let wanted = recount(&evidence.truth, reading, joined);
        if (reading.unread, reading.mentions) != wanted {
            verdict.note(Breach::Count, || format!("{reading:?}, a recount gives {wanted:?}"));
        }
    }
    for ((process, member), here) in places {
        let wanted: HashSet<&str> = model.places(member).into_keys().collect();
        if here != wanted {
            verdict.note(Breach::Count, || format!("process {process} has {member} in {here:?}, not in {wanted:?}"));
        }
    }
    replies(evidence, found, verdict);
    reactions(evidence, found, verdict);
}

/// Unread messages and mentions of a person in a channel.
fn recount(truth: &[Event], reading: &Reading, joined: i64) -> (usize, usize) {
    let mut sent: HashMap<&str, (&Event, bool)> = HashMap::new();
    for event in truth.iter().filter(|event| event.told.channel == reading.channel) {
        let mentioned =
            |joined: i64, seq: i64| event.mentions.contains(&reading.member) || event.mentions_channel && seq > joined;
        match event.told.kind.as_str() {
            "message_sent" => {
                sent.insert(&event.told.message, (event, mentioned(joined, event.seq)));
            }
            // What an edit mentions counts from then on, and what it takes back no more.
            "message_edited" => {
                if let Some((first, mentions)) = sent.get_mut(event.told.message.as_str()) {
                    *mentions = mentioned(joined, first.seq);
                }
            }
            _ => {}
        }
    }
    let theirs = sent.values().filter(|(event, _)| event.seq > reading.last_read && event.told.actor != reading.member);
    let unread = theirs.clone().filter(|(event, _)| event.thread.is_none()).count();
    let mentions = theirs.filter(|(_, mentioned)| *mentioned).count();
    (unread.min(CAP), mentions.min(CAP))
}

fn replies(evidence: &Evidence, found: &Found, verdict: &mut Verdict) {
    let mut wanted: HashMap<&str, usize> = HashMap::new();
    for event in evidence.truth.iter().filter(|event| event.told.kind == "message_sent") {
        if let Some(thread) = &event.thread {
            *wanted.entry(thread).or_default() += 1;
        }
    }
    for (id, message) in &found.messages {
        let wanted = wanted.get(id.as_str()).copied().unwrap_or(0);
        if message.replies != wanted {
            verdict.note(Breach::Count, || format!("{id} has {} replies, a recount gives {wanted}", message.replies));
        }
    }
}

fn reactions(evidence: &Evidence, found: &Found, verdict: &mut Verdict) {
    let mut given: HashMap<&str, HashSet<(&str, &str)>> = HashMap::new();
    for event in &evidence.truth {
        let told = &event.told;
        let one = (told.emoji.as_str(), told.actor.as_str());
        match told.kind.as_str() {
            "reaction_added" => drop(given.entry(&told.message).or_default().insert(one)),
            "reaction_removed" => drop(given.entry(&told.message).or_default().remove(&one)),
            _ => {}
        }
    }
    for (id, message) in &found.messages {
        let wanted = given.get(id.as_str()).map_or(0, HashSet::len);
        if message.reactions != wanted {
            verdict.note(Breach::Count, || format!("{id} has {} reactions, not {wanted}", message.reactions));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::made::evidence;

    fn count(evidence: &Evidence) -> usize {
        let mut verdict = Verdict::default();
        check(evidence, &Model::of(&evidence.truth), &mut verdict);
        verdict.count(Breach::Count)
    }

    #[test]
    fn what_agrees_is_right() {
        assert_eq!(count(&evidence()), 0);
    }

    #[test]
    fn every_wrong_count_is_found() {
        let mut unread = evidence();
        unread.found.as_mut().unwrap().readings[0].unread += 1;
        let mut replies = evidence();
        replies.found.as_mut().unwrap().messages.get_mut("m1").unwrap().replies += 1;
        let mut reactions = evidence();
        reactions.found.as_mut().unwrap().messages.get_mut("m1").unwrap().reactions = 0;
        let mut places = evidence();
        places.found.as_mut().unwrap().readings[0].channel = "elsewhere".into();
        for evidence in [unread, replies, reactions, places] {
            assert!(count(&evidence) > 0);
        }
    }
}
