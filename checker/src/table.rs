//! The one table that a run ends with.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::cluster::Kind;
use crate::fault::Fault;
use crate::history::{Action, Answer};
use crate::laws::{Breach, Evidence, Verdict};
use crate::run::Plan;
use crate::siege::figures::Report;

/// The figures.
#[derive(Debug, Default)]
pub struct Table {
    kind: Kind,
    seed: u64,
    planted: Option<String>,
    pub verdict: Verdict,
    pub siege: Option<Report>,
    /// Faults that could not be made here, and why.
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
    /// Of a run that begins.
    pub fn of(plan: &Plan) -> Self {
        Self { kind: plan.kind, seed: plan.seed, planted: plan.planted.clone(), ..Self::default() }
    }

    /// A fault was made.
    pub fn count(&mut self, fault: Fault) {
        self.faults.entry(fault).or_default().0 += 1;
    }

    /// After a fault everything was whole again.
    pub fn recovered(&mut self, fault: Fault, took: Duration) {
        let (_, slowest) = self.faults.entry(fault).or_default();
        *slowest = took.max(*slowest);
    }

    /// What was done.
    pub fn calls(&mut self, evidence: &Evidence) {
        let writes = || evidence.calls.iter().filter(|call| call.action != Action::Look);
        self.operations = writes().count();
        self.acknowledged = writes().filter(|call| matches!(call.answer, Answer::Done(_))).count();
        self.unknown = writes().filter(|call| call.answer == Answer::Unknown).count();
        self.queued = writes().filter(|call| call.answer == Answer::Queued).count();
        self.events = evidence.truth.len();
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
        for (name, breach) in [
            ("lost", Breach::Lost),
            ("doubled", Breach::Doubled),
            ("reordered", Breach::Reordered),
            ("gaps", Breach::Gap),
            ("differing contents", Breach::Differs),
            ("revocation violations", Breach::Revocation),
            ("wrong counts", Breach::Count),
            ("wrong on JetStream", Breach::Copy),
            ("wrong after a replay", Breach::Replay),
            ("wrong by a clock", Breach::Clock),
            ("not recovered", Breach::Recovery),
            ("floods not contained", Breach::Flood),
        ] {
            row(name, &self.verdict.count(breach))?;
        }
        let slowest = self.faults.values().map(|(_, slowest)| *slowest).max().unwrap_or_default();
        row("slowest recovery", &format!("{:.1} s", slowest.as_secs_f64()))?;
        for skipped in &self.skipped {
            row("skipped", skipped)?;
        }
        if let Some(siege) = &self.siege {
            write!(f, "{siege}")?;
        }
        self.verdict.said.iter().try_for_each(|said| writeln!(f, "{said}"))
    }
}
