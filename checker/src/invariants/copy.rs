//! Invariant 8 for `JetStream`: at the end the stream has every event of the log once and in order.

use super::{Evidence, Verdict, Violation};

/// Compares the stream with the log.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let (log, Some(stream_events)) = (&evidence.log, &evidence.stream_events) else { return };
    for (event, copy) in log.iter().zip(stream_events) {
        if (copy.seq, &copy.command, &copy.kind) != (event.seq, &event.command, &event.data.kind) {
            verdict.record(Violation::Copy, || format!("JetStream has {copy:?}, expected {event:?}"));
            return;
        }
    }
    if log.len() != stream_events.len() {
        verdict.record(Violation::Copy, || format!("JetStream has {} of {} events", stream_events.len(), log.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::fixtures::{count, evidence};

    #[test]
    fn detects_missing_and_duplicate_events() {
        let mut short = evidence();
        short.stream_events.as_mut().unwrap().pop();
        let mut double = evidence();
        let stream_events = double.stream_events.as_mut().unwrap();
        stream_events.insert(1, stream_events[0].clone());
        for (evidence, wanted) in [(evidence(), 0), (short, 1), (double, 1)] {
            assert_eq!(count(Violation::Copy, &evidence, check), wanted);
        }
    }
}
