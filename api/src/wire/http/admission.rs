//! Admission: rate limiting of new live connections, so that a reconnect storm after a deploy or a network
//! failure is served gradually.
//!
//! A token bucket refills at the configured rate and each new connection takes a token. A rejected client
//! receives a retry time, staggered and with jitter, so that retries arrive at the rate instead of all at once.
//! Each IP address also has its own bucket with a fraction of the rate, so one address that reconnects
//! endlessly takes little from others. Small bursts pass unnoticed. Memory is bounded.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::ground::mutex::Mutex;
use crate::ground::network;

/// Capacity of a bucket, in seconds of its rate.
const BURST_SECONDS: f64 = 8.0;
/// Maximum retry time.
const MAX_RETRY_TIME: Duration = Duration::from_secs(60);
/// Fraction of rate and capacity available to one IP address.
const ADDRESS_SHARE: f64 = 0.25;
/// Maximum IP addresses with a bucket.
const MAX_ADDRESSES: u64 = 100_000;
/// Time after which an idle IP address is evicted. By then its bucket is full and all retries are due.
const EVICTION_TIME: Duration = Duration::from_secs(120);

/// Limits the rate of new live connections.
pub(crate) struct Admission {
    /// Tokens per second.
    rate: f64,
    all: Mutex<TokenBucket>,
    addresses: Cache<IpAddr, Arc<Mutex<TokenBucket>>>,
}

/// A token bucket, and the schedule of rejected clients.
#[derive(Debug)]
struct TokenBucket {
    rate: f64,
    tokens: f64,
    at: Instant,
    /// When the last rejected client is expected to retry.
    last_retry: Instant,
}

impl TokenBucket {
    fn new(rate: f64, now: Instant) -> Self {
        Self { rate, tokens: Self::capacity(rate), at: now, last_retry: now }
    }

    /// Returns the capacity of a bucket with this rate.
    fn capacity(rate: f64) -> f64 {
        (rate * BURST_SECONDS).max(1.0)
    }

    fn admit(&mut self, now: Instant, jitter: f64) -> Result<(), Duration> {
        let filled = now.saturating_duration_since(self.at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + filled).min(Self::capacity(self.rate));
        self.at = self.at.max(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let interval = Duration::from_secs_f64(1.0 / self.rate);
        self.last_retry = (self.last_retry.max(now + Duration::from_secs(1)) + interval).min(now + MAX_RETRY_TIME);
        Err(self.last_retry.saturating_duration_since(now) + Duration::from_secs_f64(jitter.clamp(0.0, 1.0)))
    }
}

impl Admission {
    /// Creates a limit of `rate` connections per second, with a burst of eight seconds.
    pub fn new(rate: u32, now: Instant) -> Self {
        let rate = f64::from(rate.max(1));
        let addresses = Cache::builder().max_capacity(MAX_ADDRESSES).time_to_idle(EVICTION_TIME).build();
        Self { rate, all: Mutex::new(TokenBucket::new(rate, now)), addresses }
    }

    /// Admits a connection from an IP address. Loopback is not limited individually, so that clients behind a
    /// local proxy without `X-Forwarded-For` do not share a bucket.
    ///
    /// # Errors
    /// Returns the time to wait before retrying. `jitter` is between 0 and 1.
    pub fn admit(&self, address: IpAddr, now: Instant, jitter: f64) -> Result<(), Duration> {
        let address = network::client(address);
        if address.is_loopback() {
            return self.all.lock().admit(now, jitter);
        }
        let own =
            self.addresses.get_with(address, || Arc::new(Mutex::new(TokenBucket::new(self.rate * ADDRESS_SHARE, now))));
        let mut own = own.lock();
        own.admit(now, jitter)?;
        let admitted = self.all.lock().admit(now, jitter);
        if admitted.is_err() {
            own.tokens += 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn address(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn spreads_a_storm_at_the_rate() {
        let start = Instant::now();
        let admission = Admission::new(100, start);
        let results: Vec<_> = (0..1_800).map(|_| admission.admit(LOOPBACK, start, 0.5)).collect();
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 800);
        let waits: Vec<Duration> = results.into_iter().filter_map(Result::err).collect();
        assert!(waits.is_sorted() && waits[0] >= Duration::from_secs(1));
        // 1,000 at 100 per second take 10 s.
        let spread = *waits.last().unwrap() - waits[0];
        assert!((9.9..10.1).contains(&spread.as_secs_f64()), "{spread:?}");
        // Clients that retry in time are admitted.
        for wait in waits {
            assert_eq!(admission.admit(LOOPBACK, start + wait, 0.5), Ok(()));
        }
    }

    #[test]
    fn limits_an_address_to_its_share() {
        let start = Instant::now();
        let admission = Admission::new(100, start);
        let admitted = |address, now| (0..10_000).filter(|_| admission.admit(address, now, 0.5).is_ok()).count();
        assert_eq!(admitted(address(1), start), 200);
        // Rejections took nothing: three others get their share, the fifth nothing.
        assert_eq!((2..6).map(|last| admitted(address(last), start)).collect::<Vec<_>>(), [200, 200, 200, 0]);
        // The fifth keeps its own share.
        assert_eq!(admitted(address(5), start + Duration::from_secs(4)), 200);
        // A /64 shares one bucket.
        let of = |text: &str| admitted(text.parse().unwrap(), start + Duration::from_secs(60));
        assert_eq!((of("2001:db8::1"), of("2001:db8::2:3"), of("2001:db8:0:1::1")), (200, 0, 200));
    }

    #[test]
    fn admits_retries_of_one_address_in_time() {
        let start = Instant::now();
        let admission = Admission::new(40, start);
        let waits: Vec<_> = (0..180).filter_map(|_| admission.admit(address(1), start, 0.5).err()).collect();
        assert_eq!(waits.len(), 100);
        for wait in waits {
            assert_eq!(admission.admit(address(1), start + wait, 0.5), Ok(()));
        }
    }

    #[test]
    fn retry_time_is_at_most_a_minute() {
        let start = Instant::now();
        let admission = Admission::new(1, start);
        for address in [LOOPBACK, address(1)] {
            let longest = (0..1_000).filter_map(|_| admission.admit(address, start, 1.0).err()).max().unwrap();
            assert!(longest <= MAX_RETRY_TIME + Duration::from_secs(1));
        }
    }

    #[test]
    fn refills_up_to_the_capacity() {
        let start = Instant::now();
        let admission = Admission::new(2, start);
        let admitted = |now| (0..100).filter(|_| admission.admit(LOOPBACK, now, 0.0).is_ok()).count();
        assert_eq!(admitted(start), 16);
        assert_eq!(admitted(start + Duration::from_secs(3)), 6);
        assert_eq!(admitted(start + Duration::from_secs(3_000)), 16);
    }
}
