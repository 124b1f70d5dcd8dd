//! Permits: how much of something there is at the same time, by whose it is and in all.
//!
//! Promises: never more than were agreed; a permit that is dropped is free again; nothing is kept of those who have none.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many permits there are.
#[derive(Debug)]
pub struct Permits<K> {
    taken: Arc<Mutex<Taken<K>>>,
    /// For one of those who take them.
    most_of_one: usize,
    /// For all together.
    most: usize,
}

#[derive(Debug)]
struct Taken<K> {
    of: HashMap<K, usize>,
    all: usize,
}

/// Who takes no permit has too many already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// They have so many themselves.
    OfOne(usize),
    /// All together have so many.
    OfAll(usize),
}

impl<K: Copy + Eq + Hash> Permits<K> {
    /// So many for each, and in all.
    pub fn new(most_of_one: usize, most: usize) -> Self {
        Self { taken: Arc::new(Mutex::new(Taken { of: HashMap::new(), all: 0 })), most_of_one, most }
    }

    /// Takes one.
    ///
    /// # Errors
    /// Which limit is reached.
    pub fn take(&self, key: K) -> Result<Permit<K>, Refused> {
        self.take_many(key, 1)
    }

    /// Takes so many at once, all of them or none.
    ///
    /// # Errors
    /// Which limit is reached.
    pub fn take_many(&self, key: K, count: usize) -> Result<Permit<K>, Refused> {
        let mut taken = lock(&self.taken);
        let own = taken.of.get(&key).copied().unwrap_or(0);
        if own.saturating_add(count) > self.most_of_one {
            return Err(Refused::OfOne(self.most_of_one));
        }
        if taken.all.saturating_add(count) > self.most {
            return Err(Refused::OfAll(self.most));
        }
        taken.of.insert(key, own + count);
        taken.all += count;
        Ok(Permit { taken: self.taken.clone(), key, count })
    }

    /// How many one of them has.
    pub fn taken_by(&self, key: K) -> usize {
        lock(&self.taken).of.get(&key).copied().unwrap_or(0)
    }
}

/// A permit, for as many as were taken at once; dropping it frees them.
#[derive(Debug)]
pub struct Permit<K: Copy + Eq + Hash> {
    taken: Arc<Mutex<Taken<K>>>,
    key: K,
    count: usize,
}

impl<K: Copy + Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all = taken.all.saturating_sub(self.count);
        match taken.of.get_mut(&self.key) {
            Some(count) if *count > self.count => *count -= self.count,
            _ => drop(taken.of.remove(&self.key)),
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
    fn there_are_never_more_than_agreed_and_one_that_is_dropped_is_free_again() {
        let permits = Permits::new(2, 3);
        let mut of_a = vec![permits.take('a').unwrap(), permits.take('a').unwrap()];
        assert_eq!(permits.take('a').unwrap_err(), Refused::OfOne(2));
        let of_b = permits.take('b').unwrap();
        assert_eq!(permits.take('c').unwrap_err(), Refused::OfAll(3));
        of_a.pop();
        let of_c = permits.take('c').unwrap();
        drop((of_a, of_b, of_c));
        let taken = lock(&permits.taken);
        assert!(taken.of.is_empty() && taken.all == 0);
    }

    #[test]
    fn many_are_taken_all_or_none() {
        let permits = Permits::new(5, 8);
        let of_a = permits.take_many('a', 3).unwrap();
        assert_eq!(permits.take_many('a', 3).unwrap_err(), Refused::OfOne(5));
        let more_of_a = permits.take_many('a', 2).unwrap();
        assert_eq!(permits.taken_by('a'), 5);
        assert_eq!(permits.take_many('b', 4).unwrap_err(), Refused::OfAll(8));
        drop(of_a);
        assert_eq!(permits.taken_by('a'), 2);
        let of_b = permits.take_many('b', 5).unwrap();
        drop((more_of_a, of_b));
        let taken = lock(&permits.taken);
        assert!(taken.of.is_empty() && taken.all == 0);
    }
}
