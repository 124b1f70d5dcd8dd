//! The buckets of all callers of a scope.
//!
//! Keeps at most [`MAX_CALLERS`] callers. Callers with full buckets are evicted first, which loses nothing.
//! Callers beyond the limit share one entry.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::bucket::{Bucket, Rate};

/// Number of budgets per caller.
pub const KINDS: usize = 4;
/// Maximum number of callers.
pub const MAX_CALLERS: usize = 100_000;
/// Minimum interval between evictions while the table is full.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// The entry shared by callers beyond the limit.
const OVERFLOW: u128 = u128::MAX;

/// The budgets of a caller.
#[derive(Debug)]
pub struct Entry {
    buckets: [Bucket; KINDS],
    /// Used here since the last report.
    used: [f64; KINDS],
    /// Used by other processes in the last second, and reported so far in this one.
    others: [f64; KINDS],
    reported: [f64; KINDS],
}

/// The callers of a scope.
#[derive(Debug)]
pub struct Table {
    entries: HashMap<u128, Entry>,
    max: usize,
    swept: Option<Instant>,
}

/// Returns the rate of a kind, reduced by the usage of other processes in the last second.
pub type RateOf<'a> = &'a dyn Fn(usize, f64) -> Rate;

impl Table {
    /// Creates an empty table for at most `max` callers.
    pub fn new(max: usize) -> Self {
        Self { entries: HashMap::new(), max, swept: None }
    }

    /// Returns the number of callers.
    pub fn callers(&self) -> usize {
        self.entries.len()
    }

    /// Returns the available amount of a kind, and its rate in this process.
    pub fn available(&self, id: u128, kind: usize, rate_of: RateOf<'_>, now: Instant) -> (f64, Rate) {
        match self.entries.get(&id) {
            Some(entry) => {
                let rate = rate_of(kind, entry.others[kind]);
                (entry.buckets[kind].available(rate, now), rate)
            }
            None => {
                let rate = rate_of(kind, 0.0);
                (rate.capacity, rate)
            }
        }
    }

    /// Applies a change to the bucket of a caller. The change returns the amount used.
    pub fn change<E>(
        &mut self,
        id: u128,
        kind: usize,
        rate_of: RateOf<'_>,
        now: Instant,
        change: impl FnOnce(&mut Bucket, Rate) -> Result<f64, E>,
    ) -> Result<(), E> {
        let entry = self.entry(id, rate_of, now);
        let rate = rate_of(kind, entry.others[kind]);
        let used = change(&mut entry.buckets[kind], rate)?;
        entry.used[kind] = (entry.used[kind] + used).max(0.0);
        Ok(())
    }

    /// Records usage in another process.
    pub fn record_usage(&mut self, id: u128, kind: usize, used: f64, rate_of: RateOf<'_>, now: Instant) {
        let entry = self.entry(id, rate_of, now);
        if let Some(reported) = entry.reported.get_mut(kind) {
            *reported += used;
        }
    }

    /// Starts the next second. Returns the usage of the last one, and assumes that other processes continue at
    /// their last rate.
    pub fn tick(&mut self, rate_of: RateOf<'_>, now: Instant) -> Vec<(u128, usize, f64)> {
        let mut uses = Vec::new();
        for (id, entry) in &mut self.entries {
            for kind in 0..KINDS {
                entry.buckets[kind].settle(rate_of(kind, entry.others[kind]), now);
                if entry.used[kind] > 0.0 {
                    uses.push((*id, kind, entry.used[kind]));
                }
            }
            entry.used = [0.0; KINDS];
            entry.others = std::mem::take(&mut entry.reported);
        }
        uses
    }

    /// Evicts callers with full buckets.
    pub fn sweep(&mut self, rate_of: RateOf<'_>, now: Instant) {
        self.swept = Some(now);
        self.entries.retain(|_, entry| !entry.is_idle(rate_of, now));
    }

    fn entry(&mut self, id: u128, rate_of: RateOf<'_>, now: Instant) -> &mut Entry {
        let mut id = id;
        if self.entries.len() >= self.max && !self.entries.contains_key(&id) {
            if self.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP_INTERVAL) {
                self.sweep(rate_of, now);
            }
            if self.entries.len() >= self.max {
                id = OVERFLOW;
            }
        }
        self.entries.entry(id).or_insert_with(|| Entry {
            buckets: std::array::from_fn(|kind| Bucket::full(rate_of(kind, 0.0), now)),
            used: [0.0; KINDS],
            others: [0.0; KINDS],
            reported: [0.0; KINDS],
        })
    }
}

impl Entry {
    /// Usage by others is reported again within a second, if it continues.
    fn is_idle(&self, rate_of: RateOf<'_>, now: Instant) -> bool {
        (0..KINDS).all(|kind| self.buckets[kind].is_full(rate_of(kind, self.others[kind]), now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(10.0, 1.0);

    fn rate_of(_: usize, others: f64) -> Rate {
        Rate::new(RATE.capacity, (RATE.refill - others).max(0.5))
    }

    fn drain(table: &mut Table, id: u128, now: Instant) -> usize {
        let mut one = || table.change(id, 0, &rate_of, now, |bucket, rate| bucket.take(1.0, rate, now).map(|()| 1.0));
        (0..1_000).take_while(|_| one().is_ok()).count()
    }

    #[test]
    fn callers_beyond_the_limit_share_until_others_are_idle() {
        let start = Instant::now();
        let mut table = Table::new(3);
        for id in 1..=3 {
            assert_eq!(drain(&mut table, id, start), 10);
        }
        // Full: the fourth and the fifth caller share one bucket.
        assert_eq!(drain(&mut table, 4, start) + drain(&mut table, 5, start), 10);
        assert_eq!(table.callers(), 4);
        assert_eq!(drain(&mut table, 1, start), 0);
        // Callers with full buckets are evicted.
        let later = start + Duration::from_secs(20);
        assert_eq!(table.tick(&rate_of, later).len(), 4);
        assert_eq!(drain(&mut table, 6, later), 10);
        assert_eq!(table.callers(), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let start = Instant::now();
        let mut table = Table::new(100);
        for id in 0..10_000 {
            drain(&mut table, id, start);
        }
        assert!(table.callers() <= 101, "{}", table.callers());
    }

    #[test]
    fn usage_by_others_slows_the_refill() {
        let start = Instant::now();
        let mut table = Table::new(100);
        assert_eq!(drain(&mut table, 1, start), 10);
        let at = |seconds| start + Duration::from_secs(seconds);
        table.record_usage(1, 0, 0.25, &rate_of, at(0));
        table.record_usage(1, 0, 0.25, &rate_of, at(0));
        assert_eq!(table.tick(&rate_of, at(0)), [(1, 0, 10.0)]);
        // Half as fast, until a second without reports.
        assert_eq!(drain(&mut table, 1, at(4)), 2);
        assert_eq!(table.tick(&rate_of, at(4)), [(1, 0, 2.0)]);
        assert_eq!(drain(&mut table, 1, at(8)), 4);
    }
}
