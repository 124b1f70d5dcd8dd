//! The report of a siege: the workload's latencies before, during and in each round of it, the processor time of the
//! servers and of this program, which shares the machine, and the servers' memory and disk.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use testbed::server::Server;
use testbed::usage::{cpu_seconds, memory_kib};

use crate::cluster::Cluster;
use crate::history::{Action, Micros, Outcome};
use crate::invariants::{Verdict, Violation};
use crate::siege::flood::Flood;
use crate::siege::{Round, Tally};
use crate::workload::Workload;

const MIB: u64 = 1024 * 1024;
/// Maximum growth of a server's peak memory during a siege, in bytes.
const MEMORY_LIMIT: u64 = 384 * MIB;
/// Maximum growth of a server's data directory, in bytes.
const DISK_LIMIT: u64 = 512 * MIB;

/// Processor time since the start, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CpuTime {
    /// Of all servers, as long as they do not restart.
    pub servers: f64,
    /// Of this program: workload, attackers and recording.
    pub generator: f64,
}

impl CpuTime {
    /// Processor time used so far.
    pub fn now(cluster: &Cluster) -> Self {
        let servers = cluster.processes.iter().filter_map(|process| process.pid()).map(seconds).sum();
        Self { servers, generator: seconds(std::process::id()) }
    }

    /// Usage per second since an earlier reading.
    fn share(self, earlier: Self, span: &Range<Micros>) -> Self {
        let seconds = (span.end.saturating_sub(span.start) as f64 / 1e6).max(f64::EPSILON);
        Self {
            servers: (self.servers - earlier.servers) / seconds,
            generator: (self.generator - earlier.generator) / seconds,
        }
    }
}

/// Processor time of a process; none once it has ended.
fn seconds(pid: u32) -> f64 {
    cpu_seconds(pid).unwrap_or(0.0)
}

/// Memory and disk use of one server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Peak resident memory, in bytes.
    pub memory: u64,
    /// Size of the data directory, in bytes.
    pub disk: u64,
    /// Process id, which changes with a restart.
    pub pid: u32,
}

/// The current usage of all servers.
pub fn usage(cluster: &Cluster) -> Vec<Usage> {
    let of = |process: &Server| {
        let pid = process.pid().unwrap_or(0);
        Usage { memory: memory_kib(pid, "VmHWM").unwrap_or(0) * 1024, disk: size(process.data()), pid }
    };
    cluster.processes.iter().map(of).collect()
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Percentiles of latencies, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Percentiles {
    pub count: usize,
    pub p50: f64,
    pub p99: f64,
}

impl Percentiles {
    /// Computes them from latencies in microseconds.
    pub fn from_micros(mut latencies: Vec<Micros>) -> Self {
        latencies.sort_unstable();
        let at = |share: usize| latencies.get((latencies.len() * share / 100).min(latencies.len().saturating_sub(1)));
        let millis = |micros: Option<&Micros>| micros.map_or(0.0, |micros| *micros as f64 / 1e3);
        Self { count: latencies.len(), p50: millis(at(50)), p99: millis(at(99)) }
    }
}

/// The latencies of the workload in a time span.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Latencies {
    /// From request to acknowledgement.
    pub sends: Percentiles,
    /// From request to response.
    pub boots: Percentiles,
    /// From request to each receipt by a steady stream.
    pub deliveries: Percentiles,
    /// Calls without a definite outcome.
    pub unanswered: usize,
}

impl Latencies {
    /// Evaluates the history of a time span.
    pub fn measure(workload: &Workload, span: &Range<Micros>) -> Self {
        let history = &workload.history;
        let mut begun = BTreeMap::new();
        let (mut sends, mut boots, mut unanswered) = (Vec::new(), Vec::new(), 0);
        for call in history.calls().into_iter().filter(|call| span.contains(&call.invoked)) {
            let took = call.ended - call.invoked;
            match (&call.action, &call.outcome) {
                (Action::ReadHead, Outcome::Done(_)) => boots.push(took),
                (Action::Send { .. }, Outcome::Done(seq)) => {
                    sends.push(took);
                    begun.entry(*seq).or_insert(call.invoked);
                }
                (_, Outcome::Unknown | Outcome::Queued) => unanswered += 1,
                _ => {}
            }
        }
        let mut deliveries = Vec::new();
        let streams = history.streams();
        for stream in workload.steady().into_iter().filter_map(|number| streams.get(number)) {
            let live = stream.deliveries.iter().filter(|delivery| span.contains(&delivery.at));
            deliveries.extend(live.filter_map(|one| one.at.checked_sub(*begun.get(&one.seq)?)));
        }
        Self {
            sends: Percentiles::from_micros(sends),
            boots: Percentiles::from_micros(boots),
            deliveries: Percentiles::from_micros(deliveries),
            unanswered,
        }
    }
}

/// The report of a siege.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub quiet: Latencies,
    pub under_siege: Latencies,
    /// Latencies in each round.
    pub rounds: Vec<(Vec<Flood>, Latencies)>,
    /// Usage per second before and during the siege.
    pub cpu: [CpuTime; 2],
    pub before: Vec<Usage>,
    pub after: Vec<Usage>,
    pub tallies: BTreeMap<Flood, Tally>,
}

impl Report {
    /// Evaluates a siege from `begun` to `ended`, after a quiet phase.
    pub fn evaluate(workload: &Workload, [quiet, begun, ended]: [(Micros, CpuTime); 3], rounds: &[Round]) -> Self {
        let spans = [quiet.0..begun.0, begun.0..ended.0];
        let of_round = |round: &Round| (round.floods.clone(), Latencies::measure(workload, &round.span));
        Self {
            quiet: Latencies::measure(workload, &spans[0]),
            under_siege: Latencies::measure(workload, &spans[1]),
            rounds: rounds.iter().map(of_round).collect(),
            cpu: [begun.1.share(quiet.1, &spans[0]), ended.1.share(begun.1, &spans[1])],
            ..Self::default()
        }
    }

    /// Records violations that do not depend on the machine's speed.
    pub fn judge(&self, verdict: &mut Verdict) {
        for (flood, tally) in &self.tallies {
            if tally.refused() == 0 && tally.attempts > flood.allowed() {
                verdict
                    .record(Violation::Flood, || format!("{flood}: none of {} attempts was refused", tally.attempts));
            }
        }
        for (before, after) in self.before.iter().zip(&self.after) {
            if before.pid != after.pid {
                verdict.record(Violation::Flood, || format!("process {} ended and was restarted", before.pid));
            }
            for (what, from, to, limit) in
                [("memory", before.memory, after.memory, MEMORY_LIMIT), ("disk", before.disk, after.disk, DISK_LIMIT)]
            {
                let gained = to.saturating_sub(from);
                if gained > limit {
                    verdict.record(Violation::Flood, || format!("{what} grew by {} MiB", gained / MIB));
                }
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24} {:>10} {:>10} {:>10} {:>10}", "latency, ms", "quiet p50", "p99", "siege p50", "p99")?;
        for (name, quiet, under_siege) in [
            ("  send", self.quiet.sends, self.under_siege.sends),
            ("  boot", self.quiet.boots, self.under_siege.boots),
            ("  delivery", self.quiet.deliveries, self.under_siege.deliveries),
        ] {
            let (a, b, c, d) = (quiet.p50, quiet.p99, under_siege.p50, under_siege.p99);
            writeln!(f, "{name:<24} {a:>10.1} {b:>10.1} {c:>10.1} {d:>10.1}")?;
        }
        writeln!(f, "{:<24} {:>10} {:>21}", "indefinite outcomes", self.quiet.unanswered, self.under_siege.unanswered)?;
        let [quiet, under_siege] = self.cpu;
        for (name, quiet, under_siege) in [
            ("CPU, servers", quiet.servers, under_siege.servers),
            ("CPU, checker", quiet.generator, under_siege.generator),
        ] {
            writeln!(f, "{name:<24} {quiet:>10.2} {under_siege:>21.2}")?;
        }
        for (floods, Latencies { sends, boots, deliveries, .. }) in &self.rounds {
            let names: Vec<String> = floods.iter().map(Flood::to_string).collect();
            let (name, a, b, c) = (names.join(", "), sends.p99, boots.p99, deliveries.p99);
            writeln!(f, "  p99 in {name:<30} send {a:>7.1}  boot {b:>7.1}  delivery {c:>7.1}")?;
        }
        for (before, after) in self.before.iter().zip(&self.after) {
            let mib = |bytes: u64| format!("{} MiB", bytes / MIB);
            writeln!(f, "{:<24} {:>10} {:>21}", "peak memory", mib(before.memory), mib(after.memory))?;
            writeln!(f, "{:<24} {:>10} {:>21}", "disk", mib(before.disk), mib(after.disk))?;
        }
        for (flood, tally) in &self.tallies {
            let codes: Vec<String> = tally.refusals.iter().map(|(code, count)| format!("{code} {count}")).collect();
            writeln!(f, "  {flood:<22} {:>10} attempts, refused: {}", tally.attempts, codes.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_percentiles() {
        let spread = Percentiles::from_micros((1..=100).map(|milli| milli * 1_000).collect());
        assert_eq!((spread.count, spread.p50, spread.p99), (100, 51.0, 100.0));
        assert_eq!(Percentiles::from_micros(Vec::new()).count, 0);
    }

    #[test]
    fn computes_processor_time_per_second() {
        let earlier = CpuTime { servers: 1.0, generator: 2.0 };
        let later = CpuTime { servers: 4.0, generator: 3.0 };
        assert_eq!(later.share(earlier, &(1_000_000..3_000_000)), CpuTime { servers: 1.5, generator: 0.5 });
        let begun = seconds(std::process::id());
        // Spend more than one tick.
        let mut sum = 0_u64;
        while seconds(std::process::id()) <= begun {
            sum = (0..1_000_000).fold(sum, |sum, number| sum.wrapping_mul(31).wrapping_add(number));
        }
        assert!(seconds(std::process::id()) > begun, "{sum}");
    }

    #[test]
    fn detects_unrefused_floods_restarts_and_growth() {
        let usage = Usage { memory: 0, disk: 0, pid: 1 };
        let grown = Usage { memory: MEMORY_LIMIT + 1, disk: DISK_LIMIT + 1, pid: 2 };
        let tallies = BTreeMap::from([(Flood::Boots, Tally { attempts: 5_000, refusals: BTreeMap::new() })]);
        let report = Report { before: vec![usage], after: vec![grown], tallies, ..Report::default() };
        let mut verdict = Verdict::default();
        report.judge(&mut verdict);
        assert_eq!(verdict.count(Violation::Flood), 4);
        let mut calm = Report { before: vec![usage], after: vec![usage], ..Report::default() };
        let refusals = BTreeMap::from([("RATE_LIMITED".to_owned(), 1)]);
        calm.tallies.insert(Flood::Boots, Tally { attempts: 5, refusals });
        let mut verdict = Verdict::default();
        calm.judge(&mut verdict);
        assert!(verdict.is_clean());
    }
}
