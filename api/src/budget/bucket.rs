//! One token bucket: pure arithmetic, with the time passed in.
//!
//! Promises: over any period no more is taken than the capacity and what was refilled meanwhile; the wait that a
//! refusal names is long enough, as long as nobody else takes from the bucket. It knows no callers.

use std::time::{Duration, Instant};

/// How much a bucket holds, and how fast it refills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The most that it holds.
    pub capacity: f64,
    /// What comes in a second.
    pub refill: f64,
}

impl Rate {
    /// A capacity, and what comes in a second.
    pub const fn new(capacity: f64, refill: f64) -> Self {
        Self { capacity, refill }
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { capacity: self.capacity * factor, refill: self.refill * factor }
    }
}

/// What is left to somebody. The rate is passed in: it may change from one call to the next.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn full(rate: Rate, now: Instant) -> Self {
        Self { tokens: rate.capacity, at: now }
    }

    /// What is there now; negative while a debt is paid.
    pub fn available(&self, rate: Rate, now: Instant) -> f64 {
        let refilled = now.saturating_duration_since(self.at).as_secs_f64() * rate.refill;
        (self.tokens + refilled).min(rate.capacity)
    }

    /// Takes `cost`, all of it or nothing. What costs more than the bucket holds takes all that it holds.
    ///
    /// # Errors
    /// How long it takes until there is enough.
    pub fn take(&mut self, cost: f64, rate: Rate, now: Instant) -> Result<(), Duration> {
        let (cost, available) = (cost.min(rate.capacity), self.available(rate, now));
        if available < cost {
            let wait = (cost - available) / rate.refill;
            return Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX));
        }
        self.set(available - cost, now);
        Ok(())
    }

    /// Takes what was used already, down to a debt of the whole capacity.
    pub fn charge(&mut self, cost: f64, rate: Rate, now: Instant) {
        self.set((self.available(rate, now) - cost).max(-rate.capacity), now);
    }

    /// Gives back what was taken for nothing.
    pub fn refund(&mut self, cost: f64, rate: Rate, now: Instant) {
        self.set((self.available(rate, now) + cost.min(rate.capacity)).min(rate.capacity), now);
    }

    /// Adds what came at this rate until now: to be called before the rate changes.
    pub fn settle(&mut self, rate: Rate, now: Instant) {
        self.set(self.available(rate, now), now);
    }

    /// Whether nothing is missing.
    pub fn is_full(&self, rate: Rate, now: Instant) -> bool {
        self.available(rate, now) >= rate.capacity
    }

    fn set(&mut self, tokens: f64, now: Instant) {
        // Of two calls at once the later one may come first.
        *self = Self { tokens, at: self.at.max(now) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(10.0, 2.0);

    fn taken(bucket: &mut Bucket, now: Instant) -> usize {
        (0..1_000).take_while(|_| bucket.take(1.0, RATE, now).is_ok()).count()
    }

    #[test]
    fn no_more_is_taken_than_the_capacity_and_what_came_meanwhile() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        assert_eq!(taken(&mut bucket, start), 10);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(3)), 6);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(3_000)), 10);
    }

    #[test]
    fn whoever_waits_as_long_as_they_were_told_gets_it() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        bucket.take(9.0, RATE, start).unwrap();
        let wait = bucket.take(4.0, RATE, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(1_500));
        // A refusal takes nothing.
        assert_eq!(bucket.take(4.0, RATE, start).unwrap_err(), wait);
        assert!(bucket.take(4.0, RATE, start + wait).is_ok());
    }

    #[test]
    fn what_costs_more_than_a_bucket_holds_takes_all_of_a_full_one() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        assert!(bucket.take(50.0, RATE, start).is_ok());
        let wait = bucket.take(50.0, RATE, start).unwrap_err();
        assert_eq!(wait, Duration::from_secs(5));
        assert!(bucket.take(50.0, RATE, start + wait).is_ok());
    }

    #[test]
    fn a_debt_is_bounded_and_paid_before_anything_is_given() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        bucket.charge(1_000.0, RATE, start);
        assert_eq!(bucket.take(1.0, RATE, start).unwrap_err(), Duration::from_millis(5_500));
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(6)), 2);
    }

    #[test]
    fn what_is_given_back_never_overflows() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        bucket.take(3.0, RATE, start).unwrap();
        bucket.refund(3.0, RATE, start);
        bucket.refund(3.0, RATE, start);
        assert_eq!(taken(&mut bucket, start), 10);
    }

    #[test]
    fn time_that_runs_backwards_gives_nothing() {
        let start = Instant::now() + Duration::from_secs(60);
        let mut bucket = Bucket::full(RATE, start);
        assert_eq!(taken(&mut bucket, start), 10);
        assert_eq!(taken(&mut bucket, start - Duration::from_secs(30)), 0);
        assert_eq!(taken(&mut bucket, start), 0);
    }
}
