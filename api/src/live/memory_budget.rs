//! The memory budget for what rooms cache: ring buffers and frames.
//!
//! Ring buffers save database reads and frames save executions. Both can be rebuilt, so nothing depends on them. Each
//! has its own limit per room, but a process can have many rooms.
//!
//! - Once the caller that added something has [enforced](MemoryBudget::enforce) the budget, all rooms together stay
//!   within it.
//! - Nothing is evicted before the budget is exceeded.
//! - Frames are evicted before any ring buffer is shortened. Within each kind the largest rooms are evicted first, so
//!   small rooms lose nothing to large ones.

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::ground::mutex::Mutex;

/// Eviction frees `1 / EVICTION_DIVISOR` of the budget at once, so that eviction runs rarely.
const EVICTION_DIVISOR: usize = 16;

/// A cache whose contents can be rebuilt.
pub trait Cache: Send + Sync {
    /// Its size in bytes.
    fn bytes(&self) -> usize;
    /// Drops contents until at most `bytes` remain. May drop more.
    fn shrink_to(&self, bytes: usize);
}

/// The kinds of caches, in the order of eviction.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Rendered frames.
    Frames,
    /// Ring buffers.
    Ring,
}

/// The memory budget of all rooms.
pub struct MemoryBudget {
    limit: usize,
    bytes: AtomicUsize,
    /// The caches, by kind.
    caches: [Mutex<Vec<Weak<dyn Cache>>>; 2],
    /// Held while evicting, so that only one task evicts.
    eviction: Mutex<()>,
}

impl std::fmt::Debug for MemoryBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryBudget").field("limit", &self.limit).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl MemoryBudget {
    /// Creates a budget of `limit` bytes.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, bytes: AtomicUsize::new(0), caches: Default::default(), eviction: Mutex::default() })
    }

    /// Registers a cache. It is removed when dropped.
    pub fn register(&self, kind: Kind, cache: Weak<dyn Cache>) {
        let mut caches = self.caches[kind as usize].lock();
        caches.retain(|cache| cache.strong_count() > 0);
        caches.push(cache);
    }

    /// Creates an empty reservation.
    pub fn reserve(self: &Arc<Self>) -> Reservation {
        Reservation { budget: self.clone(), bytes: AtomicUsize::new(0) }
    }

    /// The total of all reservations in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Evicts if the budget is exceeded. Call after adding something, without holding a lock.
    pub fn enforce(&self) {
        if self.bytes() > self.limit {
            let _eviction = self.eviction.lock();
            if self.bytes() > self.limit {
                self.evict();
            }
        }
        metrics::gauge!("confab_rooms_memory_bytes").set(self.bytes() as f64);
    }

    fn evict(&self) {
        let target = self.limit - self.limit / EVICTION_DIVISOR;
        self.shrink(target, Kind::Frames, |_| 0);
        self.shrink(target, Kind::Ring, |bytes| bytes / 2);
    }

    /// Shrinks the largest caches of a kind until the total is at most `target`.
    fn shrink(&self, target: usize, kind: Kind, reduced: impl Fn(usize) -> usize) {
        let caches: Vec<Arc<dyn Cache>> = self.caches[kind as usize].lock().iter().filter_map(Weak::upgrade).collect();
        let all = caches.iter().enumerate();
        let mut largest: BinaryHeap<(usize, usize)> = all.map(|(at, cache)| (cache.bytes(), at)).collect();
        while self.bytes() > target
            && let Some((bytes, at)) = largest.pop()
        {
            let cache = &caches[at];
            cache.shrink_to(reduced(bytes));
            metrics::counter!("confab_rooms_evictions_total").increment(1);
            let remaining = cache.bytes();
            if remaining > 0 && remaining < bytes {
                largest.push((remaining, at));
            }
        }
    }
}

/// The share of one ring buffer or frame cache. Released on drop.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<MemoryBudget>,
    bytes: AtomicUsize,
}

impl Reservation {
    /// Sets the reserved bytes. Call under the lock of what is counted, so that the value is never stale.
    pub fn set(&self, bytes: usize) {
        let before = self.bytes.swap(bytes, Ordering::SeqCst);
        if bytes > before {
            self.budget.bytes.fetch_add(bytes - before, Ordering::SeqCst);
        } else {
            self.budget.bytes.fetch_sub(before - bytes, Ordering::SeqCst);
        }
    }

    /// The reserved bytes.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Evicts if the budget is exceeded.
    pub fn enforce(&self) {
        self.budget.enforce();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Cache for Reservation {
        fn bytes(&self) -> usize {
            Self::bytes(self)
        }

        fn shrink_to(&self, bytes: usize) {
            self.set(Self::bytes(self).min(bytes));
        }
    }

    /// The caches of a room.
    struct Owner {
        frames: Arc<Reservation>,
        ring: Arc<Reservation>,
    }

    impl Owner {
        fn new(budget: &Arc<MemoryBudget>, frames: usize, ring: usize) -> Self {
            let owner = Self { frames: Arc::new(budget.reserve()), ring: Arc::new(budget.reserve()) };
            budget.register(Kind::Frames, Arc::<Reservation>::downgrade(&owner.frames));
            budget.register(Kind::Ring, Arc::<Reservation>::downgrade(&owner.ring));
            owner.frames.set(frames);
            owner.ring.set(ring);
            budget.enforce();
            owner
        }

        fn sizes(&self) -> (usize, usize) {
            (self.frames.bytes(), self.ring.bytes())
        }
    }

    #[test]
    fn evicts_only_over_budget_and_from_the_largest_owner() {
        let budget = MemoryBudget::new(1_600);
        let (large, small) = (Owner::new(&budget, 400, 800), Owner::new(&budget, 100, 100));
        let fits = Owner::new(&budget, 0, 200);
        assert_eq!((large.sizes(), small.sizes(), budget.bytes()), ((400, 800), (100, 100), 1_600));
        // Frames are evicted first, from the owner with most of them.
        let other = Owner::new(&budget, 0, 50);
        assert_eq!((large.sizes(), small.sizes(), budget.bytes()), ((0, 800), (100, 100), 1_250));
        // Then all frames, before the longest ring buffer is shortened; small owners keep theirs.
        let last = Owner::new(&budget, 0, 700);
        assert_eq!((large.sizes(), small.sizes()), ((0, 400), (0, 100)));
        assert_eq!((fits.sizes(), other.sizes(), last.sizes(), budget.bytes()), ((0, 200), (0, 50), (0, 700), 1_450));
        drop((large, small, fits, other, last));
        assert_eq!(budget.bytes(), 0, "dropped reservations are released");
        assert!(budget.caches[0].lock().iter().all(|cache| cache.strong_count() == 0));
        let _one = Owner::new(&budget, 0, 0);
        assert_eq!(budget.caches[0].lock().len(), 1);
    }

    #[test]
    fn stays_within_budget_with_many_owners() {
        let budget = MemoryBudget::new(100_000);
        let mut all = Vec::new();
        for n in 1..=1_000 {
            all.push(Owner::new(&budget, n * 7 % 500, n * 13 % 1_000));
            assert!(budget.bytes() <= 100_000);
            assert_eq!(budget.bytes(), all.iter().map(|one| one.frames.bytes() + one.ring.bytes()).sum::<usize>());
        }
        assert!(budget.bytes() > 90_000, "no more is evicted than necessary");
    }
}
