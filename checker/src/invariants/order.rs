//! Invariants 3 and 4: the log is 1, 2, 3 …; every observer receives the same content for a `seq`; every stream
//! receives every event its member may see, once and in order, over all its connections. And invariant 6: nothing
//! that its member may not see.

use std::collections::HashMap;

use serde_json::Value;

use super::{Evidence, Verdict, Violation};
use crate::history::Stream;
use crate::model::{EventData, Model};

/// Checks that the log has no gap.
pub fn log(evidence: &Evidence, verdict: &mut Verdict) {
    for (event, seq) in evidence.log.iter().zip(1..) {
        if event.seq != seq {
            verdict.record(Violation::Gap, || format!("the log has {}, expected {seq}", event.seq));
            return;
        }
    }
}

/// Checks that each `seq` has one content, equal to the log's.
pub fn contents(evidence: &Evidence, verdict: &mut Verdict) {
    let mut first: HashMap<i64, &String> = HashMap::new();
    for ((seq, _), content) in &evidence.contents {
        if let Some(other) = first.insert(*seq, content) {
            verdict.record(Violation::ContentMismatch, || format!("{seq} is {content} and also {other}"));
        }
        let item: Value = serde_json::from_str(content).unwrap_or_default();
        let event = usize::try_from(seq - 1).ok().and_then(|index| evidence.log.get(index));
        if event.is_none_or(|event| !matches_log(&event.data, &EventData::from_item(&item))) {
            verdict.record(Violation::ContentMismatch, || {
                format!("{seq} was delivered as {content}, but the log has {event:?}")
            });
        }
    }
}

/// Ignores a member that the API names and the log does not: the joining member is the actor.
fn matches_log(log: &EventData, wire: &EventData) -> bool {
    let mut wire = wire.clone();
    if log.member.is_empty() {
        wire.member.clear();
    }
    *log == wire
}

/// Checks each stream separately.
pub fn streams(evidence: &Evidence, model: &Model, verdict: &mut Verdict) {
    for (number, stream) in evidence.streams.iter().enumerate() {
        sequence(number, stream, model, evidence, verdict);
    }
}

fn sequence(number: usize, stream: &Stream, model: &Model, evidence: &Evidence, verdict: &mut Verdict) {
    let name = || format!("stream {number} of {} from {}", stream.member, stream.from);
    let mut cursor = stream.from;
    for delivery in &stream.deliveries {
        let seq = delivery.seq;
        let process = delivery.process;
        if seq <= cursor {
            let again = stream.deliveries.iter().filter(|other| other.seq == seq).count() > 1;
            let violation = if again { Violation::Duplicated } else { Violation::Reordered };
            verdict.record(violation, || format!("{}: {seq} after {cursor}, from process {process}", name()));
            continue;
        }
        missing(stream, cursor, seq - 1, model, |seq| {
            verdict.record(Violation::Gap, || format!("{}: {seq} is missing, from process {process}", name()));
        });
        if !model.sees(&stream.member, seq) {
            let event = evidence.log.iter().find(|event| event.seq == seq);
            verdict.record(Violation::Revocation, || {
                format!("{}: unauthorized {event:?}, from process {process}", name())
            });
        }
        cursor = seq;
    }
    if !stream.is_guest {
        missing(stream, cursor, evidence.last, model, |seq| {
            verdict.record(Violation::Gap, || format!("{}: {seq} is missing at the end", name()));
        });
    }
}

/// Reports each `seq` in `(from, to]` that the member may see and that no boot covered.
fn missing(stream: &Stream, from: i64, to: i64, model: &Model, mut found: impl FnMut(i64)) {
    for seq in from + 1..=to {
        let skipped = stream.skipped.iter().any(|(from, to)| *from < seq && seq <= *to);
        if !skipped && model.sees(&stream.member, seq) {
            found(seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::fixtures::{delivery, evidence};

    fn verdict(evidence: &Evidence) -> Verdict {
        let mut verdict = Verdict::default();
        log(evidence, &mut verdict);
        contents(evidence, &mut verdict);
        streams(evidence, &Model::from_log(&evidence.log), &mut verdict);
        verdict
    }

    #[test]
    fn accepts_complete_streams() {
        let verdict = verdict(&evidence());
        assert!(verdict.is_clean(), "{:?}", verdict.descriptions);
    }

    #[test]
    fn detects_missing_duplicate_and_late_events() {
        let mut evidence = evidence();
        evidence.streams[0].deliveries.remove(1);
        assert_eq!(verdict(&evidence).kinds(), [Violation::Gap]);
        evidence.streams[0].deliveries.push(delivery(5));
        assert!(verdict(&evidence).kinds().contains(&Violation::Reordered));
        evidence.streams[0].deliveries.push(delivery(6));
        assert!(verdict(&evidence).kinds().contains(&Violation::Duplicated));
    }

    #[test]
    fn accepts_gaps_covered_by_boot() {
        let mut evidence = evidence();
        evidence.streams[0].deliveries.clear();
        evidence.streams[0].skipped.push((3, 6));
        assert!(verdict(&evidence).is_clean());
    }

    #[test]
    fn detects_different_contents() {
        let mut evidence = evidence();
        let content = evidence.contents[&(4, 4)].replace("one", "other");
        evidence.contents.insert((4, 7), content);
        assert_eq!(verdict(&evidence).count(Violation::ContentMismatch), 2);
    }

    #[test]
    fn detects_events_after_a_removal() {
        let mut evidence = evidence();
        evidence.log[4].data.kind = "channel_left".into();
        evidence.log[4].data.member = "b".into();
        evidence.streams[0].member = "b".into();
        assert_eq!(verdict(&evidence).count(Violation::Revocation), 1);
    }

    #[test]
    fn detects_gaps_in_the_log() {
        let mut evidence = evidence();
        evidence.log.remove(4);
        assert!(verdict(&evidence).count(Violation::Gap) > 0);
    }
}
