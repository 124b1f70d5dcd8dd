//! Law 10 for clocks: a process whose wall clock is wrong says and writes what the others do. The time of an
//! event is the database's, and a link works for as long as the database says.

use super::{Breach, Evidence, Verdict};

/// What two clocks of one machine may differ by, in milliseconds.
const NOISE: i64 = 1_000;

/// Checks the log and what was said of the invite link.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let Some((began, ended)) = evidence.time else { return };
    for event in &evidence.truth {
        if event.at < began - NOISE || ended + NOISE < event.at {
            verdict.note(Breach::Clock, || format!("{event:?} was not written between {began} and {ended}"));
        }
    }
    for knock in evidence.knocks.iter().filter(|knock| !knock.works) {
        verdict.note(Breach::Clock, || {
            let (process, at) = (knock.process, knock.at);
            format!("process {process} said at {at} µs that the invite link does not work, which works for a week")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Knock;
    use crate::laws::made::evidence;

    fn found(evidence: &Evidence) -> usize {
        let mut verdict = Verdict::default();
        check(evidence, &mut verdict);
        verdict.count(Breach::Clock)
    }

    #[test]
    fn another_time_or_a_link_that_ended_early_is_found() {
        let knock = |works| Knock { at: 0, process: 0, works };
        let mut evidence = Evidence { time: Some((100_000, 200_000)), knocks: vec![knock(true)], ..evidence() };
        evidence.truth.iter_mut().for_each(|event| event.at = 150_000);
        assert_eq!(found(&evidence), 0);
        evidence.truth[2].at = 10_000;
        assert_eq!(found(&evidence), 1);
        evidence.knocks.push(knock(false));
        assert_eq!(found(&evidence), 2);
        evidence.time = None;
        assert_eq!(found(&evidence), 0);
    }
}
