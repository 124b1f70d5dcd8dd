//! CPU time of processes, from `/proc`; unaffected by other load on the machine.

use std::time::Duration;

/// The clock tick of `/proc/…/stat`, the same on all supported Linux systems.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time these processes have used so far; zero without `/proc`.
pub fn cpu_time(pids: &[u32]) -> Duration {
    pids.iter().filter_map(|pid| ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)).sum()
}

fn ticks(stat: &str) -> Option<Duration> {
    // A process name may contain spaces and parentheses; the last parenthesis ends it.
    let mut rest = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || rest.next()?.parse::<u32>().ok();
    Some(TICK * (next()? + next()?))
}
