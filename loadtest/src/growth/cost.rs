//! A cost: an operation, its sizes, its units, and its bound.
//!
//! Values below the noise of their unit count as that noise, so that small fluctuations do not appear as growth.

use std::collections::BTreeMap;

use futures_util::future::LocalBoxFuture;

use super::instance::{Backend, Instance};
use crate::Result;

/// An operation whose cost is measured at several sizes.
pub struct Cost {
    /// Name on the command line.
    pub name: &'static str,
    /// Description, with `N` for the size.
    pub what: &'static str,
    /// Backends on which it is measured.
    pub backends: &'static [Backend],
    /// The sizes.
    pub sizes: [u64; 3],
    /// Sizes of the short form, which compares exact counts only. `None` skips it.
    pub short: Option<[u64; 3]>,
    /// How far it may grow.
    pub bound: Bound,
    /// The statements that insert rows while the server is stopped.
    pub prepare: Prepare,
    /// Measures on a running server.
    pub measure: Measure,
}

impl Cost {
    /// A cost of one process that is flat from 100 to 10,000, without rows.
    pub const fn new(name: &'static str, what: &'static str, measure: Measure) -> Self {
        let backends = &[Backend::Sqlite, Backend::Postgres];
        let (sizes, prepare) = ([100, 1_000, 10_000], (|_, _| Vec::new()) as Prepare);
        Self { name, what, backends, sizes, short: None, bound: Bound::Flat, prepare, measure }
    }

    /// Measures it on other backends.
    pub const fn on(self, backends: &'static [Backend]) -> Self {
        Self { backends, ..self }
    }

    /// Measures it at other sizes.
    pub const fn sizes(self, sizes: [u64; 3]) -> Self {
        Self { sizes, ..self }
    }

    /// Measures it in the short form as well.
    pub const fn short(self, sizes: [u64; 3]) -> Self {
        Self { short: Some(sizes), ..self }
    }

    /// Sets another bound.
    pub const fn bound(self, bound: Bound) -> Self {
        Self { bound, ..self }
    }

    /// Inserts these rows before.
    pub const fn with(self, prepare: Prepare) -> Self {
        Self { prepare, ..self }
    }
}

/// The statements that insert rows of a given size.
pub type Prepare = fn(&Instance, u64) -> Vec<String>;
/// Runs the measurement.
pub type Measure = for<'a> fn(&'a mut Instance, u64) -> LocalBoxFuture<'a, Result<Figures>>;

/// The allowed growth from the smallest to the largest size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// Less than twice.
    Flat,
    /// At most proportional to the size.
    Proportional,
    /// An absolute limit.
    AtMost(Unit, f64),
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// CPU milliseconds of the server.
    Cpu,
    /// Database statements of the server.
    Statements,
    /// Rows returned by them.
    Rows,
    /// Committed write transactions; on SQLite each is a disk sync.
    Commits,
    /// Table and index pages accessed by Postgres.
    Pages,
    /// KiB written by the server to files.
    Written,
    /// Selections executed for events.
    Executions,
    /// MiB of anonymous memory of the server.
    Memory,
    /// CPU milliseconds of the server per minute.
    CpuPerMinute,
    /// Statements per minute.
    StatementsPerMinute,
    /// Write transactions per minute.
    CommitsPerMinute,
    /// Pages accessed by Postgres per minute.
    PagesPerMinute,
    /// KiB written to files per minute.
    WrittenPerMinute,
    /// Bus messages per minute.
    MessagesPerMinute,
}

impl Unit {
    /// The unit's symbol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "ms",
            Self::Statements => "statements",
            Self::Rows => "rows",
            Self::Commits => "commits",
            Self::Pages => "pages",
            Self::Written => "KiB",
            Self::Executions => "executions",
            Self::Memory => "MiB",
            Self::CpuPerMinute => "ms/min",
            Self::StatementsPerMinute => "statements/min",
            Self::CommitsPerMinute => "commits/min",
            Self::PagesPerMinute => "pages/min",
            Self::WrittenPerMinute => "KiB/min",
            Self::MessagesPerMinute => "messages/min",
        }
    }

    /// Values below this are noise.
    fn noise(self) -> f64 {
        match self {
            Self::Cpu | Self::Statements | Self::Commits => 5.0,
            Self::Rows | Self::Executions => 20.0,
            Self::Pages | Self::Written => 100.0,
            Self::Memory => 4.0,
            // 1% of a CPU, two statements per second.
            Self::CpuPerMinute => 600.0,
            Self::StatementsPerMinute | Self::CommitsPerMinute | Self::MessagesPerMinute => 120.0,
            Self::PagesPerMinute | Self::WrittenPerMinute => 2_000.0,
        }
    }

    /// Whether repeated measurements return the same value.
    pub fn is_exact(self) -> bool {
        matches!(self, Self::Statements | Self::Rows | Self::Commits | Self::Executions)
    }

    /// The corresponding unit per minute.
    fn per_minute(self) -> Option<Self> {
        match self {
            Self::Cpu => Some(Self::CpuPerMinute),
            Self::Statements => Some(Self::StatementsPerMinute),
            Self::Commits => Some(Self::CommitsPerMinute),
            Self::Pages => Some(Self::PagesPerMinute),
            Self::Written => Some(Self::WrittenPerMinute),
            _ => None,
        }
    }
}

/// The measured values at one size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(pub BTreeMap<Unit, f64>);

impl Figures {
    /// A single value.
    pub fn single(unit: Unit, value: f64) -> Self {
        Self(BTreeMap::from([(unit, value)]))
    }

    /// The median of each unit.
    pub fn median(all: &[Self]) -> Self {
        let mut values: BTreeMap<Unit, Vec<f64>> = BTreeMap::new();
        for (unit, value) in all.iter().flat_map(|figures| &figures.0) {
            values.entry(*unit).or_default().push(*value);
        }
        let middle = |(unit, mut values): (Unit, Vec<f64>)| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).map(|value| (unit, *value))
        };
        Self(values.into_iter().filter_map(middle).collect())
    }

    /// Subtracts idle use, given per second.
    #[must_use]
    pub fn minus_idle(mut self, idle: &Self, seconds: f64) -> Self {
        for (unit, value) in &mut self.0 {
            *value = (*value - idle.0.get(unit).copied().unwrap_or(0.0) * seconds).max(0.0);
        }
        self
    }

    /// Divides all values.
    #[must_use]
    pub fn divided_by(mut self, count: f64) -> Self {
        self.0.values_mut().for_each(|value| *value /= count);
        self
    }

    /// Scales values of `seconds` to a minute.
    pub fn per_minute(self, seconds: f64) -> Self {
        let minute = |(unit, value): (Unit, f64)| unit.per_minute().map(|unit| (unit, value * 60.0 / seconds));
        Self(self.0.into_iter().filter_map(minute).collect())
    }

    /// Keeps only some units.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(Unit) -> bool) -> Self {
        self.0.retain(|unit, _| wanted(*unit));
        self
    }

    /// Text report.
    pub fn text(&self) -> String {
        let one = |(unit, value): (&Unit, &f64)| match unit.is_exact() {
            true => format!("{value:.0} {}", unit.name()),
            false => format!("{} {}", rounded(*value), unit.name()),
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

fn rounded(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// The result of a comparison.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    pub passed: bool,
    pub text: String,
}

impl Verdict {
    /// Compares the smallest with the largest size.
    pub fn compare(bound: Bound, sizes: [u64; 3], figures: &[Figures]) -> Self {
        let (Some(small), Some(large)) = (figures.first(), figures.last()) else {
            return Self { passed: false, text: "not measured".into() };
        };
        if let Bound::AtMost(unit, most) = bound {
            let value = large.0.get(&unit).copied().unwrap_or(f64::INFINITY);
            let passed = value <= most;
            let word = if passed { "bounded" } else { "GROWS" };
            return Self { passed, text: format!("{word}: {} of at most {most:.0} {}", rounded(value), unit.name()) };
        }
        let around = sizes[2] as f64 / sizes[0].max(1) as f64;
        let ratios = small.0.iter().filter_map(|(unit, before)| {
            let after = large.0.get(unit)?.max(unit.noise());
            Some((after / before.max(unit.noise()), *unit))
        });
        let Some((ratio, unit)) = ratios.max_by(|(one, _), (other, _)| one.total_cmp(other)) else {
            return Self { passed: false, text: "not measured".into() };
        };
        let grown = format!("×{} in {} for ×{around:.0}", rounded(ratio), unit.name());
        match bound {
            Bound::Flat if ratio < 2.0 => Self { passed: true, text: format!("flat: ×{ratio:.1}") },
            Bound::Proportional if ratio < 2.0 * around => {
                Self { passed: true, text: format!("proportional: {grown}") }
            }
            _ => Self { passed: false, text: format!("GROWS: {grown}") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(values: [f64; 3]) -> Vec<Figures> {
        values.map(|value| Figures::single(Unit::Pages, value)).to_vec()
    }

    #[test]
    fn classifies_flat_and_growing_costs() {
        let sizes = [10, 100, 1000];
        assert_eq!(Verdict::compare(Bound::Flat, sizes, &pages([200.0, 210.0, 390.0])).text, "flat: ×1.9");
        let grown = Verdict::compare(Bound::Flat, sizes, &pages([200.0, 2000.0, 20_000.0]));
        assert_eq!((grown.passed, grown.text.as_str()), (false, "GROWS: ×100 in pages for ×100"));
        assert!(Verdict::compare(Bound::Proportional, sizes, &pages([200.0, 2000.0, 20_000.0])).passed);
        assert!(!Verdict::compare(Bound::Proportional, sizes, &pages([200.0, 20_000.0, 2_000_000.0])).passed);
        assert!(!Verdict::compare(Bound::Flat, sizes, &[]).passed);
    }

    #[test]
    fn ignores_growth_below_noise() {
        assert!(Verdict::compare(Bound::Flat, [1, 10, 100], &pages([1.0, 10.0, 99.0])).passed);
        assert!(!Verdict::compare(Bound::Flat, [1, 10, 100], &pages([1.0, 10.0, 201.0])).passed);
    }

    #[test]
    fn enforces_absolute_limits() {
        let bound = Bound::AtMost(Unit::Pages, 300.0);
        assert!(Verdict::compare(bound, [1, 10, 100], &pages([1.0, 10.0, 300.0])).passed);
        assert!(!Verdict::compare(bound, [1, 10, 100], &pages([1.0, 10.0, 301.0])).passed);
    }

    #[test]
    fn computes_and_formats_figures() {
        let all = [1.0, 9.0, 2.0].map(|value| Figures::single(Unit::Cpu, value));
        assert_eq!(Figures::median(&all), Figures::single(Unit::Cpu, 2.0));
        let idle = Figures::single(Unit::Cpu, 3.0);
        assert_eq!(Figures::single(Unit::Cpu, 12.0).minus_idle(&idle, 2.0), Figures::single(Unit::Cpu, 6.0));
        assert_eq!(Figures::single(Unit::Cpu, 12.0).per_minute(20.0).text(), "36 ms/min");
        assert_eq!(Figures::single(Unit::Cpu, 12.0).divided_by(8.0).text(), "1.5 ms");
    }
}
