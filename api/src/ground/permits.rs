//! Counting permits with a limit per key and in total.
//!
//! Never exceeds the limits. Dropping a permit releases it. Keys without permits take no memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::ground::mutex::Mutex;

/// A set of permits. Never waits, unlike [`crate::ground::fair_semaphore`].
#[derive(Debug)]
pub struct Permits<K> {
    counts: Arc<Mutex<Counts<K>>>,
    /// Limit per key.
    max_per_key: usize,
    /// Limit over all keys.
    max_total: usize,
}

#[derive(Debug)]
struct Counts<K> {
    per_key: HashMap<K, usize>,
    total: usize,
}

/// The limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitExceeded {
    /// The limit per key.
    PerKey(usize),
    /// The limit over all keys.
    Total(usize),
}

impl<K: Copy + Eq + Hash> Permits<K> {
    /// Creates permits with a limit per key and in total.
    pub fn new(max_per_key: usize, max_total: usize) -> Self {
        Self { counts: Arc::new(Mutex::new(Counts { per_key: HashMap::new(), total: 0 })), max_per_key, max_total }
    }

    /// Acquires one permit.
    ///
    /// # Errors
    /// Returns the limit that is reached.
    pub fn take(&self, key: K) -> Result<Permit<K>, LimitExceeded> {
        self.acquire_many(key, 1)
    }

    /// Acquires `count` permits, all or none.
    ///
    /// # Errors
    /// Returns the limit that is reached.
    pub fn acquire_many(&self, key: K, count: usize) -> Result<Permit<K>, LimitExceeded> {
        let mut counts = self.counts.lock();
        let own = counts.per_key.get(&key).copied().unwrap_or(0);
        if own.saturating_add(count) > self.max_per_key {
            return Err(LimitExceeded::PerKey(self.max_per_key));
        }
        if counts.total.saturating_add(count) > self.max_total {
            return Err(LimitExceeded::Total(self.max_total));
        }
        counts.per_key.insert(key, own + count);
        counts.total += count;
        Ok(Permit { counts: self.counts.clone(), key, count })
    }

    /// Returns how many permits a key holds.
    pub fn taken_by(&self, key: K) -> usize {
        self.counts.lock().per_key.get(&key).copied().unwrap_or(0)
    }
}

/// One or more permits that were acquired together. Dropping it releases them.
#[derive(Debug)]
pub struct Permit<K: Copy + Eq + Hash> {
    counts: Arc<Mutex<Counts<K>>>,
    key: K,
    count: usize,
}

impl<K: Copy + Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        counts.total = counts.total.saturating_sub(self.count);
        match counts.per_key.get_mut(&self.key) {
            Some(count) if *count > self.count => *count -= self.count,
            _ => drop(counts.per_key.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enforces_limits_and_releases_on_drop() {
        let permits = Permits::new(2, 3);
        let mut of_a = vec![permits.take('a').unwrap(), permits.take('a').unwrap()];
        assert_eq!(permits.take('a').unwrap_err(), LimitExceeded::PerKey(2));
        let of_b = permits.take('b').unwrap();
        assert_eq!(permits.take('c').unwrap_err(), LimitExceeded::Total(3));
        of_a.pop();
        let of_c = permits.take('c').unwrap();
        drop((of_a, of_b, of_c));
        let counts = permits.counts.lock();
        assert!(counts.per_key.is_empty() && counts.total == 0);
    }

    #[test]
    fn acquires_all_or_none() {
        let permits = Permits::new(5, 8);
        let of_a = permits.acquire_many('a', 3).unwrap();
        assert_eq!(permits.acquire_many('a', 3).unwrap_err(), LimitExceeded::PerKey(5));
        let more_of_a = permits.acquire_many('a', 2).unwrap();
        assert_eq!(permits.taken_by('a'), 5);
        assert_eq!(permits.acquire_many('b', 4).unwrap_err(), LimitExceeded::Total(8));
        drop(of_a);
        assert_eq!(permits.taken_by('a'), 2);
        let of_b = permits.acquire_many('b', 5).unwrap();
        drop((more_of_a, of_b));
        let counts = permits.counts.lock();
        assert!(counts.per_key.is_empty() && counts.total == 0);
    }
}
