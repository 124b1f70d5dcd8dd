//! Invariant 10 for clocks: a process with a wrong wall clock behaves like the others. Event times come from the
//! database, and so does the validity of links.

use super::{Evidence, Verdict, Violation};

/// Tolerated difference between two clocks of one machine, in milliseconds.
const CLOCK_TOLERANCE: i64 = 1_000;

/// Checks the log and the invite checks.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let Some((began, ended)) = evidence.time else { return };
    for event in &evidence.log {
        if event.at < began - CLOCK_TOLERANCE || ended + CLOCK_TOLERANCE < event.at {
            verdict.record(Violation::Clock, || format!("{event:?} has a time outside {began} to {ended}"));
        }
    }
    for check in evidence.invite_checks.iter().filter(|check| !check.is_valid) {
        verdict.record(Violation::Clock, || {
            let (process, at) = (check.process, check.at);
            format!("process {process} rejected an invite link at {at} µs that is valid for a week")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::InviteCheck;
    use crate::invariants::fixtures::{count, evidence};

    #[test]
    fn detects_wrong_times_and_links_that_expire_early() {
        let invite = |is_valid| InviteCheck { at: 0, process: 0, is_valid };
        let mut evidence = Evidence { time: Some((100_000, 200_000)), invite_checks: vec![invite(true)], ..evidence() };
        evidence.log.iter_mut().for_each(|event| event.at = 150_000);
        assert_eq!(count(Violation::Clock, &evidence, check), 0);
        evidence.log[2].at = 10_000;
        assert_eq!(count(Violation::Clock, &evidence, check), 1);
        evidence.invite_checks.push(invite(false));
        assert_eq!(count(Violation::Clock, &evidence, check), 2);
        evidence.time = None;
        assert_eq!(count(Violation::Clock, &evidence, check), 0);
    }
}
