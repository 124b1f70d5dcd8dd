//! The laws, checked against what was recorded and what stands at the end. Pure: evidence in, a verdict
//! out. Each law is a file, with hand-made histories that break it beside it.

pub mod clock;
pub mod copy;
pub mod counts;
pub mod durability;
#[cfg(test)]
mod made;
pub mod once;
pub mod order;
pub mod replay;
pub mod revocation;
pub mod time;

use std::collections::{BTreeMap, HashMap};

use crate::history::{Call, Knock, Micros, Stream};
use crate::proof::Replayed;
use crate::reads::{Copied, Found};
use crate::truth::{Event, Model};

/// What a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breach {
    /// Acknowledged and not there (law 1).
    Lost,
    /// One command, two effects or two answers (law 2).
    Doubled,
    /// Out of order (laws 3 and 4), or against real time.
    Reordered,
    /// A number or an event that is missing (laws 3 and 4).
    Gap,
    /// Different contents under one number (law 3).
    Differs,
    /// Something reached who may not have it (law 6).
    Revocation,
    /// A derived table does not agree with the log (laws 5 and 7).
    Count,
    /// `JetStream` has not every event once and in order (law 8).
    Copy,
    /// A replay makes other rows than there are (law 8).
    Replay,
    /// What a process says hangs on its own wall clock (law 10).
    Clock,
    /// It did not come back by itself in time (law 10).
    Recovery,
    /// One member or stranger was not held within bounds (law 12).
    Flood,
}

impl Breach {
    /// The law, as `ARCHITECTURE.md` numbers them.
    pub fn law(self) -> u8 {
        match self {
            Self::Lost => 1,
            Self::Doubled => 2,
            Self::Reordered | Self::Differs => 3,
            Self::Gap => 4,
            Self::Revocation => 6,
            Self::Count => 7,
            Self::Copy | Self::Replay => 8,
            Self::Clock | Self::Recovery => 10,
            Self::Flood => 12,
        }
    }
}

/// Everything that is known of a run.
#[derive(Debug, Default)]
pub struct Evidence {
    pub calls: Vec<Call>,
    pub streams: Vec<Stream>,
    pub contents: HashMap<(i64, u64), String>,
    pub knocks: Vec<Knock>,
    /// When the run began and ended, by a clock that did not lie. Nothing if the database's may have lied.
    pub time: Option<(i64, i64)>,
    /// The log.
    pub truth: Vec<Event>,
    /// The log on `JetStream`, where there is one.
    pub copied: Option<Vec<Copied>>,
    pub replayed: Replayed,
    /// What the API shows, if it does.
    pub found: Option<Found>,
    /// From when to when something was broken, or not yet whole again.
    pub faulted: Vec<(Micros, Micros)>,
    /// The number that every living stream reached at the end.
    pub last: i64,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Verdict {
    counts: BTreeMap<Breach, usize>,
    /// The first of each kind, in words.
    pub said: Vec<String>,
}

/// Descriptions kept of each kind.
const KEPT: usize = 5;

impl Verdict {
    /// Notes a violation.
    pub fn note(&mut self, breach: Breach, what: impl FnOnce() -> String) {
        let count = self.counts.entry(breach).or_default();
        *count += 1;
        if *count <= KEPT {
            self.said.push(format!("law {} ({breach:?}): {}", breach.law(), what()));
        }
    }

    /// How many of a kind.
    pub fn count(&self, breach: Breach) -> usize {
        self.counts.get(&breach).copied().unwrap_or(0)
    }

    /// Whether every law held.
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }

    /// The kinds that were found.
    pub fn kinds(&self) -> Vec<Breach> {
        self.counts.keys().copied().collect()
    }
}

/// Checks everything.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let model = Model::of(&evidence.truth);
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
