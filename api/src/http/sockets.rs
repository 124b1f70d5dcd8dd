//! How many live connections there are, by account and by the address of the client, also behind a proxy.
//!
//! Promises: never more than the settings say; a place is free again when its permit is dropped.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Settings;
use super::caller::Caller;
use super::refusal::Refusal;
use crate::id::AccountId;
use crate::viewer::ClientAddress;

/// The live connections of this process.
pub(crate) struct Sockets {
    accounts: Counter<AccountId>,
    addresses: Counter<IpAddr>,
}

impl Sockets {
    pub fn new(settings: &Settings) -> Self {
        Self {
            accounts: Counter::new(settings.sockets_per_account),
            addresses: Counter::new(settings.sockets_per_address),
        }
    }

    /// A place for a connection from this address.
    pub fn of_address(&self, address: ClientAddress) -> Result<Permit<IpAddr>, Refusal> {
        let most = self.addresses.most;
        self.addresses.take(network(address.0)).ok_or_else(|| {
            let message = format!("There are {most} live connections from this address already.");
            Refusal::new("RATE_LIMITED", message)
        })
    }

    /// A place for a connection of this account; those who have not signed in need none.
    pub fn of_account(&self, caller: &Caller) -> Result<Option<Permit<AccountId>>, Refusal> {
        let Some(viewer) = caller.viewer else {
            return Ok(None);
        };
        let most = self.accounts.most;
        let permit = self.accounts.take(viewer.account_id).ok_or_else(|| {
            let message = format!("This account has {most} live connections already.");
            Refusal::new("RATE_LIMITED", message)
        })?;
        Ok(Some(permit))
    }
}

/// One customer of IPv6 has a whole /64.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
    }
}

struct Counter<K> {
    taken: Arc<Mutex<HashMap<K, usize>>>,
    most: usize,
}

impl<K: Copy + Eq + Hash> Counter<K> {
    fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    fn take(&self, key: K) -> Option<Permit<K>> {
        let mut taken = lock(&self.taken);
        let count = taken.entry(key).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        let taken = self.taken.clone();
        Some(Permit { taken, key })
    }
}

/// A place; dropping it frees it.
pub(crate) struct Permit<K: Copy + Eq + Hash> {
    taken: Arc<Mutex<HashMap<K, usize>>>,
    key: K,
}

impl<K: Copy + Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.key)),
        }
    }
}

/// A panic while counting leaves the numbers whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_permit_is_dropped() {
        let counter = Counter::new(2);
        let (first, second) = (counter.take('a'), counter.take('a'));
        assert!(first.is_some() && second.is_some() && counter.take('a').is_none());
        assert!(counter.take('b').is_some());
        drop(first);
        assert!(counter.take('a').is_some());
        drop(second);
        assert!(lock(&counter.taken).is_empty());
    }

    #[test]
    fn addresses_of_one_customer_count_together() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
