//! Real time: a call that began after another was acknowledged has a higher `seq`, and a later read sees it. Near a
//! fault, a process that cannot reach the database may read from memory that is up to five seconds old.

use std::collections::HashSet;

use super::{Evidence, Verdict, Violation};
use crate::history::{Action, Call, Micros, Outcome};

/// The maximum age of memory reads while the database is unavailable, with tolerance for scheduling.
const STALENESS_LIMIT: Micros = 5_700_000;

/// Sweeps the calls by time.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let commands: HashSet<&str> = evidence.log.iter().map(|event| event.command.as_str()).collect();
    let mut seen_commands = HashSet::new();
    let done = |call: &&Call| matches!(call.outcome, Outcome::Done(_));
    let mut by_end: Vec<&Call> = evidence.calls.iter().filter(done).collect();
    by_end.sort_by_key(|call| call.ended);
    // The first attempt determines when a command began.
    let mut by_start: Vec<&Call> = evidence.calls.iter().collect();
    by_start.sort_by_key(|call| call.invoked);
    by_start.retain(|call| seen_commands.insert(&call.command));
    // Each call that raised the highest acknowledged `seq`.
    let mut rises: Vec<(i64, &Call)> = Vec::new();
    for call in by_end {
        let Outcome::Done(seq) = call.outcome else { continue };
        if rises.last().is_none_or(|(high, _)| *high < seq) {
            rises.push((seq, call));
        }
    }
    let highest_at = |at: Micros| {
        let count = rises.partition_point(|(_, call)| call.ended < at);
        count.checked_sub(1).and_then(|last| rises.get(last))
    };
    for call in by_start {
        let Outcome::Done(seq) = call.outcome else { continue };
        let is_read = call.action == Action::ReadHead;
        let near = |(from, to): &(Micros, Micros)| *from < call.ended && call.invoked < to + STALENESS_LIMIT;
        let late = if is_read && evidence.fault_windows.iter().any(near) { STALENESS_LIMIT } else { 0 };
        let Some((high, before)) = highest_at(call.invoked.saturating_sub(late)) else { continue };
        let (high, before) = (*high, *before);
        let is_wrong = if is_read { seq < high } else { seq <= high && commands.contains(call.command.as_str()) };
        if is_wrong {
            verdict.record(Violation::Reordered, || {
                format!("process {}: {call:?} began after {before:?} had ended", call.process)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::fixtures::{count, evidence, sent};

    #[test]
    fn accepts_any_order_of_concurrent_calls() {
        let mut evidence = evidence();
        assert_eq!(count(Violation::Reordered, &evidence, check), 0);
        evidence.calls = vec![sent("m1", "one", 0, 20, 4), sent("m2", "two", 10, 30, 3)];
        assert_eq!(count(Violation::Reordered, &evidence, check), 0);
    }

    #[test]
    fn detects_a_later_call_with_a_lower_seq() {
        let mut evidence = evidence();
        evidence.calls = vec![sent("m1", "one", 0, 20, 4), sent("m2", "two", 30, 40, 3)];
        assert_eq!(count(Violation::Reordered, &evidence, check), 1);
    }

    #[test]
    fn detects_stale_reads() {
        let mut evidence = evidence();
        let read = Call { action: Action::ReadHead, command: "head".into(), ..sent("x", "x", 30, 40, 3) };
        evidence.calls = vec![sent("m1", "one", 0, 20, 4), read];
        assert_eq!(count(Violation::Reordered, &evidence, check), 1);
    }

    #[test]
    fn tolerates_five_seconds_of_staleness_near_a_fault() {
        for (invoked, wrong) in [(4_000_000, 0), (6_000_000, 1)] {
            let mut evidence = evidence();
            let read =
                Call { action: Action::ReadHead, command: "head".into(), ..sent("x", "x", invoked, invoked + 10, 3) };
            evidence.calls = vec![sent("m1", "one", 0, 20, 4), read];
            evidence.fault_windows.push((10, 7_000_000));
            assert_eq!(count(Violation::Reordered, &evidence, check), wrong, "{invoked}");
        }
    }
}
