//! A cost: what is measured, at which sizes, in which units, and how far it may grow.
//!
//! It is pure but for the two functions that a cost carries. What lies below the noise of its unit counts as that
//! noise, so that a ratio of two small figures says nothing.

use std::collections::BTreeMap;

use futures_util::future::LocalBoxFuture;

use super::stage::{Place, Stage};
use crate::Result;

/// Something that a server does, and what it costs by the size of what is around it.
pub struct Cost {
    /// One word for the command line.
    pub name: &'static str,
    /// What is done, and of what there are how many.
    pub what: &'static str,
    /// Where it is measured.
    pub places: &'static [Place],
    /// How many there are.
    pub sizes: [u64; 3],
    /// How many there are in the short form, which compares counts alone; none if it is left out there.
    pub short: Option<[u64; 3]>,
    /// How far it may grow.
    pub bound: Bound,
    /// Makes the rows, while the server is stopped.
    pub prepare: Prepare,
    /// Measures on a server that has been started.
    pub measure: Measure,
}

/// Makes what there is to be so many of.
pub type Prepare = for<'a> fn(&'a Stage, u64) -> LocalBoxFuture<'a, Result<()>>;
/// Does what is measured.
pub type Measure = for<'a> fn(&'a mut Stage, u64) -> LocalBoxFuture<'a, Result<Figures>>;

/// How far a cost may grow from the smallest size to the largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// To less than twice.
    Flat,
    /// With the size and no more: it is for so many.
    Proportional,
    /// To so much of a unit, whatever the size.
    AtMost(Unit, f64),
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Milliseconds of the server's processor.
    Cpu,
    /// Statements that the server asked its database.
    Statements,
    /// Rows that these answered.
    Rows,
    /// Transactions that wrote; on SQLite each is a sync of the disk.
    Commits,
    /// Pages of tables and indexes that Postgres looked at.
    Pages,
    /// KiB that the server wrote to files.
    Written,
    /// Selections that were executed for events.
    Executions,
    /// MiB of the server's own memory.
    Memory,
    /// Milliseconds of the server's processor in a minute.
    CpuPerMinute,
    /// Statements in a minute.
    StatementsPerMinute,
    /// Transactions that wrote in a minute.
    CommitsPerMinute,
    /// Pages that Postgres looked at in a minute.
    PagesPerMinute,
    /// KiB that the server wrote to files in a minute.
    WrittenPerMinute,
    /// Messages on the bus in a minute.
    MessagesPerMinute,
}

impl Unit {
    /// As it stands behind a figure.
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

    /// Less than this cannot be told from nothing.
    fn noise(self) -> f64 {
        match self {
            Self::Cpu | Self::Statements | Self::Commits => 5.0,
            Self::Rows | Self::Executions => 20.0,
            Self::Pages | Self::Written => 100.0,
            Self::Memory => 4.0,
            // A hundredth of a processor, two statements a second.
            Self::CpuPerMinute => 600.0,
            Self::StatementsPerMinute | Self::CommitsPerMinute | Self::MessagesPerMinute => 120.0,
            Self::PagesPerMinute | Self::WrittenPerMinute => 2_000.0,
        }
    }

    /// Whether the same is counted each time.
    pub fn is_exact(self) -> bool {
        matches!(self, Self::Statements | Self::Rows | Self::Commits | Self::Executions)
    }

    /// The unit of what is counted in a minute.
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

/// What was measured at one size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(pub BTreeMap<Unit, f64>);

impl Figures {
    /// One figure.
    pub fn of(unit: Unit, value: f64) -> Self {
        Self(BTreeMap::from([(unit, value)]))
    }

    /// The middle of each unit.
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

    /// Without what went on anyway, which is so much in a second.
    #[must_use]
    pub fn without(mut self, idle: &Self, seconds: f64) -> Self {
        for (unit, value) in &mut self.0 {
            *value = (*value - idle.0.get(unit).copied().unwrap_or(0.0) * seconds).max(0.0);
        }
        self
    }

    /// Shared out over so many.
    #[must_use]
    pub fn each(mut self, count: f64) -> Self {
        self.0.values_mut().for_each(|value| *value /= count);
        self
    }

    /// What was counted in so many seconds, in a minute.
    pub fn in_a_minute(self, seconds: f64) -> Self {
        let minute = |(unit, value): (Unit, f64)| unit.per_minute().map(|unit| (unit, value * 60.0 / seconds));
        Self(self.0.into_iter().filter_map(minute).collect())
    }

    /// Only some units.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(Unit) -> bool) -> Self {
        self.0.retain(|unit, _| wanted(*unit));
        self
    }

    /// For people.
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

/// What the figures say.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    pub kept: bool,
    pub text: String,
}

impl Verdict {
    /// Compares the smallest size with the largest.
    pub fn of(bound: Bound, sizes: [u64; 3], figures: &[Figures]) -> Self {
        let (Some(small), Some(large)) = (figures.first(), figures.last()) else {
            return Self { kept: false, text: "not measured".into() };
        };
        if let Bound::AtMost(unit, most) = bound {
            let value = large.0.get(&unit).copied().unwrap_or(f64::INFINITY);
            let kept = value <= most;
            let word = if kept { "bounded" } else { "GROWS" };
            return Self { kept, text: format!("{word}: {} of at most {most:.0} {}", rounded(value), unit.name()) };
        }
        let around = sizes[2] as f64 / sizes[0].max(1) as f64;
        let ratios = small.0.iter().filter_map(|(unit, before)| {
            let after = large.0.get(unit)?.max(unit.noise());
            Some((after / before.max(unit.noise()), *unit))
        });
        let Some((ratio, unit)) = ratios.max_by(|(one, _), (other, _)| one.total_cmp(other)) else {
            return Self { kept: false, text: "not measured".into() };
        };
        let grown = format!("×{} in {} for ×{around:.0}", rounded(ratio), unit.name());
        match bound {
            Bound::Flat if ratio < 2.0 => Self { kept: true, text: format!("flat: ×{ratio:.1}") },
            Bound::Proportional if ratio < 2.0 * around => Self { kept: true, text: format!("in proportion: {grown}") },
            _ => Self { kept: false, text: format!("GROWS: {grown}") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(values: [f64; 3]) -> Vec<Figures> {
        values.map(|value| Figures::of(Unit::Pages, value)).to_vec()
    }

    #[test]
    fn what_stays_is_flat_and_what_grows_says_how() {
        let sizes = [10, 100, 1000];
        assert_eq!(Verdict::of(Bound::Flat, sizes, &pages([200.0, 210.0, 390.0])).text, "flat: ×1.9");
        let grown = Verdict::of(Bound::Flat, sizes, &pages([200.0, 2000.0, 20_000.0]));
        assert_eq!((grown.kept, grown.text.as_str()), (false, "GROWS: ×100 in pages for ×100"));
        assert!(Verdict::of(Bound::Proportional, sizes, &pages([200.0, 2000.0, 20_000.0])).kept);
        assert!(!Verdict::of(Bound::Proportional, sizes, &pages([200.0, 20_000.0, 2_000_000.0])).kept);
        assert!(!Verdict::of(Bound::Flat, sizes, &[]).kept);
    }

    #[test]
    fn small_figures_do_not_grow() {
        assert!(Verdict::of(Bound::Flat, [1, 10, 100], &pages([1.0, 10.0, 99.0])).kept);
        assert!(!Verdict::of(Bound::Flat, [1, 10, 100], &pages([1.0, 10.0, 201.0])).kept);
    }

    #[test]
    fn a_bound_is_a_bound() {
        let bound = Bound::AtMost(Unit::Pages, 300.0);
        assert!(Verdict::of(bound, [1, 10, 100], &pages([1.0, 10.0, 300.0])).kept);
        assert!(!Verdict::of(bound, [1, 10, 100], &pages([1.0, 10.0, 301.0])).kept);
    }

    #[test]
    fn figures_are_told() {
        let all = [1.0, 9.0, 2.0].map(|value| Figures::of(Unit::Cpu, value));
        assert_eq!(Figures::median(&all), Figures::of(Unit::Cpu, 2.0));
        let idle = Figures::of(Unit::Cpu, 3.0);
        assert_eq!(Figures::of(Unit::Cpu, 12.0).without(&idle, 2.0), Figures::of(Unit::Cpu, 6.0));
        assert_eq!(Figures::of(Unit::Cpu, 12.0).in_a_minute(20.0).text(), "36 ms/min");
        assert_eq!(Figures::of(Unit::Cpu, 12.0).each(8.0).text(), "1.5 ms");
    }
}
