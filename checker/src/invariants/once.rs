//! Invariant 2: one command id has one effect and one response, over any number of attempts on any process.

use std::collections::HashMap;

use super::{Evidence, Verdict, Violation};
use crate::history::{Action, Outcome};

/// Checks the log and the responses.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let mut effects: HashMap<&str, i64> = HashMap::new();
    let mut messages: HashMap<&str, i64> = HashMap::new();
    let ours: HashMap<&str, ()> = evidence.calls.iter().map(|call| (call.command.as_str(), ())).collect();
    for event in evidence.log.iter().filter(|event| ours.contains_key(event.command.as_str())) {
        if let Some(before) = effects.insert(&event.command, event.seq) {
            verdict
                .record(Violation::Duplicated, || format!("command {} caused {before} and {event:?}", event.command));
        }
        if event.data.kind == "message_sent"
            && let Some(before) = messages.insert(&event.data.text, event.seq)
        {
            verdict.record(Violation::Duplicated, || format!("one message is at {before} and in {event:?}"));
        }
    }
    let mut first_seqs: HashMap<&str, i64> = HashMap::new();
    for call in evidence.calls.iter().filter(|call| call.action != Action::ReadHead) {
        match &call.outcome {
            Outcome::Done(seq) => {
                let first = *first_seqs.entry(&call.command).or_insert(*seq);
                if first != *seq {
                    verdict.record(Violation::Duplicated, || format!("{call:?} was acknowledged with {first} before"));
                }
            }
            Outcome::Refused(_) => {
                if let Some(seq) = effects.get(call.command.as_str()) {
                    verdict
                        .record(Violation::Duplicated, || format!("{call:?} was rejected, but is in the log at {seq}"));
                }
            }
            Outcome::Unknown | Outcome::Queued => {}
        }
    }
    for row in evidence.final_state.iter().flat_map(|final_state| &final_state.rows).filter(|(_, count)| **count > 1) {
        verdict.record(Violation::Duplicated, || format!("the API returns {} {} times", row.0, row.1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::fixtures::{count, evidence, sent};

    #[test]
    fn accepts_a_retry_with_the_original_response() {
        let mut evidence = evidence();
        evidence.calls.push(sent("m1", "one", 50, 60, 4));
        assert_eq!(count(Violation::Duplicated, &evidence, check), 0);
    }

    #[test]
    fn detects_second_effects_responses_and_late_rejections() {
        let mut twice = evidence();
        let mut again = twice.log[3].clone();
        again.seq = 7;
        twice.log.push(again);
        let mut answered = evidence();
        answered.calls.push(sent("m1", "one", 50, 60, 5));
        let mut refused = evidence();
        refused.calls.push(sent("m1", "one", 50, 60, 4));
        refused.calls.last_mut().unwrap().outcome = Outcome::Refused("FORBIDDEN".into());
        for evidence in [twice, answered, refused] {
            assert!(count(Violation::Duplicated, &evidence, check) > 0);
        }
    }
}
