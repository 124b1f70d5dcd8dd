//! The final report of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::cluster::Kind;
use crate::fault::Fault;
use crate::history::{Action, Outcome};
use crate::invariants::{Evidence, Verdict, Violation};
use crate::run::Plan;
use crate::siege::report::Report;

/// The report of a run.
#[derive(Debug, Default)]
pub struct Table {
    kind: Kind,
    seed: u64,
    planted: Option<String>,
    pub verdict: Verdict,
    pub siege: Option<Report>,
    /// Skipped faults with the missing requirements.
    pub skipped: Vec<String>,
    faults: BTreeMap<Fault, (usize, Duration)>,
    operations: usize,
    acknowledged: usize,
    unknown: usize,
    queued: usize,
    events: usize,
    deliveries: usize,
}

impl Table {
    /// Starts the report of a run.
    pub fn new(plan: &Plan) -> Self {
        Self { kind: plan.kind, seed: plan.seed, planted: plan.planted.clone(), ..Self::default() }
    }

    /// Counts an injected fault.
    pub fn count(&mut self, fault: Fault) {
        self.faults.entry(fault).or_default().0 += 1;
    }

    /// Records the recovery time after a fault.
    pub fn recovered(&mut self, fault: Fault, took: Duration) {
        let (_, slowest) = self.faults.entry(fault).or_default();
        *slowest = took.max(*slowest);
    }

    /// Counts calls, events and deliveries.
    pub fn calls(&mut self, evidence: &Evidence) {
        let writes = || evidence.calls.iter().filter(|call| call.action != Action::ReadHead);
        self.operations = writes().count();
        self.acknowledged = writes().filter(|call| matches!(call.outcome, Outcome::Done(_))).count();
        self.unknown = writes().filter(|call| call.outcome == Outcome::Unknown).count();
        self.queued = writes().filter(|call| call.outcome == Outcome::Queued).count();
        self.events = evidence.log.len();
        self.deliveries = evidence.streams.iter().map(|stream| stream.deliveries.len()).sum();
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: &dyn fmt::Display| writeln!(f, "{name:<24} {value:>10}");
        row("cluster", if self.kind == Kind::Fleet { &"fleet" } else { &"embedded" })?;
        row("seed", &self.seed)?;
        if let Some(planted) = &self.planted {
            row("planted", planted)?;
        }
        row("operations", &self.operations)?;
        row("  acknowledged", &self.acknowledged)?;
        row("  unknown", &self.unknown)?;
        row("  queued", &self.queued)?;
        row("events", &self.events)?;
        row("deliveries", &self.deliveries)?;
        row("faults", &self.faults.values().map(|(count, _)| count).sum::<usize>())?;
        row("  kinds", &self.faults.len())?;
        for (fault, (count, slowest)) in &self.faults {
            let value = format!("{count} (slowest recovery {:.1} s)", slowest.as_secs_f64());
            row(&format!("    {fault}"), &value)?;
        }
        for (name, violation) in [
            ("lost", Violation::Lost),
            ("duplicated", Violation::Duplicated),
            ("reordered", Violation::Reordered),
            ("gaps", Violation::Gap),
            ("content mismatches", Violation::ContentMismatch),
            ("revocation violations", Violation::Revocation),
            ("wrong counts", Violation::Count),
            ("JetStream mismatches", Violation::Copy),
            ("replay mismatches", Violation::Replay),
            ("clock violations", Violation::Clock),
            ("recovery failures", Violation::Recovery),
            ("uncontained floods", Violation::Flood),
        ] {
            row(name, &self.verdict.count(violation))?;
        }
        let slowest = self.faults.values().map(|(_, slowest)| *slowest).max().unwrap_or_default();
        row("slowest recovery", &format!("{:.1} s", slowest.as_secs_f64()))?;
        for skipped in &self.skipped {
            row("skipped", skipped)?;
        }
        if let Some(siege) = &self.siege {
            write!(f, "{siege}")?;
        }
        self.verdict.descriptions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
