//! The invariants, checked against the recorded history and the final state. Pure: evidence in, verdict out. Each
//! file checks one invariant, with constructed histories that violate it as tests.

pub mod clock;
pub mod copy;
pub mod counts;
pub mod durability;
#[cfg(test)]
mod fixtures;
pub mod once;
pub mod order;
pub mod replay;
pub mod revocation;
pub mod time;

use std::collections::{BTreeMap, HashMap};

use crate::final_reads::{FinalState, StreamEvent};
use crate::history::{Call, InviteCheck, Micros, Stream};
use crate::model::{Event, Model};
use crate::offline::Replayed;

/// The kind of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Violation {
    /// Acknowledged, but missing (invariant 1).
    Lost,
    /// One command with two effects or two responses (invariant 2).
    Duplicated,
    /// Out of order (invariants 3 and 4), or against real time.
    Reordered,
    /// A missing `seq` or event (invariants 3 and 4).
    Gap,
    /// Different contents for one `seq` (invariant 3).
    ContentMismatch,
    /// An event reached an unauthorized member (invariant 6).
    Revocation,
    /// Derived data disagrees with the log (invariants 5 and 7).
    Count,
    /// `JetStream` does not have every event once and in order (invariant 8).
    Copy,
    /// A replay changes rows (invariant 8).
    Replay,
    /// A process relies on its own wall clock (invariant 10).
    Clock,
    /// No recovery in time (invariant 10).
    Recovery,
    /// A member or stranger exceeded their bounds (invariant 12).
    Flood,
}

impl Violation {
    /// The number of the invariant in `ARCHITECTURE.md`.
    pub fn invariant(self) -> u8 {
        match self {
            Self::Lost => 1,
            Self::Duplicated => 2,
            Self::Reordered | Self::ContentMismatch => 3,
            Self::Gap => 4,
            Self::Revocation => 6,
            Self::Count => 7,
            Self::Copy | Self::Replay => 8,
            Self::Clock | Self::Recovery => 10,
            Self::Flood => 12,
        }
    }
}

/// Everything known about a run.
#[derive(Debug, Default)]
pub struct Evidence {
    pub calls: Vec<Call>,
    pub streams: Vec<Stream>,
    pub contents: HashMap<(i64, u64), String>,
    pub invite_checks: Vec<InviteCheck>,
    /// Start and end of the run by a correct clock. `None` if the database's clock may have been wrong.
    pub time: Option<(i64, i64)>,
    /// The log in the database.
    pub log: Vec<Event>,
    /// The log on `JetStream`, for a fleet.
    pub stream_events: Option<Vec<StreamEvent>>,
    pub replayed: Replayed,
    /// The final state as the API returns it, if it responds.
    pub final_state: Option<FinalState>,
    /// Periods with a fault or an unfinished recovery.
    pub fault_windows: Vec<(Micros, Micros)>,
    /// The `seq` that every stream must reach at the end.
    pub last: i64,
}

/// The result of all checks.
#[derive(Debug, Default)]
pub struct Verdict {
    counts: BTreeMap<Violation, usize>,
    /// Descriptions of the first violations of each kind.
    pub descriptions: Vec<String>,
}

/// Descriptions kept per kind.
const DESCRIPTION_LIMIT: usize = 5;

impl Verdict {
    /// Records a violation.
    pub fn record(&mut self, violation: Violation, what: impl FnOnce() -> String) {
        let count = self.counts.entry(violation).or_default();
        *count += 1;
        if *count <= DESCRIPTION_LIMIT {
            self.descriptions.push(format!("invariant {} ({violation:?}): {}", violation.invariant(), what()));
        }
    }

    /// The number of violations of a kind.
    pub fn count(&self, violation: Violation) -> usize {
        self.counts.get(&violation).copied().unwrap_or(0)
    }

    /// Whether every invariant held.
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }

    /// The kinds with violations.
    pub fn kinds(&self) -> Vec<Violation> {
        self.counts.keys().copied().collect()
    }
}

/// Checks all invariants.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let model = Model::from_log(&evidence.log);
    order::log(evidence, verdict);
    order::contents(evidence, verdict);
    order::streams(evidence, &model, verdict);
    durability::check(evidence, verdict);
    once::check(evidence, verdict);
    time::check(evidence, verdict);
    clock::check(evidence, verdict);
    revocation::sign_outs(evidence, verdict);
    counts::check(evidence, &model, verdict);
    copy::check(evidence, verdict);
    replay::check(evidence, verdict);
}
