//! Admission: at which rate live connections may begin, so that a storm of those who come back (after a
//! deploy, after a network that was away) is served one after another instead of all at once and badly.
//!
//! A bucket of places fills at the rate; a newcomer takes one. Who finds it empty is told when to come
//! back: each a little later than the one before, with some jitter, so that they come back at the rate
//! and not together. It knows nobody: small bursts never notice it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The bucket holds the places of so many seconds.
const BURST_SECONDS: f64 = 8.0;
/// Nobody is sent away for longer.
const MOST_WAIT: Duration = Duration::from_secs(60);

/// The bucket.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Places a second.
    rate: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    places: f64,
    at: Instant,
    /// When the last one who was sent away is expected.
    expected: Instant,
}

impl Admission {
    /// So many connections a second; eight seconds' worth at once.
    pub fn new(rate: u32, now: Instant) -> Self {
        let rate = f64::from(rate.max(1));
        Self { rate, state: Mutex::new(State { places: rate * BURST_SECONDS, at: now, expected: now }) }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// When to come back. `jitter` is from 0 to 1.
    pub fn admit(&self, now: Instant, jitter: f64) -> Result<(), Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = now.saturating_duration_since(state.at).as_secs_f64() * self.rate;
        state.places = (state.places + filled).min(self.rate * BURST_SECONDS);
        state.at = now;
        if state.places >= 1.0 {
            state.places -= 1.0;
            return Ok(());
        }
        let turn = Duration::from_secs_f64(1.0 / self.rate);
        state.expected = (state.expected.max(now + Duration::from_secs(1)) + turn).min(now + MOST_WAIT);
        Err(state.expected.saturating_duration_since(now) + Duration::from_secs_f64(jitter.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_spread_at_the_rate() {
        let start = Instant::now();
        let admission = Admission::new(100, start);
        let answers: Vec<_> = (0..1_800).map(|_| admission.admit(start, 0.5)).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 800);
        let waits: Vec<Duration> = answers.into_iter().filter_map(Result::err).collect();
        assert!(waits.is_sorted() && waits[0] >= Duration::from_secs(1));
        // 1,000 at 100 a second are spread over 10 s.
        let spread = *waits.last().unwrap() - waits[0];
        assert!((9.9..10.1).contains(&spread.as_secs_f64()), "{spread:?}");
        // Those who come back when they were told are admitted.
        for wait in waits {
            assert_eq!(admission.admit(start + wait, 0.5), Ok(()));
        }
    }

    #[test]
    fn nobody_is_sent_away_for_more_than_a_minute() {
        let start = Instant::now();
        let admission = Admission::new(1, start);
        let longest = (0..1_000).filter_map(|_| admission.admit(start, 1.0).err()).max().unwrap();
        assert!(longest <= MOST_WAIT + Duration::from_secs(1));
    }

    #[test]
    fn the_bucket_fills_again_but_not_over() {
        let start = Instant::now();
        let admission = Admission::new(2, start);
        let taken = |now| (0..100).filter(|_| admission.admit(now, 0.0).is_ok()).count();
        assert_eq!(taken(start), 16);
        assert_eq!(taken(start + Duration::from_secs(3)), 6);
        assert_eq!(taken(start + Duration::from_secs(3_000)), 16);
    }
}
