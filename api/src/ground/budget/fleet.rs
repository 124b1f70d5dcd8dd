//! The other processes of a fleet, and the usage reports they exchange.
//!
//! Each process holds its share of every capacity. It refills at the full rate minus the usage reported by the
//! others, but at least at its share; at its share while the bus is unavailable. A caller that uses all
//! processes at once gets at most a quarter more than from a single process over ten seconds. Reports may be
//! lost.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bucket::Rate;

/// Interval between usage reports.
pub const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Time without a report after which a process counts as gone.
const PROCESS_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum uses in a report, keeping the largest. Limits a report to 512 KiB.
const MAX_REPORTED_USES: usize = 4_096;

/// Usage in the last second: scope, kind, caller, amount.
pub type Usage = (u8, u8, Uuid, f64);

/// The usage report that a process publishes every second.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct UsageReport {
    /// The reporting process. A new ID on each start.
    pub process: Uuid,
    pub uses: Vec<Usage>,
}

impl UsageReport {
    /// Creates a report. Each use comes with its fraction of the rate; the largest fractions are kept.
    pub fn new(process: Uuid, mut uses: Vec<(f64, Usage)>) -> Self {
        uses.sort_unstable_by(|(one, _), (other, _)| other.total_cmp(one));
        uses.truncate(MAX_REPORTED_USES);
        Self { process, uses: uses.into_iter().map(|(_, one)| one).collect() }
    }

    /// Encodes the report for the bus.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Decodes a report. `None` if the format is unknown.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let report: Self = serde_json::from_slice(bytes).ok()?;
        (report.uses.len() <= MAX_REPORTED_USES).then_some(report)
    }
}

/// The processes of the fleet, as known to this process.
#[derive(Debug)]
pub struct Fleet {
    pub process: Uuid,
    others: HashMap<Uuid, Instant>,
    /// Number of processes, including this one.
    count: usize,
    is_connected: bool,
}

impl Fleet {
    /// Creates the state of a process that knows no others yet, or runs alone.
    pub fn new(process: Uuid, is_single_process: bool) -> Self {
        // Assumes one other process during the first second.
        let count = if is_single_process { 1 } else { 2 };
        Self { process, others: HashMap::new(), count, is_connected: is_single_process }
    }

    /// Records a report of a process. Returns whether it is another process.
    pub fn record_report(&mut self, process: Uuid, now: Instant) -> bool {
        if process == self.process {
            return false;
        }
        self.others.insert(process, now);
        self.count = self.count.max(self.others.len() + 1);
        true
    }

    /// Starts the next second. While the bus is unavailable, the last known processes are assumed to be
    /// running.
    pub fn tick(&mut self, is_connected: bool, now: Instant) {
        // After a second with a connection, all running processes have reported.
        if is_connected && self.is_connected {
            self.others.retain(|_, reported| now.saturating_duration_since(*reported) < PROCESS_TIMEOUT);
            self.count = self.others.len() + 1;
        } else if is_connected {
            self.others.values_mut().for_each(|reported| *reported = now);
        }
        self.is_connected = is_connected;
    }

    /// Returns the share of this process, given the usage of the others in the last second.
    pub fn share(&self, rate: Rate, used_by_others: f64) -> Rate {
        let count = self.count as f64;
        let min_refill = rate.refill / count;
        let refill = if self.is_connected { (rate.refill - used_by_others).max(min_refill) } else { min_refill };
        Rate { capacity: rate.capacity / count, refill }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(60.0, 1.0);

    #[test]
    fn share_follows_the_running_processes() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut fleet = Fleet::new(Uuid::from_u128(1), false);
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(30.0, 0.5));
        assert!(!fleet.record_report(Uuid::from_u128(1), at(0)));
        for other in [2, 3, 3] {
            assert!(fleet.record_report(Uuid::from_u128(other), at(0)));
        }
        fleet.tick(true, at(0));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(20.0, 1.0));
        assert_eq!(fleet.share(RATE, 0.25), Rate::new(20.0, 0.75));
        assert_eq!(fleet.share(RATE, 5.0), Rate::new(20.0, 1.0 / 3.0));
        // Disconnected: keeps the last count, also for a while after reconnecting.
        fleet.tick(false, at(100));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(20.0, 1.0 / 3.0));
        fleet.tick(true, at(101));
        fleet.tick(true, at(102));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(20.0, 1.0));
        // One reports again, the other is gone.
        fleet.record_report(Uuid::from_u128(2), at(105));
        fleet.tick(true, at(107));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(30.0, 1.0));
    }

    #[test]
    fn a_single_process_grants_everything() {
        let mut fleet = Fleet::new(Uuid::nil(), true);
        assert_eq!(fleet.share(RATE, 0.0), RATE);
        fleet.tick(true, Instant::now());
        assert_eq!(fleet.share(RATE, 0.0), RATE);
    }

    #[test]
    fn report_keeps_the_largest_uses_within_the_size_limit() {
        let uses =
            (0..10_000_u32).map(|n| (f64::from(n), (0, 1, Uuid::from_u128(u128::MAX), f64::from(n) + 0.123_456)));
        let report = UsageReport::new(Uuid::nil(), uses.collect());
        assert_eq!(report.uses.len(), MAX_REPORTED_USES);
        assert!(report.uses.iter().all(|(.., used)| *used > 5_000.0));
        let bytes = report.encode();
        assert!(bytes.len() < 512 * 1024, "{}", bytes.len());
        assert_eq!(UsageReport::decode(&bytes).unwrap().uses, report.uses);
        assert!(UsageReport::decode(b"{").is_none());
    }
}
