//! Resource use of servers, observed from outside: memory and CPU time of several processes, counters of `/metrics`.

use serde_json::{Value, json};
use testbed::usage;

use crate::Result;
use crate::http::Http;
use crate::target::Target;

/// Resident and anonymous memory of a process in KiB.
///
/// # Errors
/// No such process, or not on Linux.
pub fn resident_memory(pid: u32) -> Result<(u64, u64)> {
    let total = usage::memory_kib(pid, "VmRSS")?;
    Ok((total, usage::memory_kib(pid, "RssAnon").unwrap_or(total)))
}

/// CPU time of processes, in seconds.
///
/// # Errors
/// One of them does not exist.
pub fn cpu_seconds(pids: &[u32]) -> Result<f64> {
    pids.iter().map(|pid| usage::cpu_seconds(*pid)).sum()
}

/// CPU time and count per CPU second, for a report. Null without processes.
pub fn per_cpu_second(count: u64, used: f64) -> Value {
    if used > 0.0 {
        json!({ "seconds": (used * 100.0).round() / 100.0, "perSecond": (count as f64 / used).round() })
    } else {
        Value::Null
    }
}

/// Counters of live delivery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Live {
    /// Selections executed for events.
    pub executions: f64,
    /// Events delivered by rooms.
    pub events: f64,
}

impl Live {
    /// Reads the counters. `None` if the server does not expose them.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn read(target: &Target) -> Result<Option<Self>> {
        let mut http = Http::open(target).await?;
        let (status, body) = http.get("/metrics").await?;
        if status != 200 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&body);
        let executions = counter(&text, "confab_live_executions_total");
        let events = counter(&text, "confab_live_events_total");
        Ok(executions.zip(events).map(|(executions, events)| Self { executions, events }))
    }

    /// Executions per event since an earlier reading. `None` without events.
    pub fn per_event_since(&self, before: &Self) -> Option<f64> {
        let events = self.events - before.events;
        (events > 0.0).then(|| (self.executions - before.executions) / events)
    }
}

/// Counters of a server since its start.
///
/// # Errors
/// The server cannot be reached.
pub async fn counters<const N: usize>(target: &Target, names: [&str; N]) -> Result<[f64; N]> {
    let mut http = Http::open(target).await?;
    let (_, body) = http.get("/metrics").await?;
    let text = String::from_utf8_lossy(&body);
    // A counter appears with its first increment.
    Ok(names.map(|name| counter(&text, name).unwrap_or(0.0)))
}

/// The sum of a Prometheus counter over all labels.
fn counter(text: &str, name: &str) -> Option<f64> {
    let of_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
    let values: Vec<f64> =
        text.lines().filter(of_it).filter_map(|line| line.rsplit_once(' ')?.1.parse().ok()).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_counters_over_labels() {
        let text = "# HELP a x\na_total{kind=\"x y\"} 3\na_total{kind=\"z\"} 4\na_total_more 9\nb_total 1.5\n";
        assert_eq!(counter(text, "a_total"), Some(7.0));
        assert_eq!(counter(text, "b_total"), Some(1.5));
        assert_eq!(counter(text, "c_total"), None);
    }

    #[test]
    fn computes_executions_per_event() {
        let before = Live { executions: 10.0, events: 10.0 };
        let after = Live { executions: 30.0, events: 20.0 };
        assert_eq!(after.per_event_since(&before), Some(2.0));
        assert_eq!(before.per_event_since(&before), None);
    }
}
