//! Throttles attempts to sign in, by network, account and device.
//!
//! Bounds password guessing without letting an attacker lock out a user. Failures on an account from one network delay
//! only that network, with increasing delays. Above [`ACCOUNT_FAILURES`] failures per hour on an account, unknown
//! devices need the operator's confirmation. A known device is exempt for [`DEVICE_FAILURES`] failures, so that its
//! user can sign in during an attack. No lock is permanent.
//!
//! State is keyed by hashes, bounded in size, and local to the process. Attempts are counted before the password is
//! verified and refunded if it is right, so that concurrent attempts do not bypass the limits.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;

use crate::ground::error::{Error, Reason, Result};
use crate::ground::mutex::Mutex;
use crate::ground::network;

/// Failures per hour on an account from unknown devices, above which unknown devices need confirmation.
pub const ACCOUNT_FAILURES: u32 = 100;
/// Failures per hour for which a known device is exempt.
pub const DEVICE_FAILURES: u32 = 10;
/// Failures on an account from one network without a delay.
pub const UNDELAYED_FAILURES: u32 = 10;
/// Maximum delay.
const MAX_DELAY: Duration = Duration::from_secs(900);
/// Time window in which failures count.
const FAILURE_WINDOW: Duration = Duration::from_secs(3600);
/// Maximum number of tracked keys of each kind. The least used ones are evicted first.
const MAX_KEYS: u64 = 100_000;

/// The throttle of this process.
#[derive(Debug)]
pub struct Throttle {
    per_minute: NonZeroU32,
    addresses: Cache<IpAddr, Arc<DefaultDirectRateLimiter>>,
    failures: Cache<u64, Arc<Mutex<Failures>>>,
    keys: RandomState,
    clock: DefaultClock,
}

/// Recent failures of a key.
#[derive(Debug)]
struct Failures {
    count: u32,
    since: Instant,
    last: Instant,
}

/// An attempt to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The normalized email, whether or not the account exists.
    pub email_key: &'a str,
    /// The client's IP address. `None` within the process.
    pub address: Option<IpAddr>,
    /// The device, if it has signed in to this account before.
    pub device: Option<&'a [u8]>,
    /// Whether the operator allows unknown devices of this network.
    pub confirmed: bool,
}

/// A permitted attempt. It counts as a failure until it is forgiven.
#[derive(Debug)]
pub struct Charge {
    counted: Vec<u64>,
    cleared: u64,
}

impl Throttle {
    /// Creates a throttle with a limit of attempts per minute and IP address.
    pub fn new(per_minute: u32) -> Self {
        Self::with_capacity(per_minute, MAX_KEYS)
    }

    fn with_capacity(per_minute: u32, keys: u64) -> Self {
        Self {
            per_minute: NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
            addresses: Cache::builder().max_capacity(keys).time_to_idle(FAILURE_WINDOW).build(),
            failures: Cache::builder().max_capacity(keys * 2).time_to_idle(FAILURE_WINDOW).build(),
            keys: RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt to sign in or register from an IP address, whatever its outcome. Loopback addresses are exempt
    /// for setup tools.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the time to wait.
    pub fn check_address(&self, address: Option<IpAddr>) -> Result<()> {
        let Some(address) = address.filter(|address| !address.is_loopback()) else { return Ok(()) };
        let quota = Quota::per_minute(self.per_minute);
        let limiter = self.addresses.get_with(network::client(address), || Arc::new(RateLimiter::direct(quota)));
        limiter.check().map_err(|until| Error::RateLimited { retry_after: until.wait_time_from(self.clock.now()) })
    }

    /// Returns whether unknown devices currently need the operator's confirmation for this account.
    pub fn needs_confirmation(&self, email_key: &str, now: Instant) -> bool {
        self.count(self.key(("account", email_key)), now) >= ACCOUNT_FAILURES
    }

    /// Permits an attempt and counts it as a failure for now.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the time to wait. `FORBIDDEN` if the operator has to confirm it.
    pub fn begin(&self, attempt: &Attempt<'_>, now: Instant) -> Result<Charge> {
        if let Some(device) = attempt.device {
            let key = self.key(("device", attempt.email_key, device));
            if self.charge(key, now, |failures| failures.count < DEVICE_FAILURES) {
                return Ok(Charge { counted: vec![key], cleared: key });
            }
        }
        if !attempt.confirmed && self.needs_confirmation(attempt.email_key, now) {
            return Err(Error::Forbidden(Reason::UnknownDevice, CONFIRMATION_REQUIRED));
        }
        let pair = self.key(("pair", attempt.email_key, attempt.address.map(network::subnet)));
        let mut wait = Duration::ZERO;
        let may = |failures: &Failures| {
            wait = (failures.last + delay(failures.count)).saturating_duration_since(now);
            wait.is_zero()
        };
        if !self.charge(pair, now, may) {
            return Err(Error::RateLimited { retry_after: wait });
        }
        let account = self.key(("account", attempt.email_key));
        self.charge(account, now, |_| true);
        Ok(Charge { counted: vec![account], cleared: pair })
    }

    /// Refunds an attempt with the right password, and clears earlier failures of the same device or network.
    pub fn forgive(&self, charge: &Charge) {
        for key in &charge.counted {
            if let Some(failures) = self.failures.get(key) {
                let mut failures = failures.lock();
                failures.count = failures.count.saturating_sub(1);
            }
        }
        self.failures.invalidate(&charge.cleared);
    }

    /// Returns an upper bound of the number of tracked keys, for tests and metrics.
    pub fn tracked_keys(&self) -> u64 {
        self.failures.run_pending_tasks();
        self.addresses.run_pending_tasks();
        self.failures.entry_count() + self.addresses.entry_count()
    }

    fn key(&self, of: impl Hash) -> u64 {
        self.keys.hash_one(of)
    }

    fn count(&self, key: u64, now: Instant) -> u32 {
        let Some(failures) = self.failures.get(&key) else { return 0 };
        let failures = failures.lock();
        if now.saturating_duration_since(failures.since) < FAILURE_WINDOW { failures.count } else { 0 }
    }

    /// Counts a failure of a key, if `may` permits it.
    fn charge(&self, key: u64, now: Instant, may: impl FnOnce(&Failures) -> bool) -> bool {
        let none = || Arc::new(Mutex::new(Failures { count: 0, since: now, last: now }));
        let failures = self.failures.get_with(key, none);
        let mut failures = failures.lock();
        if now.saturating_duration_since(failures.since) >= FAILURE_WINDOW {
            *failures = Failures { count: 0, since: now, last: now };
        }
        let may = may(&failures);
        if may {
            failures.count += 1;
            failures.last = now;
        }
        may
    }
}

/// Error message for unknown devices above the limit.
pub const CONFIRMATION_REQUIRED: &str = "Too many wrong passwords for this email address. Sign in on a device that you \
     have used before, or ask the operator of this server to allow this device.";

/// Returns the delay of a network after this many failures on one account.
fn delay(failures: u32) -> Duration {
    match failures.checked_sub(UNDELAYED_FAILURES) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(10)).min(MAX_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn from(address: &str) -> Attempt<'static> {
        Attempt { email_key: "ann@example.org", address: address.parse().ok(), device: None, confirmed: false }
    }

    /// Fails until an attempt is rejected. Returns the number of permitted attempts and the error.
    fn fail(throttle: &Throttle, attempt: &Attempt<'_>, now: Instant) -> (u32, Error) {
        let mut failed = 0;
        loop {
            match throttle.begin(attempt, now) {
                Ok(_) => failed += 1,
                Err(error) => return (failed, error),
            }
        }
    }

    #[test]
    fn limits_attempts_per_address() {
        let throttle = Throttle::new(60);
        let one: Option<IpAddr> = "203.0.113.7".parse().ok();
        assert!((0..60).all(|_| throttle.check_address(one).is_ok()));
        let Err(Error::RateLimited { retry_after }) = throttle.check_address(one) else {
            panic!("the 61st is permitted")
        };
        assert!(retry_after.as_millis() > 0);
        assert!(throttle.check_address("203.0.113.8".parse().ok()).is_ok());
    }

    #[test]
    fn delays_only_the_failing_network_increasingly() {
        let (throttle, mut now) = (Throttle::new(60), Instant::now());
        let (failed, error) = fail(&throttle, &from("203.0.113.7"), now);
        assert_eq!((failed, error.retry_after()), (UNDELAYED_FAILURES, Some(Duration::from_secs(1))));
        // Addresses of the same network count together, others do not.
        assert!(throttle.begin(&from("203.0.113.250"), now).is_err());
        assert!(throttle.begin(&from("203.0.114.7"), now).is_ok());
        let mut waits = Vec::new();
        for _ in 0..6 {
            let wait = throttle.begin(&from("203.0.113.7"), now).unwrap_err().retry_after().unwrap();
            waits.push(wait.as_secs());
            now += wait;
            assert!(throttle.begin(&from("203.0.113.7"), now).is_ok());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32]);
        assert!((0..200).all(|n| delay(n) <= MAX_DELAY));
        // Failures expire after an hour.
        assert_eq!(fail(&throttle, &from("203.0.113.7"), now + FAILURE_WINDOW).0, UNDELAYED_FAILURES);
    }

    #[test]
    fn forgives_failures_after_the_right_password() {
        let (throttle, now) = (Throttle::new(60), Instant::now());
        for _ in 0..10 {
            let right = throttle.begin(&from("203.0.113.7"), now + MAX_DELAY).unwrap();
            throttle.forgive(&right);
            assert_eq!(fail(&throttle, &from("203.0.113.7"), now).0, UNDELAYED_FAILURES);
        }
        // Account failures still count: occasional successes do not grant additional attempts.
        assert!(throttle.needs_confirmation("ann@example.org", now));
    }

    #[test]
    fn permits_only_known_devices_and_confirmed_networks_above_the_limit() {
        let (throttle, now) = (Throttle::new(60), Instant::now());
        // An attack from a thousand networks.
        let tries = (0..1000).filter(|n| throttle.begin(&from(&format!("10.{}.{}.1", n / 250, n % 250)), now).is_ok());
        assert_eq!(tries.count(), ACCOUNT_FAILURES as usize);
        let stranger = from("192.0.2.1");
        assert!(matches!(throttle.begin(&stranger, now), Err(Error::Forbidden(Reason::UnknownDevice, _))));
        assert!(throttle.begin(&Attempt { confirmed: true, ..stranger }, now).is_ok());
        assert!(throttle.begin(&Attempt { email_key: "ben@example.org", ..stranger }, now).is_ok());
        let known_device = Attempt { device: Some(b"known"), ..stranger };
        for _ in 0..DEVICE_FAILURES {
            throttle.begin(&known_device, now).unwrap();
        }
        assert!(throttle.begin(&known_device, now).is_err());
        assert!(throttle.begin(&Attempt { device: Some(b"another"), ..stranger }, now).is_ok());
        // No confirmation is needed after the window.
        assert!(throttle.begin(&stranger, now + FAILURE_WINDOW + MINUTE).is_ok());
    }

    #[test]
    fn bounds_the_number_of_tracked_keys() {
        let (throttle, now) = (Throttle::with_capacity(60, 100), Instant::now());
        for n in 0..2000 {
            let email = format!("nobody{n}@example.org");
            throttle.begin(&Attempt { email_key: &email, ..from("203.0.113.7") }, now).unwrap();
            let _ = throttle.check_address(format!("10.0.{}.{}", n / 250, n % 250).parse().ok());
        }
        assert!(throttle.tracked_keys() <= 300, "{}", throttle.tracked_keys());
    }
}
