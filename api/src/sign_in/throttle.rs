//! The throttle of signing in: how often somebody may try, by network, account and device.
//!
//! It promises that nobody guesses without bound, and that nobody locks out somebody else. Failures on an account
//! from one network delay that network alone, ever longer. Above [`ACCOUNT_FAILURES`] failures in an hour on one
//! account, devices that have not signed in to it before need the operator's confirmation. A device that has is
//! exempt for [`DEVICE_FAILURES`] failures, so its owner gets in whatever others do. Nothing is locked for good.
//!
//! What it remembers is keyed by hashes, bounded in count, and of this process alone. Attempts are counted before
//! the password is looked at, and taken back when it was right, so that many at once are no way around it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;

use crate::error::{Error, Result};
use crate::network;

/// Failures on one account in an hour, from devices that are not known, above which such devices need confirmation.
pub const ACCOUNT_FAILURES: u32 = 100;
/// Failures in an hour for which a known device is exempt.
pub const DEVICE_FAILURES: u32 = 10;
/// Failures on one account from one network that cost no delay.
pub const FREE_FAILURES: u32 = 10;
/// The longest delay.
const DELAY_MAX: Duration = Duration::from_secs(900);
/// How long failures count.
const WINDOW: Duration = Duration::from_secs(3600);
/// The most keys of each kind that are remembered; those that are used least are forgotten first.
const KEYS: u64 = 100_000;

/// Counts attempts.
#[derive(Debug)]
pub struct Throttle {
    per_minute: NonZeroU32,
    addresses: Cache<IpAddr, Arc<DefaultDirectRateLimiter>>,
    failures: Cache<u64, Arc<Mutex<Failures>>>,
    keys: RandomState,
    clock: DefaultClock,
}

/// Failures of late under one key.
#[derive(Debug)]
struct Failures {
    count: u32,
    since: Instant,
    last: Instant,
}

/// Who tries to sign in to what, from where.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The normalised address of the account, whether there is such an account or not.
    pub email_key: &'a str,
    /// Where it comes from; `None` within the process.
    pub address: Option<IpAddr>,
    /// The device, if it has signed in to this account before.
    pub device: Option<&'a [u8]>,
    /// Whether the operator lets unknown devices of this network try.
    pub confirmed: bool,
}

/// An attempt that may be made. It counts as a failure until it is taken back.
#[derive(Debug)]
pub struct Charge {
    counted: Vec<u64>,
    cleared: u64,
}

impl Throttle {
    /// So many attempts per minute from one address.
    pub fn new(per_minute: u32) -> Self {
        Self::remembering(per_minute, KEYS)
    }

    fn remembering(per_minute: u32, keys: u64) -> Self {
        Self {
            per_minute: NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
            addresses: Cache::builder().max_capacity(keys).time_to_idle(WINDOW).build(),
            failures: Cache::builder().max_capacity(keys * 2).time_to_idle(WINDOW).build(),
            keys: RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt to sign in or to register from an address, whatever it comes to. This machine itself is not
    /// limited, so that tools which set a server up are not.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the time to wait.
    pub fn address(&self, address: Option<IpAddr>) -> Result<()> {
        let Some(address) = address.filter(|address| !address.is_loopback()) else { return Ok(()) };
        let quota = Quota::per_minute(self.per_minute);
        let limiter = self.addresses.get_with(network::client(address), || Arc::new(RateLimiter::direct(quota)));
        limiter.check().map_err(|until| Error::RateLimited { retry_after: until.wait_time_from(self.clock.now()) })
    }

    /// Whether unknown devices need the operator's confirmation for this account now.
    pub fn needs_confirmation(&self, email_key: &str, now: Instant) -> bool {
        self.count(self.key(("account", email_key)), now) >= ACCOUNT_FAILURES
    }

    /// Lets an attempt be made, or says when to come back.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the time to wait; `FORBIDDEN` when the operator has to confirm it.
    pub fn begin(&self, attempt: &Attempt<'_>, now: Instant) -> Result<Charge> {
        if let Some(device) = attempt.device {
            let key = self.key(("device", attempt.email_key, device));
            if self.charge(key, now, |failures| failures.count < DEVICE_FAILURES) {
                return Ok(Charge { counted: vec![key], cleared: key });
            }
        }
        if !attempt.confirmed && self.needs_confirmation(attempt.email_key, now) {
            return Err(Error::Forbidden(NEEDS_CONFIRMATION));
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

    /// The password was right: the attempt was no failure, and those before it from the same place are forgiven.
    pub fn forgive(&self, charge: &Charge) {
        for key in &charge.counted {
            if let Some(failures) = self.failures.get(key) {
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.count = failures.count.saturating_sub(1);
            }
        }
        self.failures.invalidate(&charge.cleared);
    }

    /// How many keys are remembered, at most; for tests and metrics.
    pub fn remembered(&self) -> u64 {
        self.failures.run_pending_tasks();
        self.addresses.run_pending_tasks();
        self.failures.entry_count() + self.addresses.entry_count()
    }

    fn key(&self, of: impl Hash) -> u64 {
        self.keys.hash_one(of)
    }

    fn count(&self, key: u64, now: Instant) -> u32 {
        let Some(failures) = self.failures.get(&key) else { return 0 };
        let failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(failures.since) < WINDOW { failures.count } else { 0 }
    }

    /// Counts a failure under a key if it may be one more.
    fn charge(&self, key: u64, now: Instant, may: impl FnOnce(&Failures) -> bool) -> bool {
        let none = || Arc::new(Mutex::new(Failures { count: 0, since: now, last: now }));
        let failures = self.failures.get_with(key, none);
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(failures.since) >= WINDOW {
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

/// What an unknown device is told above the limit.
pub const NEEDS_CONFIRMATION: &str = "Too many wrong passwords were tried for this e-mail address. Sign in on a device \
     that you have used before, or ask the operator of this server to allow a new one.";

/// How long a network waits after so many failures on one account.
fn delay(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(10)).min(DELAY_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn from(address: &str) -> Attempt<'static> {
        Attempt { email_key: "ann@example.org", address: address.parse().ok(), device: None, confirmed: false }
    }

    /// Fails until it has to wait; answers how often it could.
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
    fn an_address_has_a_limit_of_its_own() {
        let throttle = Throttle::new(60);
        let one: Option<IpAddr> = "203.0.113.7".parse().ok();
        assert!((0..60).all(|_| throttle.address(one).is_ok()));
        let Err(Error::RateLimited { retry_after }) = throttle.address(one) else { panic!("the 61st passes") };
        assert!(retry_after.as_millis() > 0);
        assert!(throttle.address("203.0.113.8".parse().ok()).is_ok());
    }

    #[test]
    fn failures_delay_their_network_ever_longer_and_no_other() {
        let (throttle, mut now) = (Throttle::new(60), Instant::now());
        let (failed, error) = fail(&throttle, &from("203.0.113.7"), now);
        assert_eq!((failed, error.retry_after()), (FREE_FAILURES, Some(Duration::from_secs(1))));
        // Neighbours count together, whoever is elsewhere does not.
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
        assert!((0..200).all(|n| delay(n) <= DELAY_MAX));
        // An hour later all is forgotten.
        assert_eq!(fail(&throttle, &from("203.0.113.7"), now + WINDOW).0, FREE_FAILURES);
    }

    #[test]
    fn a_right_password_is_no_failure_and_forgives_those_before() {
        let (throttle, now) = (Throttle::new(60), Instant::now());
        for _ in 0..10 {
            let right = throttle.begin(&from("203.0.113.7"), now + DELAY_MAX).unwrap();
            throttle.forgive(&right);
            assert_eq!(fail(&throttle, &from("203.0.113.7"), now).0, FREE_FAILURES);
        }
        // For the account they count on: who gets in now and then guesses no more than others.
        assert!(throttle.needs_confirmation("ann@example.org", now));
    }

    #[test]
    fn above_the_limit_only_known_devices_and_confirmed_networks_go_on() {
        let (throttle, now) = (Throttle::new(60), Instant::now());
        // From a thousand networks, as those who rent them do.
        let tries = (0..1000).filter(|n| throttle.begin(&from(&format!("10.{}.{}.1", n / 250, n % 250)), now).is_ok());
        assert_eq!(tries.count(), ACCOUNT_FAILURES as usize);
        let stranger = from("192.0.2.1");
        assert!(matches!(throttle.begin(&stranger, now), Err(Error::Forbidden(_))));
        assert!(throttle.begin(&Attempt { confirmed: true, ..stranger }, now).is_ok());
        assert!(throttle.begin(&Attempt { email_key: "ben@example.org", ..stranger }, now).is_ok());
        let known = Attempt { device: Some(b"known"), ..stranger };
        for _ in 0..DEVICE_FAILURES {
            throttle.begin(&known, now).unwrap();
        }
        assert!(throttle.begin(&known, now).is_err());
        assert!(throttle.begin(&Attempt { device: Some(b"another"), ..stranger }, now).is_ok());
        // After the hour nobody needs to be confirmed.
        assert!(throttle.begin(&stranger, now + WINDOW + MINUTE).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (throttle, now) = (Throttle::remembering(60, 100), Instant::now());
        for n in 0..2000 {
            let email = format!("nobody{n}@example.org");
            throttle.begin(&Attempt { email_key: &email, ..from("203.0.113.7") }, now).unwrap();
            let _ = throttle.address(format!("10.0.{}.{}", n / 250, n % 250).parse().ok());
        }
        assert!(throttle.remembered() <= 300, "{}", throttle.remembered());
    }
}
