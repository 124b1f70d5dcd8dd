//! Invariant 6 for sign-outs: nothing arrives later than one second after the acknowledgement, or five seconds if
//! the delivering process was cut off.

use super::{Evidence, Verdict, Violation};
use crate::history::Micros;

const DELIVERY_LIMIT: Micros = 1_000_000;
const CUT_OFF_LIMIT: Micros = 5_000_000;
/// Tolerated scheduling delay between a write of the server and its receipt.
const SCHEDULING_TOLERANCE: Micros = 700_000;

/// Checks all guests.
pub fn sign_outs(evidence: &Evidence, verdict: &mut Verdict) {
    for stream in &evidence.streams {
        let Some(end) = stream.signed_out else { continue };
        let cut = evidence.fault_windows.iter().any(|(from, to)| *from < end.at + CUT_OFF_LIMIT && end.at < *to);
        let limit = end.at + SCHEDULING_TOLERANCE + if cut { CUT_OFF_LIMIT } else { DELIVERY_LIMIT };
        let late: Vec<_> = stream.deliveries.iter().filter(|delivery| delivery.at > limit).collect();
        if let Some(last) = late.last() {
            let seconds = (last.at - end.at) as f64 / 1e6;
            verdict.record(Violation::Revocation, || {
                let count = late.len();
                format!(
                    "{count} events after the sign-out of {}, the last {seconds:.1} s later: {last:?}",
                    stream.member
                )
            });
        } else if stream.closed.is_none() && end.watched_until > limit && !cut {
            verdict.record(Violation::Revocation, || format!("a sign-out of {} left a connection open", stream.member));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::SignOut;
    use crate::invariants::fixtures::{count, delivery, evidence};

    fn found(last: Micros, closed: bool, is_faulted: bool) -> usize {
        let mut evidence = evidence();
        let stream = &mut evidence.streams[0];
        stream.deliveries = vec![crate::history::Delivery { at: last, ..delivery(4) }];
        stream.signed_out = Some(SignOut { at: 10_000_000, watched_until: 20_000_000 });
        stream.closed = closed.then_some(11_000_000);
        if is_faulted {
            evidence.fault_windows.push((9_000_000, 12_000_000));
        }
        count(Violation::Revocation, &evidence, sign_outs)
    }

    #[test]
    fn detects_late_events_and_open_connections() {
        assert_eq!(found(10_500_000, true, false), 0);
        assert_eq!(found(13_000_000, true, false), 1);
        assert_eq!(found(13_000_000, true, true), 0);
        assert_eq!(found(16_000_000, true, true), 1);
        assert_eq!(found(10_500_000, false, false), 1);
    }
}
