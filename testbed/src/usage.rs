//! Processor time and memory of a process, read from `/proc`.

use crate::{Failure, Result};

/// Ticks per second in `/proc/…/stat` on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time in user and kernel mode since the start of a process, in seconds.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = read(pid, "stat")?;
    ticks(&stat).map(|ticks| ticks / TICKS_PER_SECOND).ok_or_else(|| unexpected(pid))
}

/// A memory field of `/proc/…/status` such as `VmRSS`, in KiB.
pub fn memory_kib(pid: u32, field: &str) -> Result<u64> {
    kib(&read(pid, "status")?, field).ok_or_else(|| unexpected(pid))
}

fn read(pid: u32, file: &str) -> Result<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}"));
    text.map_err(|error| Failure::new(format!("process {pid}: {error}")))
}

fn unexpected(pid: u32) -> Failure {
    Failure::new(format!("unexpected format of /proc/{pid}"))
}

/// User and system time in a `stat` line. The program name may contain spaces and parentheses.
fn ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
}

fn kib(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_proc() {
        let stat = "42 (a (b) c) S 1 1 1 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 1 0 1 1 1";
        assert_eq!(ticks(stat), Some(200.0));
        let status = "Name:\tx\nVmRSS:\t  2048 kB\nRssAnon:\t  1024 kB\n";
        assert_eq!((kib(status, "VmRSS"), kib(status, "RssAnon"), kib(status, "Vm")), (Some(2048), Some(1024), None));
    }

    #[test]
    fn reads_this_process() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid).unwrap() >= 0.0 && memory_kib(pid, "VmHWM").unwrap() > 0);
        assert!(cpu_seconds(u32::MAX).is_err());
    }
}
