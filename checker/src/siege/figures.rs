//! What a siege costs the people of the town, and what it leaves behind: their latencies before and during it and in
//! each of its rounds, the processor time of the servers and of this program, which shares the machine with them, and
//! the memory and disk of the servers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::cluster::Cluster;
use crate::history::{Action, Answer, Micros};
use crate::laws::{Breach, Verdict};
use crate::siege::flood::Flood;
use crate::siege::{Round, Tally};
use crate::town::Town;

const MIB: u64 = 1024 * 1024;
/// What the memory of one server may gain over a siege, at its peak, in bytes.
const MEMORY_LIMIT: u64 = 384 * MIB;
/// What the data directory of one server may gain, in bytes.
const DISK_LIMIT: u64 = 512 * MIB;

/// Parts of a second that Linux counts processor time in.
const TICKS: f64 = 100.0;

/// Processor time since the start, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Processor {
    /// Of all servers together, while they are the same processes.
    pub servers: f64,
    /// Of this program: the people, the besiegers and what is written down.
    pub generator: f64,
}

impl Processor {
    /// Used until now.
    pub fn now(cluster: &Cluster) -> Self {
        let servers = cluster.processes.iter().filter_map(crate::process::Process::pid).map(seconds).sum();
        Self { servers, generator: seconds(std::process::id()) }
    }

    /// Of each second since an earlier reading.
    fn share(self, earlier: Self, span: &Range<Micros>) -> Self {
        let seconds = (span.end.saturating_sub(span.start) as f64 / 1e6).max(f64::EPSILON);
        Self {
            servers: (self.servers - earlier.servers) / seconds,
            generator: (self.generator - earlier.generator) / seconds,
        }
    }
}

/// Of one process, in its own code and in the kernel.
fn seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program may have spaces in it; it ends with the last bracket.
    let after = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    after.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Memory and disk of one server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory at its peak, in bytes.
    pub memory: u64,
    /// Files of the data directory, in bytes.
    pub disk: u64,
    /// The process, which changes when it is started again.
    pub pid: u32,
}

/// What servers use now.
pub fn usage(cluster: &Cluster) -> Vec<Usage> {
    let of = |process: &crate::process::Process| {
        let pid = process.pid().unwrap_or(0);
        Usage { memory: peak_memory(pid), disk: size(&process.data()), pid }
    };
    cluster.processes.iter().map(of).collect()
}

fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
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

/// Half of a set of latencies are at most the first, 99 of 100 at most the second. In milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spread {
    pub count: usize,
    pub p50: f64,
    pub p99: f64,
}

impl Spread {
    /// Of latencies in microseconds.
    pub fn of(mut latencies: Vec<Micros>) -> Self {
        latencies.sort_unstable();
        let at = |share: usize| latencies.get((latencies.len() * share / 100).min(latencies.len().saturating_sub(1)));
        let millis = |micros: Option<&Micros>| micros.map_or(0.0, |micros| *micros as f64 / 1e3);
        Self { count: latencies.len(), p50: millis(at(50)), p99: millis(at(99)) }
    }
}

/// What the people of the town saw in a span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Service {
    /// From question to acknowledgement.
    pub sends: Spread,
    /// From question to answer.
    pub boots: Spread,
    /// From the question to each receipt by a stream that comes back at once when its connection ends.
    pub deliveries: Spread,
    /// Sends without a certain answer.
    pub unanswered: usize,
}

impl Service {
    /// Reads the record of a span.
    pub fn of(town: &Town, span: &Range<Micros>) -> Self {
        let history = &town.history;
        let mut begun = BTreeMap::new();
        let (mut sends, mut boots, mut unanswered) = (Vec::new(), Vec::new(), 0);
        for call in history.calls().into_iter().filter(|call| span.contains(&call.invoked)) {
            let took = call.ended - call.invoked;
            match (&call.action, &call.answer) {
                (Action::Look, Answer::Done(_)) => boots.push(took),
                (Action::Send { .. }, Answer::Done(seq)) => {
                    sends.push(took);
                    begun.entry(*seq).or_insert(call.invoked);
                }
                (_, Answer::Unknown | Answer::Queued) => unanswered += 1,
                _ => {}
            }
        }
        let mut deliveries = Vec::new();
        let streams = history.streams();
        for stream in town.steady().into_iter().filter_map(|number| streams.get(number)) {
            let live = stream.deliveries.iter().filter(|delivery| span.contains(&delivery.at));
            deliveries.extend(live.filter_map(|one| one.at.checked_sub(*begun.get(&one.seq)?)));
        }
        Self { sends: Spread::of(sends), boots: Spread::of(boots), deliveries: Spread::of(deliveries), unanswered }
    }
}

/// The result of a siege.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub quiet: Service,
    pub besieged: Service,
    /// What the people saw in each round.
    pub rounds: Vec<(Vec<Flood>, Service)>,
    /// In each second of the quiet, and of the siege.
    pub processor: [Processor; 2],
    pub before: Vec<Usage>,
    pub after: Vec<Usage>,
    pub tallies: BTreeMap<Flood, Tally>,
}

impl Report {
    /// Of a siege that began and ended then, after a quiet span.
    pub fn of(town: &Town, [quiet, begun, ended]: [(Micros, Processor); 3], rounds: &[Round]) -> Self {
        let spans = [quiet.0..begun.0, begun.0..ended.0];
        let of_round = |round: &Round| (round.floods.clone(), Service::of(town, &round.span));
        Self {
            quiet: Service::of(town, &spans[0]),
            besieged: Service::of(town, &spans[1]),
            rounds: rounds.iter().map(of_round).collect(),
            processor: [begun.1.share(quiet.1, &spans[0]), ended.1.share(begun.1, &spans[1])],
            ..Self::default()
        }
    }

    /// Judges what does not depend on the machine's speed.
    pub fn judge(&self, verdict: &mut Verdict) {
        for (flood, tally) in &self.tallies {
            if tally.refused() == 0 && tally.attempts > flood.allowed() {
                verdict.note(Breach::Flood, || format!("{flood}: none of {} attempts was refused", tally.attempts));
            }
        }
        for (before, after) in self.before.iter().zip(&self.after) {
            if before.pid != after.pid {
                verdict.note(Breach::Flood, || format!("process {} ended and was started again", before.pid));
            }
            for (what, from, to, limit) in
                [("memory", before.memory, after.memory, MEMORY_LIMIT), ("disk", before.disk, after.disk, DISK_LIMIT)]
            {
                let gained = to.saturating_sub(from);
                if gained > limit {
                    verdict.note(Breach::Flood, || format!("{what} grew by {} MiB", gained / MIB));
                }
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24} {:>10} {:>10} {:>10} {:>10}", "latency, ms", "quiet p50", "p99", "siege p50", "p99")?;
        for (name, quiet, besieged) in [
            ("  send", self.quiet.sends, self.besieged.sends),
            ("  boot", self.quiet.boots, self.besieged.boots),
            ("  delivery", self.quiet.deliveries, self.besieged.deliveries),
        ] {
            let (a, b, c, d) = (quiet.p50, quiet.p99, besieged.p50, besieged.p99);
            writeln!(f, "{name:<24} {a:>10.1} {b:>10.1} {c:>10.1} {d:>10.1}")?;
        }
        writeln!(f, "{:<24} {:>10} {:>21}", "unanswered", self.quiet.unanswered, self.besieged.unanswered)?;
        let [quiet, besieged] = self.processor;
        for (name, quiet, besieged) in [
            ("processors, servers", quiet.servers, besieged.servers),
            ("processors, generator", quiet.generator, besieged.generator),
        ] {
            writeln!(f, "{name:<24} {quiet:>10.2} {besieged:>21.2}")?;
        }
        for (floods, Service { sends, boots, deliveries, .. }) in &self.rounds {
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
    fn a_spread_names_the_middle_and_the_slowest() {
        let spread = Spread::of((1..=100).map(|milli| milli * 1_000).collect());
        assert_eq!((spread.count, spread.p50, spread.p99), (100, 51.0, 100.0));
        assert_eq!(Spread::of(Vec::new()).count, 0);
    }

    #[test]
    fn processor_time_is_read_and_divided_by_the_span() {
        let earlier = Processor { servers: 1.0, generator: 2.0 };
        let later = Processor { servers: 4.0, generator: 3.0 };
        assert_eq!(later.share(earlier, &(1_000_000..3_000_000)), Processor { servers: 1.5, generator: 0.5 });
        let begun = seconds(std::process::id());
        // Something that takes longer than a tick.
        let mut sum = 0_u64;
        while seconds(std::process::id()) <= begun {
            sum = (0..1_000_000).fold(sum, |sum, number| sum.wrapping_mul(31).wrapping_add(number));
        }
        assert!(seconds(std::process::id()) > begun, "{sum}");
    }

    #[test]
    fn a_flood_without_refusals_a_restart_and_growth_are_found() {
        let usage = Usage { memory: 0, disk: 0, pid: 1 };
        let grown = Usage { memory: MEMORY_LIMIT + 1, disk: DISK_LIMIT + 1, pid: 2 };
        let tallies = BTreeMap::from([(Flood::Boots, Tally { attempts: 5_000, refusals: BTreeMap::new() })]);
        let report = Report { before: vec![usage], after: vec![grown], tallies, ..Report::default() };
        let mut verdict = Verdict::default();
        report.judge(&mut verdict);
        assert_eq!(verdict.count(Breach::Flood), 4);
        let mut calm = Report { before: vec![usage], after: vec![usage], ..Report::default() };
        let refusals = BTreeMap::from([("RATE_LIMITED".to_owned(), 1)]);
        calm.tallies.insert(Flood::Boots, Tally { attempts: 5, refusals });
        let mut verdict = Verdict::default();
        calm.judge(&mut verdict);
        assert!(verdict.is_clean());
    }
}
