//! Law 2: one command id, one effect and one answer, over any number of attempts at any process.

use std::collections::HashMap;

use super::{Breach, Evidence, Verdict};
use crate::history::{Action, Answer};

/// Checks the log and the answers.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let mut effects: HashMap<&str, i64> = HashMap::new();
    let mut messages: HashMap<&str, i64> = HashMap::new();
    let ours: HashMap<&str, ()> = evidence.calls.iter().map(|call| (call.command.as_str(), ())).collect();
    for event in evidence.truth.iter().filter(|event| ours.contains_key(event.command.as_str())) {
        if let Some(before) = effects.insert(&event.command, event.seq) {
            verdict.note(Breach::Doubled, || format!("the command {} has {before} and {event:?}", event.command));
        }
        if event.told.kind == "message_sent"
            && let Some(before) = messages.insert(&event.told.text, event.seq)
        {
            verdict.note(Breach::Doubled, || format!("one message stands at {before} and as {event:?}"));
        }
    }
    let mut answers: HashMap<&str, i64> = HashMap::new();
    for call in evidence.calls.iter().filter(|call| call.action != Action::Look) {
        match &call.answer {
            Answer::Done(seq) => {
                let first = *answers.entry(&call.command).or_insert(*seq);
                if first != *seq {
                    verdict.note(Breach::Doubled, || format!("{call:?} was answered with {first} before"));
                }
            }
            Answer::Refused(_) => {
                if let Some(seq) = effects.get(call.command.as_str()) {
                    verdict.note(Breach::Doubled, || format!("{call:?} was refused, and stands at {seq}"));
                }
            }
            Answer::Unknown | Answer::Queued => {}
        }
    }
    for row in evidence.found.iter().flat_map(|found| &found.rows).filter(|(_, count)| **count > 1) {
        verdict.note(Breach::Doubled, || format!("the API shows {} {} times", row.0, row.1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::made::{evidence, sent};

    fn doubled(evidence: &Evidence) -> usize {
        let mut verdict = Verdict::default();
        check(evidence, &mut verdict);
        verdict.count(Breach::Doubled)
    }

    #[test]
    fn a_retry_with_the_first_answer_is_right() {
        let mut evidence = evidence();
        evidence.calls.push(sent("m1", "one", 50, 60, 4));
        assert_eq!(doubled(&evidence), 0);
    }

    #[test]
    fn a_second_effect_answer_or_a_late_refusal_is_found() {
        let mut twice = evidence();
        let mut again = twice.truth[3].clone();
        again.seq = 7;
        twice.truth.push(again);
        let mut answered = evidence();
        answered.calls.push(sent("m1", "one", 50, 60, 5));
        let mut refused = evidence();
        refused.calls.push(sent("m1", "one", 50, 60, 4));
        refused.calls.last_mut().unwrap().answer = Answer::Refused("FORBIDDEN".into());
        for evidence in [twice, answered, refused] {
            assert!(doubled(&evidence) > 0);
        }
    }
}
