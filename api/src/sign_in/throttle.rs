//! The throttle of signing in and registering: per address of the caller and per account.
//!
//! It counts attempts, not failures, and says when to come back; nobody is ever locked out for good.
//! The machine itself is not throttled by address, so that tools which set a server up are not.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{Quota, RateLimiter, state::keyed::DashMapStateStore};

use crate::error::{Error, Result};

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Counts attempts.
#[derive(Debug)]
pub struct Throttle {
    addresses: Limiter<IpAddr>,
    accounts: Limiter<String>,
    clock: DefaultClock,
}

impl Throttle {
    /// So many attempts per minute from one address, and a tenth of it per account.
    pub fn new(per_minute: u32) -> Self {
        let quota = |n: u32| Quota::per_minute(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
        Self {
            addresses: RateLimiter::keyed(quota(per_minute)),
            accounts: RateLimiter::keyed(quota((per_minute / 10).max(5))),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt from an address.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the time to wait.
    pub fn address(&self, address: Option<IpAddr>) -> Result<()> {
        let Some(address) = address.filter(|address| !address.is_loopback()) else { return Ok(()) };
        self.addresses.check_key(&network(address)).map_err(|until| self.later(&until))
    }

    /// Counts an attempt on an account, known or not.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the time to wait.
    pub fn account(&self, email_key: &str) -> Result<()> {
        self.accounts.check_key(&email_key.to_owned()).map_err(|until| self.later(&until))
    }

    /// Forgets those who have not tried of late.
    pub fn sweep(&self) {
        self.addresses.retain_recent();
        self.accounts.retain_recent();
    }

    fn later(&self, until: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> Error {
        Error::RateLimited { retry_after: until.wait_time_from(self.clock.now()) }
    }
}

/// One home has one IPv6 network, not one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_an_account_have_limits_of_their_own() {
        let throttle = Throttle::new(60);
        let one: Option<IpAddr> = "203.0.113.7".parse().ok();
        assert!((0..60).all(|_| throttle.address(one).is_ok()));
        let Err(Error::RateLimited { retry_after }) = throttle.address(one) else { panic!("the 61st passes") };
        assert!(retry_after.as_millis() > 0);
        assert!(throttle.address("203.0.113.8".parse().ok()).is_ok());
        assert!((0..6).all(|_| throttle.account("ann@example.org").is_ok()));
        assert!(throttle.account("ann@example.org").is_err());
        assert!(throttle.account("ben@example.org").is_ok());
    }

    #[test]
    fn neighbours_in_one_network_count_together() {
        let a: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let b: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        assert_eq!(network(a), network(b));
    }
}
