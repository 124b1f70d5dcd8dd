//! Work of the processor, beside the threads that serve requests.
//!
//! Promises: so many pieces of work run at the same time and no more; whoever waits for a place gets it by turns, by
//! whose request it is ([`crate::gate`]), with a deadline; each piece counts its steps, and ends within
//! [`STEPS_PER_LOOK`] of them when nobody waits for it any longer, its time is over, or its request has used up what
//! it may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::allowance::{self, Allowance};
use crate::budget::Owner;
use crate::error::{Error, Result};
use crate::gate::{Gate, Limits};

/// How long one piece of work takes at most, and how long it is waited for a place.
const PATIENCE: Duration = Duration::from_secs(2);
/// Steps between two looks whether to go on: some hundred microseconds.
pub const STEPS_PER_LOOK: u64 = 65_536;

/// The places where work is done.
#[derive(Debug)]
pub struct Compute {
    places: Gate<Owner>,
    patience: Duration,
    done: Arc<AtomicU64>,
}

impl Default for Compute {
    /// Half of the processors, and at least one, are left to those who wait for nothing of this.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(processors.div_ceil(2), PATIENCE)
    }
}

impl Compute {
    /// So many places; how long one piece of work takes at most, and is waited for a place.
    pub fn new(places: usize, patience: Duration) -> Self {
        let limits = Limits {
            running: places,
            running_of_owner: places.div_ceil(2),
            waiting: 2_048,
            waiting_of_owner: 256,
            patience,
        };
        Self { places: Gate::new("compute", limits), patience, done: Arc::default() }
    }

    /// The gate before the places.
    pub fn places(&self) -> &Gate<Owner> {
        &self.places
    }

    /// Does a piece of work of this request, when it is its owner's turn. It must count its steps on the meter that it
    /// gets. When this is dropped it ends.
    ///
    /// # Errors
    /// Its own; `RATE_LIMITED` where too much of its owner waits, `UNAVAILABLE` when it takes too long,
    /// `PAYLOAD_TOO_LARGE` when its request has used up what it may.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Meter) -> Result<T> + Send + 'static,
    {
        let allowance = allowance::current();
        let place = self.places.enter(allowance.owner()).await?;
        let dropped = CancellationToken::new();
        let _guard = dropped.clone().drop_guard();
        let mut meter =
            Meter { steps: 0, deadline: Instant::now() + self.patience, dropped, allowance, done: self.done.clone() };
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            let done = work(&mut meter);
            // What is done is given; it counts for what the request asks for next.
            let _ = meter.look();
            done
        });
        done.await.map_err(Error::internal)?
    }

    /// All steps that were done here so far.
    pub fn steps(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

fn busy() -> Error {
    Error::Unavailable("The server has much to do. Try again.".into())
}

/// Counts the steps of a piece of work, and ends it.
#[derive(Debug)]
pub struct Meter {
    /// Since the last look.
    steps: u64,
    deadline: Instant,
    dropped: CancellationToken,
    allowance: Arc<Allowance>,
    done: Arc<AtomicU64>,
}

impl Meter {
    /// Counts steps: about one for each character that was looked at or compared.
    ///
    /// # Errors
    /// When the work is to end. It returns at once then.
    pub fn count(&mut self, steps: u64) -> Result<()> {
        self.steps += steps;
        if self.steps < STEPS_PER_LOOK { Ok(()) } else { self.look() }
    }

    fn look(&mut self) -> Result<()> {
        let steps = std::mem::take(&mut self.steps);
        self.done.fetch_add(steps, Ordering::Relaxed);
        if self.dropped.is_cancelled() || Instant::now() >= self.deadline {
            return Err(busy());
        }
        self.allowance.work(steps)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::allowance::WORK_STEPS;
    use crate::id::AccountId;

    /// Works for ever, as far as it is let.
    fn endless(meter: &mut Meter) -> Result<()> {
        loop {
            meter.count(1_000)?;
        }
    }

    #[tokio::test]
    async fn work_ends_with_its_time() {
        let compute = Compute::new(1, Duration::ZERO);
        assert!(matches!(compute.run(endless).await, Err(Error::Unavailable(_))));
        assert!(compute.steps() <= STEPS_PER_LOOK + 1_000, "{}", compute.steps());
    }

    #[tokio::test]
    async fn work_ends_with_what_its_request_may_take() {
        let compute = Compute::new(1, Duration::from_secs(3_600));
        let together = allowance::within(Owner::Server, async {
            assert!(compute.run(|meter| meter.count(WORK_STEPS)).await.is_ok());
            compute.run(endless).await
        });
        assert!(matches!(together.await, Err(Error::TooLarge(_))));
        assert!(compute.steps() <= WORK_STEPS + 2 * STEPS_PER_LOOK, "{}", compute.steps());
        assert!(compute.run(|meter| meter.count(WORK_STEPS)).await.is_ok(), "another request has its own");
    }

    #[tokio::test]
    async fn work_ends_with_the_last_who_waits_for_it() {
        let compute = Compute::new(1, Duration::from_secs(3_600));
        let (begun, has_begun) = mpsc::channel();
        let (ended, has_ended) = mpsc::channel();
        let work = compute.run(move |meter| {
            let _ = begun.send(());
            let outcome = loop {
                // It uses up nothing, so that only being dropped ends it.
                if let Err(error) = meter.count(0).and_then(|()| meter.look()) {
                    break error;
                }
            };
            let _ = ended.send(());
            Err::<(), Error>(outcome)
        });
        {
            let mut work = Box::pin(work);
            assert!(futures_util::poll!(&mut work).is_pending());
            tokio::task::spawn_blocking(move || has_begun.recv()).await.unwrap().unwrap();
        }
        tokio::task::spawn_blocking(move || has_ended.recv()).await.unwrap().unwrap();
        // Its place is free again.
        assert!(compute.run(|_| Ok(())).await.is_ok());
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told() {
        let compute = Compute::new(0, Duration::ZERO);
        assert!(matches!(compute.run(|_| Ok(())).await, Err(Error::Unavailable(_))));
    }

    #[tokio::test]
    async fn one_piece_of_another_goes_before_the_queue_of_a_crowd() {
        let compute = Compute::new(1, Duration::from_secs(3_600));
        let (ann, ben) = (Owner::Account(AccountId::mint()), Owner::Account(AccountId::mint()));
        let (done, order) = mpsc::channel();
        let piece = |owner: Owner| {
            let done = done.clone();
            let work = move |_: &mut Meter| done.send(owner).map_err(Error::internal);
            Box::pin(allowance::within(owner, compute.run(work)))
        };
        let (release, released) = mpsc::channel::<()>();
        let mut held = Box::pin(allowance::within(ann, compute.run(move |_| released.recv().map_err(Error::internal))));
        assert!(futures_util::poll!(&mut held).is_pending());
        let mut crowd: Vec<_> = (0..20).map(|_| piece(ann)).collect();
        for one in &mut crowd {
            assert!(futures_util::poll!(one).is_pending());
        }
        let mut single = piece(ben);
        assert!(futures_util::poll!(&mut single).is_pending());
        release.send(()).unwrap();
        let (first, ..) = tokio::join!(held, single, futures_util::future::join_all(crowd));
        assert!(first.is_ok());
        let order: Vec<Owner> = order.try_iter().collect();
        assert_eq!(order.len(), 21);
        // Ann waited first; then it is Ben's turn, before her second.
        assert_eq!(order[..3], [ann, ben, ann]);
    }
}
