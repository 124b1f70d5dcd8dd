//! What rooms keep so that it need not be read or executed again, and the bound of it over all rooms of a process.
//!
//! A ring spares the database, frames spare executions, and nobody depends on either: what is gone is read again. Rings
//! and frames have bounds of their own in each room, but an account can have many rooms. Promises: when whoever added
//! something has [settled](Keep::settle), all rooms together keep no more than the bound; nobody lets go of anything
//! before it is reached; then frames go before any ring is shortened, and of both those of the room that keeps most go
//! first, so that whoever keeps little loses nothing to those who keep much. It does not know what is kept.

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The part of the bound that is freed when it is reached, so that this is done seldom.
const FREED: usize = 16;

/// A room, as one that keeps something.
pub trait Keeper: Send + Sync {
    /// Bytes of its frames.
    fn frames(&self) -> usize;
    /// Bytes of its ring.
    fn ring(&self) -> usize;
    /// Lets all of its frames go.
    fn let_frames_go(&self);
    /// Lets the oldest of its ring go, until no more than these bytes are left.
    fn shorten_ring(&self, bytes: usize);
}

/// What all rooms keep together.
pub struct Keep {
    limit: usize,
    bytes: AtomicUsize,
    keepers: Mutex<Vec<Weak<dyn Keeper>>>,
    /// One at a time makes room.
    turn: Mutex<()>,
}

impl std::fmt::Debug for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keep").field("limit", &self.limit).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Keep {
    /// Nothing yet, and at most so many bytes.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, bytes: AtomicUsize::new(0), keepers: Mutex::default(), turn: Mutex::default() })
    }

    /// One more that keeps something, for as long as it is there.
    pub fn add(&self, keeper: Weak<dyn Keeper>) {
        let mut keepers = lock(&self.keepers);
        keepers.retain(|keeper| keeper.strong_count() > 0);
        keepers.push(keeper);
    }

    /// A part of it, with nothing in it yet.
    pub fn part(self: &Arc<Self>) -> Part {
        Part { keep: self.clone(), bytes: AtomicUsize::new(0) }
    }

    /// Bytes that all keep together.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Makes room if there is too much. Whoever has added something calls it when they hold no lock.
    pub fn settle(&self) {
        if self.bytes() > self.limit {
            let _turn = lock(&self.turn);
            if self.bytes() > self.limit {
                self.make_room();
            }
        }
        metrics::gauge!("confab_rooms_kept_bytes").set(self.bytes() as f64);
    }

    fn make_room(&self) {
        let keepers: Vec<Arc<dyn Keeper>> = lock(&self.keepers).iter().filter_map(Weak::upgrade).collect();
        let to = self.limit - self.limit / FREED;
        self.lessen(to, &keepers, |keeper| keeper.frames(), |keeper, _| keeper.let_frames_go());
        self.lessen(to, &keepers, |keeper| keeper.ring(), |keeper, bytes| keeper.shorten_ring(bytes / 2));
    }

    /// Until all keep no more than `to`: whoever keeps most of something keeps less of it.
    fn lessen(
        &self,
        to: usize,
        keepers: &[Arc<dyn Keeper>],
        kept: impl Fn(&dyn Keeper) -> usize,
        less: impl Fn(&dyn Keeper, usize),
    ) {
        let all = keepers.iter().enumerate();
        let mut most: BinaryHeap<(usize, usize)> = all.map(|(at, keeper)| (kept(keeper.as_ref()), at)).collect();
        while self.bytes() > to
            && let Some((bytes, at)) = most.pop()
        {
            let keeper = keepers[at].as_ref();
            less(keeper, bytes);
            metrics::counter!("confab_rooms_let_go_total").increment(1);
            let left = kept(keeper);
            if left > 0 && left < bytes {
                most.push((left, at));
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one ring, or the frames of one, take of it. Given back when it is dropped.
#[derive(Debug)]
pub struct Part {
    keep: Arc<Keep>,
    bytes: AtomicUsize,
}

impl Part {
    /// How much it is from now on. Said under the lock of what is counted, so that it is never out of date.
    pub fn set(&self, bytes: usize) {
        let before = self.bytes.swap(bytes, Ordering::SeqCst);
        if bytes > before {
            self.keep.bytes.fetch_add(bytes - before, Ordering::SeqCst);
        } else {
            self.keep.bytes.fetch_sub(before - bytes, Ordering::SeqCst);
        }
    }

    /// How much it is.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Makes room if all rooms together keep too much.
    pub fn settle(&self) {
        self.keep.settle();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What keeps as many bytes as it is told.
    struct Holder {
        frames: Part,
        ring: Part,
    }

    impl Holder {
        fn of(keep: &Arc<Keep>, frames: usize, ring: usize) -> Arc<Self> {
            let holder = Arc::new(Self { frames: keep.part(), ring: keep.part() });
            keep.add(Arc::<Self>::downgrade(&holder));
            holder.frames.set(frames);
            holder.ring.set(ring);
            keep.settle();
            holder
        }

        fn keeps(&self) -> (usize, usize) {
            (self.frames.bytes(), self.ring.bytes())
        }
    }

    impl Keeper for Holder {
        fn frames(&self) -> usize {
            self.frames.bytes()
        }

        fn ring(&self) -> usize {
            self.ring.bytes()
        }

        fn let_frames_go(&self) {
            self.frames.set(0);
        }

        fn shorten_ring(&self, bytes: usize) {
            self.ring.set(self.ring.bytes().min(bytes));
        }
    }

    #[test]
    fn nobody_lets_go_before_the_bound_and_then_who_keeps_most_does() {
        let keep = Keep::new(1_600);
        let (large, small) = (Holder::of(&keep, 400, 800), Holder::of(&keep, 100, 100));
        let fits = Holder::of(&keep, 0, 200);
        assert_eq!((large.keeps(), small.keeps(), keep.bytes()), ((400, 800), (100, 100), 1_600));
        // Frames first, of the one who keeps most of them.
        let other = Holder::of(&keep, 0, 50);
        assert_eq!((large.keeps(), small.keeps(), keep.bytes()), ((0, 800), (100, 100), 1_250));
        // Then all frames, before the longest ring is shortened; those who keep little keep it.
        let last = Holder::of(&keep, 0, 700);
        assert_eq!((large.keeps(), small.keeps()), ((0, 400), (0, 100)));
        assert_eq!((fits.keeps(), other.keeps(), last.keeps(), keep.bytes()), ((0, 200), (0, 50), (0, 700), 1_450));
        drop((large, small, fits, other, last));
        assert_eq!(keep.bytes(), 0, "what is gone is given back");
        assert!(lock(&keep.keepers).iter().all(|keeper| keeper.strong_count() == 0));
        let _one = Holder::of(&keep, 0, 0);
        assert_eq!(lock(&keep.keepers).len(), 1);
    }

    #[test]
    fn the_bound_holds_however_many_keep_something() {
        let keep = Keep::new(100_000);
        let mut all = Vec::new();
        for n in 1..=1_000 {
            all.push(Holder::of(&keep, n * 7 % 500, n * 13 % 1_000));
            assert!(keep.bytes() <= 100_000);
            assert_eq!(keep.bytes(), all.iter().map(|one| one.frames.bytes() + one.ring.bytes()).sum::<usize>());
        }
        assert!(keep.bytes() > 90_000, "no more is let go of than has to be");
    }
}
