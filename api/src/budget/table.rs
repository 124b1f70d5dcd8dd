//! The buckets of all callers of one scope.
//!
//! Promises: no more than [`KEYS_MAX`] callers are kept, whatever comes; one whose buckets are full is the same as one
//! who is not kept, so those go first. Callers beyond share one entry. It knows no processes but its own: what others
//! used is told to it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::bucket::{Bucket, Rate};

/// Budgets that a caller has.
pub const KINDS: usize = 4;
/// Callers that are kept.
pub const KEYS_MAX: usize = 100_000;
/// Between two looks for callers that need not be kept, while there is no place.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);
/// Whom those share who find no place.
const OVERFLOW: u128 = u128::MAX;

/// One caller.
#[derive(Debug)]
pub struct Entry {
    buckets: [Bucket; KINDS],
    /// Taken here since it was last told to other processes.
    used: [f64; KINDS],
    /// What other processes used in the last second, and what has been heard in this one.
    others: [f64; KINDS],
    heard: [f64; KINDS],
}

/// All of them.
#[derive(Debug)]
pub struct Table {
    entries: HashMap<u128, Entry>,
    max: usize,
    swept: Option<Instant>,
}

/// The rate of each kind. Of what others used in the last second, less is given here.
pub type RateOf<'a> = &'a dyn Fn(usize, f64) -> Rate;

impl Table {
    /// An empty one, for at most so many callers.
    pub fn new(max: usize) -> Self {
        Self { entries: HashMap::new(), max, swept: None }
    }

    /// How many callers are kept.
    pub fn callers(&self) -> usize {
        self.entries.len()
    }

    /// What is left of one kind, and its rate here.
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

    /// Does something with the bucket of a caller, at its rate; what it answers is what was used by it.
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

    /// Another process used so much.
    pub fn hear(&mut self, id: u128, kind: usize, used: f64, rate_of: RateOf<'_>, now: Instant) {
        let entry = self.entry(id, rate_of, now);
        if let Some(heard) = entry.heard.get_mut(kind) {
            *heard += used;
        }
    }

    /// A second is over: answers who used what in it, and takes what others used in it for what they will.
    pub fn turn(&mut self, rate_of: RateOf<'_>, now: Instant) -> Vec<(u128, usize, f64)> {
        let mut told = Vec::new();
        for (id, entry) in &mut self.entries {
            for kind in 0..KINDS {
                entry.buckets[kind].settle(rate_of(kind, entry.others[kind]), now);
                if entry.used[kind] > 0.0 {
                    told.push((*id, kind, entry.used[kind]));
                }
            }
            entry.used = [0.0; KINDS];
            entry.others = std::mem::take(&mut entry.heard);
        }
        told
    }

    /// Lets go of callers whose buckets are full.
    pub fn sweep(&mut self, rate_of: RateOf<'_>, now: Instant) {
        self.swept = Some(now);
        self.entries.retain(|_, entry| !entry.is_idle(rate_of, now));
    }

    fn entry(&mut self, id: u128, rate_of: RateOf<'_>, now: Instant) -> &mut Entry {
        let mut id = id;
        if self.entries.len() >= self.max && !self.entries.contains_key(&id) {
            if self.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP_PAUSE) {
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
            heard: [0.0; KINDS],
        })
    }
}

impl Entry {
    /// What was used by others is heard again within a second, if they still use it.
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

    fn taken(table: &mut Table, id: u128, now: Instant) -> usize {
        let mut one = || table.change(id, 0, &rate_of, now, |bucket, rate| bucket.take(1.0, rate, now).map(|()| 1.0));
        (0..1_000).take_while(|_| one().is_ok()).count()
    }

    #[test]
    fn callers_beyond_the_bound_share_and_those_who_rest_make_place() {
        let start = Instant::now();
        let mut table = Table::new(3);
        for id in 1..=3 {
            assert_eq!(taken(&mut table, id, start), 10);
        }
        // No place: the fourth and the fifth have one bucket together.
        assert_eq!(taken(&mut table, 4, start) + taken(&mut table, 5, start), 10);
        assert_eq!(table.callers(), 4);
        assert_eq!(taken(&mut table, 1, start), 0);
        // Whoever is full again is let go.
        let later = start + Duration::from_secs(20);
        assert_eq!(table.turn(&rate_of, later).len(), 4);
        assert_eq!(taken(&mut table, 6, later), 10);
        assert_eq!(table.callers(), 1);
    }

    #[test]
    fn strangers_take_no_more_memory_than_the_bound() {
        let start = Instant::now();
        let mut table = Table::new(100);
        for id in 0..10_000 {
            taken(&mut table, id, start);
        }
        assert!(table.callers() <= 101, "{}", table.callers());
    }

    #[test]
    fn what_others_use_comes_slower_here_for_as_long_as_they_use_it() {
        let start = Instant::now();
        let mut table = Table::new(100);
        assert_eq!(taken(&mut table, 1, start), 10);
        let at = |seconds| start + Duration::from_secs(seconds);
        table.hear(1, 0, 0.25, &rate_of, at(0));
        table.hear(1, 0, 0.25, &rate_of, at(0));
        assert_eq!(table.turn(&rate_of, at(0)), [(1, 0, 10.0)]);
        // Half as fast, until a second passes in which nothing is heard.
        assert_eq!(taken(&mut table, 1, at(4)), 2);
        assert_eq!(table.turn(&rate_of, at(4)), [(1, 0, 2.0)]);
        assert_eq!(taken(&mut table, 1, at(8)), 4);
    }
}
