//! Law 8 for `JetStream`: at the end the stream has every event of the log once and in order.

use super::{Breach, Evidence, Verdict};

/// Compares the copy with the log.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let (truth, Some(copied)) = (&evidence.truth, &evidence.copied) else { return };
    for (event, copy) in truth.iter().zip(copied) {
        if (copy.seq, &copy.command, &copy.kind) != (event.seq, &event.command, &event.told.kind) {
            verdict.note(Breach::Copy, || format!("JetStream has {copy:?} where {event:?} must be"));
            return;
        }
    }
    if truth.len() != copied.len() {
        verdict.note(Breach::Copy, || format!("JetStream has {} of {} events", copied.len(), truth.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::made::evidence;

    #[test]
    fn what_is_missing_or_double_is_found() {
        let mut short = evidence();
        short.copied.as_mut().unwrap().pop();
        let mut double = evidence();
        let copied = double.copied.as_mut().unwrap();
        copied.insert(1, copied[0].clone());
        for (evidence, wanted) in [(evidence(), 0), (short, 1), (double, 1)] {
            let mut verdict = Verdict::default();
            check(&evidence, &mut verdict);
            assert_eq!(verdict.count(Breach::Copy), wanted);
        }
    }
}
