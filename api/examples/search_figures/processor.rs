//! The processor time that processes use, from `/proc`: what a busy machine does not falsify.

use std::time::Duration;

/// A tick of `/proc/…/stat`; the same on every Linux that we run on.
const TICK: Duration = Duration::from_millis(10);

/// What these processes have used so far; nothing where there is no `/proc`.
pub fn used(pids: &[u32]) -> Duration {
    pids.iter().filter_map(|pid| ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)).sum()
}

fn ticks(stat: &str) -> Option<Duration> {
    // The name of a process may hold spaces and brackets; the last bracket ends it.
    let mut rest = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || rest.next()?.parse::<u32>().ok();
    Some(TICK * (next()? + next()?))
}
