//! Real time: what was acknowledged before something else was asked for has the lower number, and whoever
//! reads afterwards sees it; near a fault a process that cannot ask the database may read from memory that
//! is up to five seconds old.

use std::collections::HashSet;

use super::{Breach, Evidence, Verdict};
use crate::history::{Action, Answer, Call, Micros};

/// How old memory may be that is read while the database is away, with some noise of the machine.
const STALE: Micros = 5_700_000;

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
    // With each moment at which the highest acknowledged number rose.
    let mut rises: Vec<(i64, &Call)> = Vec::new();
    for call in by_end {
        let Answer::Done(seq) = call.answer else { continue };
        if rises.last().is_none_or(|(high, _)| *high < seq) {
            rises.push((seq, call));
        }
    }
    let highest_at = |at: Micros| {
        let count = rises.partition_point(|(_, call)| call.ended < at);
        count.checked_sub(1).and_then(|last| rises.get(last))
    };
    for call in by_start {
        let Answer::Done(seq) = call.answer else { continue };
        let is_read = call.action == Action::Look;
        let near = |(from, to): &(Micros, Micros)| *from < call.ended && call.invoked < to + STALE;
        let late = if is_read && evidence.faulted.iter().any(near) { STALE } else { 0 };
        let Some((high, before)) = highest_at(call.invoked.saturating_sub(late)) else { continue };
        let (high, before) = (*high, *before);
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
    }

    #[test]
    fn near_a_fault_a_read_may_be_five_seconds_old_and_no_older() {
        for (invoked, wrong) in [(4_000_000, 0), (6_000_000, 1)] {
            let mut evidence = evidence();
            let look =
                Call { action: Action::Look, command: "look".into(), ..sent("x", "x", invoked, invoked + 10, 3) };
            evidence.calls = vec![sent("m1", "one", 0, 20, 4), look];
            evidence.faulted.push((10, 7_000_000));
            assert_eq!(reordered(&evidence), wrong, "{invoked}");
        }
    }
}
