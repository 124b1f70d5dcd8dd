//! Real time: what was acknowledged before something else was asked for has the lower number, and whoever
//! reads afterwards sees it.

use std::collections::HashSet;

use super::{Breach, Evidence, Verdict};
use crate::history::{Action, Answer, Call, Micros};

/// For so long a process answers from memory that cannot ask the database, with some noise of the machine.
const MEMORY: Micros = 5_700_000;

/// Sweeps the calls by time.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let commands: HashSet<&str> = evidence.truth.iter().map(|event| event.command.as_str()).collect();
    let mut first_answers = HashSet::new();
    let done = |call: &&Call| matches!(call.answer, Answer::Done(_));
    let mut by_end: Vec<&Call> = evidence.calls.iter().filter(done).collect();
    by_end.sort_by_key(|call| call.ended);
    // Of a command that was tried again only the first attempt says when it was asked for.
    let mut by_start: Vec<&Call> = evidence.calls.iter().collect();
    by_start.sort_by_key(|call| call.invoked);
    by_start.retain(|call| first_answers.insert(&call.command));
    let mut ended = by_end.into_iter().peekable();
    let mut highest: Option<(i64, &Call)> = None;
    for call in by_start {
        while let Some(before) = ended.next_if(|before| before.ended < call.invoked) {
            let Answer::Done(seq) = before.answer else { continue };
            if highest.is_none_or(|(high, _)| high < seq) {
                highest = Some((seq, before));
            }
        }
        let Answer::Done(seq) = call.answer else { continue };
        let Some((high, before)) = highest else { continue };
        let is_read = call.action == Action::Look;
        if is_read && evidence.faulted.iter().any(|(from, to)| *from <= call.invoked && call.invoked < *to) {
            // A process that is cut off may answer from memory for a while; `before` then ended longer ago.
            let long_ago = |before: &&Call| before.ended + MEMORY < call.invoked;
            let seen = |before: &Call| matches!(before.answer, Answer::Done(other) if seq < other);
            if !evidence.calls.iter().filter(long_ago).any(seen) {
                continue;
            }
        }
        let is_wrong = if is_read { seq < high } else { seq <= high && commands.contains(call.command.as_str()) };
        if is_wrong {
            verdict.note(Breach::Reordered, || {
                format!("process {}: {call:?} began after {before:?} had ended", call.process)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::made::{evidence, sent};

    fn reordered(evidence: &Evidence) -> usize {
        let mut verdict = Verdict::default();
        check(evidence, &mut verdict);
        verdict.count(Breach::Reordered)
    }

    #[test]
    fn calls_at_the_same_time_may_have_any_order() {
        let mut evidence = evidence();
        assert_eq!(reordered(&evidence), 0);
        evidence.calls = vec![sent("m1", "one", 0, 20, 4), sent("m2", "two", 10, 30, 3)];
        assert_eq!(reordered(&evidence), 0);
    }

    #[test]
    fn a_later_call_with_a_lower_number_is_found() {
        let mut evidence = evidence();
        evidence.calls = vec![sent("m1", "one", 0, 20, 4), sent("m2", "two", 30, 40, 3)];
        assert_eq!(reordered(&evidence), 1);
    }

    #[test]
    fn a_read_of_the_past_is_found() {
        let mut evidence = evidence();
        let look = Call { action: Action::Look, command: "look".into(), ..sent("x", "x", 30, 40, 3) };
        evidence.calls = vec![sent("m1", "one", 0, 20, 4), look];
        assert_eq!(reordered(&evidence), 1);
        evidence.faulted = vec![(10, 50_000_000)];
        assert_eq!(reordered(&evidence), 0);
        evidence.calls[1].invoked = 40_000_000;
        assert_eq!(reordered(&evidence), 1);
    }
}
