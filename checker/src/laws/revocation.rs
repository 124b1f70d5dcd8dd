//! Law 6 for sign-outs: one second after the acknowledgement nothing comes any more; five where the
//! process that delivers was cut off.

use super::{Breach, Evidence, Verdict};
use crate::history::Micros;

const ELSEWHERE: Micros = 1_000_000;
const CUT_OFF: Micros = 5_000_000;
/// What a busy machine may add between a write of the server and its receipt here.
const NOISE: Micros = 700_000;

/// Checks the guests.
pub fn sign_outs(evidence: &Evidence, verdict: &mut Verdict) {
    for stream in &evidence.streams {
        let Some(end) = stream.signed_out else { continue };
        let cut = evidence.faulted.iter().any(|(from, to)| *from < end.at + CUT_OFF && end.at < *to);
        let limit = end.at + NOISE + if cut { CUT_OFF } else { ELSEWHERE };
        let late: Vec<_> = stream.deliveries.iter().filter(|delivery| delivery.at > limit).collect();
        if let Some(last) = late.last() {
            let seconds = (last.at - end.at) as f64 / 1e6;
            verdict.note(Breach::Revocation, || {
                let count = late.len();
                format!("{count} events after a sign-out of {}, the last {seconds:.1} s later: {last:?}", stream.member)
            });
        } else if stream.closed.is_none() && end.watched_until > limit && !cut {
            verdict.note(Breach::Revocation, || format!("a sign-out of {} left its connection open", stream.member));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::SignOut;
    use crate::laws::made::{delivery, evidence};

    fn found(last: Micros, closed: bool, faulted: bool) -> usize {
        let mut evidence = evidence();
        let stream = &mut evidence.streams[0];
        stream.deliveries = vec![crate::history::Delivery { at: last, ..delivery(4) }];
        stream.signed_out = Some(SignOut { at: 10_000_000, watched_until: 20_000_000 });
        stream.closed = closed.then_some(11_000_000);
        if faulted {
            evidence.faulted.push((9_000_000, 12_000_000));
        }
        let mut verdict = Verdict::default();
        sign_outs(&evidence, &mut verdict);
        verdict.count(Breach::Revocation)
    }

    #[test]
    fn what_comes_too_late_or_stays_open_is_found() {
        assert_eq!(found(10_500_000, true, false), 0);
        assert_eq!(found(13_000_000, true, false), 1);
        assert_eq!(found(13_000_000, true, true), 0);
        assert_eq!(found(16_000_000, true, true), 1);
        assert_eq!(found(10_500_000, false, false), 1);
    }
}
