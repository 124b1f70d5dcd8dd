//! Admission: at which rate live connections may begin, so that a storm of those who come back (after a
//! deploy, after a network that was away) is served one after another instead of all at once and badly.
//!
//! A bucket of places fills at the rate; a newcomer takes one. Who finds it empty is told when to come
//! back: each a little later than the one before, with some jitter, so that they come back at the rate
//! and not together. Promises: each address has a bucket of its own besides, a part of that of all, so that
//! one that opens and closes without end comes to the end of its own and takes little from others; small bursts
//! never notice either; what is remembered is bounded.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::network;

/// The bucket holds the places of so many seconds.
const BURST_SECONDS: f64 = 8.0;
/// Nobody is sent away for longer.
const MOST_WAIT: Duration = Duration::from_secs(60);
/// What one address may take of the rate, and of the bucket.
const SHARE: f64 = 0.25;
/// Addresses that are remembered.
const ADDRESSES: u64 = 100_000;
/// How long one is remembered that opens nothing more: by then its bucket is full again, and nobody is expected.
const REMEMBERED: Duration = Duration::from_secs(120);

/// The buckets.
pub(crate) struct Admission {
    /// Places a second.
    rate: f64,
    all: Mutex<Line>,
    addresses: Cache<IpAddr, Arc<Mutex<Line>>>,
}

/// A bucket, and those who were sent away from it.
#[derive(Debug)]
struct Line {
    rate: f64,
    places: f64,
    at: Instant,
    /// When the last one who was sent away is expected.
    expected: Instant,
}

impl Line {
    fn new(rate: f64, now: Instant) -> Self {
        Self { rate, places: Self::most(rate), at: now, expected: now }
    }

    /// How many places a bucket has that fills at this rate.
    fn most(rate: f64) -> f64 {
        (rate * BURST_SECONDS).max(1.0)
    }

    fn admit(&mut self, now: Instant, jitter: f64) -> Result<(), Duration> {
        let filled = now.saturating_duration_since(self.at).as_secs_f64() * self.rate;
        self.places = (self.places + filled).min(Self::most(self.rate));
        self.at = self.at.max(now);
        if self.places >= 1.0 {
            self.places -= 1.0;
            return Ok(());
        }
        let turn = Duration::from_secs_f64(1.0 / self.rate);
        self.expected = (self.expected.max(now + Duration::from_secs(1)) + turn).min(now + MOST_WAIT);
        Err(self.expected.saturating_duration_since(now) + Duration::from_secs_f64(jitter.clamp(0.0, 1.0)))
    }
}

impl Admission {
    /// So many connections a second; eight seconds' worth at once.
    pub fn new(rate: u32, now: Instant) -> Self {
        let rate = f64::from(rate.max(1));
        let addresses = Cache::builder().max_capacity(ADDRESSES).time_to_idle(REMEMBERED).build();
        Self { rate, all: Mutex::new(Line::new(rate, now)), addresses }
    }

    /// Takes a place for a connection from this address. This machine itself has no share: a proxy on it that names
    /// nobody would make all of them one.
    ///
    /// # Errors
    /// When to come back. `jitter` is from 0 to 1.
    pub fn admit(&self, address: IpAddr, now: Instant, jitter: f64) -> Result<(), Duration> {
        let address = network::client(address);
        if address.is_loopback() {
            return lock(&self.all).admit(now, jitter);
        }
        let own = self.addresses.get_with(address, || Arc::new(Mutex::new(Line::new(self.rate * SHARE, now))));
        let mut own = lock(&own);
        own.admit(now, jitter)?;
        let admitted = lock(&self.all).admit(now, jitter);
        if admitted.is_err() {
            own.places += 1.0;
        }
        admitted
    }
}

/// A panic while counting leaves the numbers whole.
fn lock(line: &Mutex<Line>) -> std::sync::MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn address(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn a_storm_is_spread_at_the_rate() {
        let start = Instant::now();
        let admission = Admission::new(100, start);
        let answers: Vec<_> = (0..1_800).map(|_| admission.admit(HERE, start, 0.5)).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 800);
        let waits: Vec<Duration> = answers.into_iter().filter_map(Result::err).collect();
        assert!(waits.is_sorted() && waits[0] >= Duration::from_secs(1));
        // 1,000 at 100 a second are spread over 10 s.
        let spread = *waits.last().unwrap() - waits[0];
        assert!((9.9..10.1).contains(&spread.as_secs_f64()), "{spread:?}");
        // Those who come back when they were told are admitted.
        for wait in waits {
            assert_eq!(admission.admit(HERE, start + wait, 0.5), Ok(()));
        }
    }

    #[test]
    fn one_address_takes_its_share_and_leaves_the_rest_to_others() {
        let start = Instant::now();
        let admission = Admission::new(100, start);
        let taken = |address, now| (0..10_000).filter(|_| admission.admit(address, now, 0.5).is_ok()).count();
        assert_eq!(taken(address(1), start), 200);
        // What was refused has taken nothing: three others find theirs, and the fifth nothing.
        assert_eq!((2..6).map(|last| taken(address(last), start)).collect::<Vec<_>>(), [200, 200, 200, 0]);
        // Nor did the fifth lose its share by that.
        assert_eq!(taken(address(5), start + Duration::from_secs(4)), 200);
        // A whole /64 is one.
        let of = |text: &str| taken(text.parse().unwrap(), start + Duration::from_secs(60));
        assert_eq!((of("2001:db8::1"), of("2001:db8::2:3"), of("2001:db8:0:1::1")), (200, 0, 200));
    }

    #[test]
    fn those_of_one_address_who_come_back_when_they_were_told_are_admitted() {
        let start = Instant::now();
        let admission = Admission::new(40, start);
        let waits: Vec<_> = (0..180).filter_map(|_| admission.admit(address(1), start, 0.5).err()).collect();
        assert_eq!(waits.len(), 100);
        for wait in waits {
            assert_eq!(admission.admit(address(1), start + wait, 0.5), Ok(()));
        }
    }

    #[test]
    fn nobody_is_sent_away_for_more_than_a_minute() {
        let start = Instant::now();
        let admission = Admission::new(1, start);
        for address in [HERE, address(1)] {
            let longest = (0..1_000).filter_map(|_| admission.admit(address, start, 1.0).err()).max().unwrap();
            assert!(longest <= MOST_WAIT + Duration::from_secs(1));
        }
    }

    #[test]
    fn the_bucket_fills_again_but_not_over() {
        let start = Instant::now();
        let admission = Admission::new(2, start);
        let taken = |now| (0..100).filter(|_| admission.admit(HERE, now, 0.0).is_ok()).count();
        assert_eq!(taken(start), 16);
        assert_eq!(taken(start + Duration::from_secs(3)), 6);
        assert_eq!(taken(start + Duration::from_secs(3_000)), 16);
    }
}
