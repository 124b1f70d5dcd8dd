//! Laws 3 and 4: the log is 1, 2, 3 …; everybody gets the same content under a number; every stream gets
//! every event that its person may see, once and in order, over all its connections; and, as law 6 asks,
//! nothing that they may not see.

use std::collections::HashMap;

use serde_json::Value;

use super::{Breach, Evidence, Verdict};
use crate::history::Stream;
use crate::truth::{Model, Told};

/// The log has no hole.
pub fn log(evidence: &Evidence, verdict: &mut Verdict) {
    for (event, seq) in evidence.truth.iter().zip(1..) {
        if event.seq != seq {
            verdict.note(Breach::Gap, || format!("the log has {} where {seq} must be", event.seq));
            return;
        }
    }
}

/// One content under each number, and it is what the log says.
pub fn contents(evidence: &Evidence, verdict: &mut Verdict) {
    let mut first: HashMap<i64, &String> = HashMap::new();
    for ((seq, _), content) in &evidence.contents {
        if let Some(other) = first.insert(*seq, content) {
            verdict.note(Breach::Differs, || format!("{seq} is {content} and {other}"));
        }
        let item: Value = serde_json::from_str(content).unwrap_or_default();
        let event = usize::try_from(seq - 1).ok().and_then(|index| evidence.truth.get(index));
        if event.is_none_or(|event| !says(&event.told, &Told::of_item(&item))) {
            verdict.note(Breach::Differs, || format!("{seq} was delivered as {content}, the log has {event:?}"));
        }
    }
}

/// Where the log does not name a member, the wire may (the one who joins is the actor).
fn says(log: &Told, wire: &Told) -> bool {
    let mut wire = wire.clone();
    if log.member.is_empty() {
        wire.member.clear();
    }
    *log == wire
}

/// Every stream for itself.
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
            let breach = if again { Breach::Doubled } else { Breach::Reordered };
            verdict.note(breach, || format!("{}: {seq} after {cursor}, by process {process}", name()));
            continue;
        }
        missing(stream, cursor, seq - 1, model, |seq| {
            verdict.note(Breach::Gap, || format!("{}: {seq} did not come, by process {process}", name()));
        });
        if !model.sees(&stream.member, seq) {
            let event = evidence.truth.iter().find(|event| event.seq == seq);
            verdict.note(Breach::Revocation, || format!("{}: {event:?} is not theirs, by {process}", name()));
        }
        cursor = seq;
    }
    if !stream.is_guest {
        missing(stream, cursor, evidence.last, model, |seq| {
            verdict.note(Breach::Gap, || format!("{}: {seq} did not come at the end", name()));
        });
    }
}

/// Names what a person may see after `from` up to `to`, and was not told to fetch by boot.
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
    use crate::laws::made::{delivery, evidence};

    fn verdict(evidence: &Evidence) -> Verdict {
        let mut verdict = Verdict::default();
        log(evidence, &mut verdict);
        contents(evidence, &mut verdict);
        streams(evidence, &Model::of(&evidence.truth), &mut verdict);
        verdict
    }

    #[test]
    fn a_whole_stream_is_right() {
        let verdict = verdict(&evidence());
        assert!(verdict.is_clean(), "{:?}", verdict.said);
    }

    #[test]
    fn what_is_missing_double_or_late_is_found() {
        let mut evidence = evidence();
        evidence.streams[0].deliveries.remove(1);
        assert_eq!(verdict(&evidence).kinds(), [Breach::Gap]);
        evidence.streams[0].deliveries.push(delivery(5));
        assert!(verdict(&evidence).kinds().contains(&Breach::Reordered));
        evidence.streams[0].deliveries.push(delivery(6));
        assert!(verdict(&evidence).kinds().contains(&Breach::Doubled));
    }

    #[test]
    fn boot_fills_what_was_skipped() {
        let mut evidence = evidence();
        evidence.streams[0].deliveries.clear();
        evidence.streams[0].skipped.push((3, 6));
        assert!(verdict(&evidence).is_clean());
    }

    #[test]
    fn another_content_is_found() {
        let mut evidence = evidence();
        let content = evidence.contents[&(4, 4)].replace("one", "other");
        evidence.contents.insert((4, 7), content);
        assert_eq!(verdict(&evidence).count(Breach::Differs), 2);
    }

    #[test]
    fn what_comes_after_a_removal_is_found() {
        let mut evidence = evidence();
        evidence.truth[4].told.kind = "channel_left".into();
        evidence.truth[4].told.member = "b".into();
        evidence.streams[0].member = "b".into();
        assert_eq!(verdict(&evidence).count(Breach::Revocation), 1);
    }

    #[test]
    fn a_hole_in_the_log_is_found() {
        let mut evidence = evidence();
        evidence.truth.remove(4);
        assert!(verdict(&evidence).count(Breach::Gap) > 0);
    }
}
