//! A token bucket: pure arithmetic, with the time passed in.
//!
//! Over any period, grants at most the capacity plus what was refilled. The wait in a rejection is sufficient
//! unless others take from the same bucket.

use std::time::{Duration, Instant};

/// Capacity and refill rate of a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Maximum tokens.
    pub capacity: f64,
    /// Tokens refilled per second.
    pub refill: f64,
}

impl Rate {
    /// Creates a rate.
    pub const fn new(capacity: f64, refill: f64) -> Self {
        Self { capacity, refill }
    }

    /// Multiplies capacity and refill rate.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { capacity: self.capacity * factor, refill: self.refill * factor }
    }
}

/// A bucket of tokens. The rate is passed to each call, because it may change between calls.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// Creates a full bucket.
    pub fn full(rate: Rate, now: Instant) -> Self {
        Self { tokens: rate.capacity, at: now }
    }

    /// Returns the available tokens. Negative while a debt is paid off.
    pub fn available(&self, rate: Rate, now: Instant) -> f64 {
        let refilled = now.saturating_duration_since(self.at).as_secs_f64() * rate.refill;
        (self.tokens + refilled).min(rate.capacity)
    }

    /// Takes `cost` tokens, all or none. A cost above the capacity takes the whole capacity.
    ///
    /// # Errors
    /// Returns the time until enough tokens are available.
    pub fn take(&mut self, cost: f64, rate: Rate, now: Instant) -> Result<(), Duration> {
        let (cost, available) = (cost.min(rate.capacity), self.available(rate, now));
        if available < cost {
            let wait = (cost - available) / rate.refill;
            return Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX));
        }
        self.set(available - cost, now);
        Ok(())
    }

    /// Takes tokens unconditionally, down to a debt of the whole capacity.
    pub fn charge(&mut self, cost: f64, rate: Rate, now: Instant) {
        self.set((self.available(rate, now) - cost).max(-rate.capacity), now);
    }

    /// Returns tokens that were taken but not needed.
    pub fn refund(&mut self, cost: f64, rate: Rate, now: Instant) {
        self.set((self.available(rate, now) + cost.min(rate.capacity)).min(rate.capacity), now);
    }

    /// Adds the tokens refilled until now. Must be called before the rate changes.
    pub fn settle(&mut self, rate: Rate, now: Instant) {
        self.set(self.available(rate, now), now);
    }

    /// Whether the bucket is full.
    pub fn is_full(&self, rate: Rate, now: Instant) -> bool {
        self.available(rate, now) >= rate.capacity
    }

    fn set(&mut self, tokens: f64, now: Instant) {
        // Concurrent calls may arrive out of order.
        *self = Self { tokens, at: self.at.max(now) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(10.0, 2.0);

    fn drain(bucket: &mut Bucket, now: Instant) -> usize {
        (0..1_000).take_while(|_| bucket.take(1.0, RATE, now).is_ok()).count()
    }

    #[test]
    fn grants_at_most_capacity_plus_refill() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        assert_eq!(drain(&mut bucket, start), 10);
        assert_eq!(drain(&mut bucket, start + Duration::from_secs(3)), 6);
        assert_eq!(drain(&mut bucket, start + Duration::from_secs(3_000)), 10);
    }

    #[test]
    fn returned_wait_is_sufficient() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        bucket.take(9.0, RATE, start).unwrap();
        let wait = bucket.take(4.0, RATE, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(1_500));
        // A rejection takes nothing.
        assert_eq!(bucket.take(4.0, RATE, start).unwrap_err(), wait);
        assert!(bucket.take(4.0, RATE, start + wait).is_ok());
    }

    #[test]
    fn costs_above_capacity_take_a_full_bucket() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        assert!(bucket.take(50.0, RATE, start).is_ok());
        let wait = bucket.take(50.0, RATE, start).unwrap_err();
        assert_eq!(wait, Duration::from_secs(5));
        assert!(bucket.take(50.0, RATE, start + wait).is_ok());
    }

    #[test]
    fn debt_is_bounded_and_paid_off_first() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        bucket.charge(1_000.0, RATE, start);
        assert_eq!(bucket.take(1.0, RATE, start).unwrap_err(), Duration::from_millis(5_500));
        assert_eq!(drain(&mut bucket, start + Duration::from_secs(6)), 2);
    }

    #[test]
    fn refund_never_exceeds_capacity() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        bucket.take(3.0, RATE, start).unwrap();
        bucket.refund(3.0, RATE, start);
        bucket.refund(3.0, RATE, start);
        assert_eq!(drain(&mut bucket, start), 10);
    }

    #[test]
    fn backwards_time_refills_nothing() {
        let start = Instant::now() + Duration::from_secs(60);
        let mut bucket = Bucket::full(RATE, start);
        assert_eq!(drain(&mut bucket, start), 10);
        assert_eq!(drain(&mut bucket, start - Duration::from_secs(30)), 0);
        assert_eq!(drain(&mut bucket, start), 0);
    }
}
