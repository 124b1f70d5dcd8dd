//! CPU-bound work, outside the threads that serve requests.
//!
//! Guarantees that at most a fixed number of tasks run at a time, and that callers wait in a fair queue
//! ([`crate::ground::fair_semaphore`]) with a timeout. Each task counts its steps and stops within [`STEPS_PER_CHECK`]
//! steps after its caller is gone, its timeout has elapsed, or its request has used up its allowance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::ground::allowance::{self, Allowance};
use crate::ground::budget::Owner;
use crate::ground::error::{Error, Result};
use crate::ground::fair_semaphore::{FairSemaphore, Limits};

/// How long a task may wait for a permit, and how long it may run.
const TASK_TIMEOUT: Duration = Duration::from_secs(2);
/// Steps between two checks whether to continue: some hundred microseconds.
pub const STEPS_PER_CHECK: u64 = 65_536;
/// Maximum steps of a task that runs on the thread of its caller: some ten microseconds.
const MAX_INLINE_STEPS: u64 = 8_192;

/// Runs CPU-bound tasks.
#[derive(Debug)]
pub struct Compute {
    permits: FairSemaphore<Owner>,
    timeout: Duration,
    done: Arc<AtomicU64>,
}

impl Default for Compute {
    /// Uses half of the processors, at least one. The rest serves other requests.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(processors.div_ceil(2), TASK_TIMEOUT)
    }
}

impl Compute {
    /// Creates a pool with `permits` concurrent tasks. `timeout` limits waiting and running separately.
    pub fn new(permits: usize, timeout: Duration) -> Self {
        let limits = Limits {
            running: permits,
            running_of_owner: permits.div_ceil(2),
            waiting: 2_048,
            waiting_of_owner: 256,
            timeout,
        };
        Self { permits: FairSemaphore::new("compute", limits), timeout, done: Arc::default() }
    }

    /// Returns the semaphore of the pool.
    pub fn semaphore(&self) -> &FairSemaphore<Owner> {
        &self.permits
    }

    /// Runs a task on behalf of the current request. The task must count its steps with the meter it receives.
    /// Dropping the future stops the task.
    ///
    /// # Errors
    /// Errors of the task; `RATE_LIMITED` if too many tasks of the owner wait, `UNAVAILABLE` on timeout,
    /// `PAYLOAD_TOO_LARGE` if the allowance of the request is exceeded.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Meter) -> Result<T> + Send + 'static,
    {
        let permit = self.permits.acquire(allowance::current().owner()).await?;
        let mut meter = self.meter();
        let _guard = meter.dropped.clone().drop_guard();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let done = work(&mut meter);
            // The result is returned even if it exceeds the allowance, which then fails the next task of the
            // request.
            let _ = meter.check();
            done
        });
        done.await.map_err(Error::internal)?
    }

    /// Runs a task of at most `max_steps` steps. A short one runs at once on the thread of the caller, which takes less
    /// time than a permit and never has to wait.
    ///
    /// # Errors
    /// Those of [`Self::run`].
    pub async fn run_bounded<T, F>(&self, max_steps: u64, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Meter) -> Result<T> + Send + 'static,
    {
        if max_steps > MAX_INLINE_STEPS {
            return self.run(work).await;
        }
        let mut meter = self.meter();
        let done = work(&mut meter);
        let _ = meter.check();
        done
    }

    fn meter(&self) -> Meter {
        let (dropped, allowance) = (CancellationToken::new(), allowance::current());
        Meter { steps: 0, deadline: Instant::now() + self.timeout, dropped, allowance, done: self.done.clone() }
    }

    /// Returns the total number of steps counted so far.
    pub fn steps(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

fn timed_out() -> Error {
    Error::Unavailable("The server is overloaded. Retry later.".into())
}

/// Counts the steps of a task and tells it when to stop.
#[derive(Debug)]
pub struct Meter {
    /// Steps since the last check.
    steps: u64,
    deadline: Instant,
    dropped: CancellationToken,
    allowance: Arc<Allowance>,
    done: Arc<AtomicU64>,
}

impl Meter {
    /// Counts steps: about one per character that is read or compared.
    ///
    /// # Errors
    /// Fails if the task must stop. The task then returns at once.
    pub fn count(&mut self, steps: u64) -> Result<()> {
        self.steps += steps;
        if self.steps < STEPS_PER_CHECK { Ok(()) } else { self.check() }
    }

    fn check(&mut self) -> Result<()> {
        let steps = std::mem::take(&mut self.steps);
        self.done.fetch_add(steps, Ordering::Relaxed);
        if self.dropped.is_cancelled() || Instant::now() >= self.deadline {
            return Err(timed_out());
        }
        self.allowance.record_work(steps)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::ground::allowance::MAX_WORK_STEPS;
    use crate::ground::id::AccountId;

    /// Runs until the meter stops it.
    fn endless(meter: &mut Meter) -> Result<()> {
        loop {
            meter.count(1_000)?;
        }
    }

    #[tokio::test]
    async fn work_stops_at_its_timeout() {
        let compute = Compute::new(1, Duration::ZERO);
        assert!(matches!(compute.run(endless).await, Err(Error::Unavailable(_))));
        assert!(compute.steps() <= STEPS_PER_CHECK + 1_000, "{}", compute.steps());
    }

    #[tokio::test]
    async fn work_stops_when_the_allowance_is_used_up() {
        let compute = Compute::new(1, Duration::from_secs(3_600));
        let together = allowance::scope(Owner::Server, async {
            assert!(compute.run(|meter| meter.count(MAX_WORK_STEPS)).await.is_ok());
            compute.run(endless).await
        });
        assert!(matches!(together.await, Err(Error::TooLarge(_))));
        assert!(compute.steps() <= MAX_WORK_STEPS + 2 * STEPS_PER_CHECK, "{}", compute.steps());
        assert!(compute.run(|meter| meter.count(MAX_WORK_STEPS)).await.is_ok(), "each request has its own allowance");
    }

    #[tokio::test]
    async fn work_stops_when_its_caller_is_gone() {
        let compute = Compute::new(1, Duration::from_secs(3_600));
        let (start_sender, start_receiver) = mpsc::channel();
        let (end_sender, end_receiver) = mpsc::channel();
        let work = compute.run(move |meter| {
            let _ = start_sender.send(());
            let outcome = loop {
                // Counts no steps, so that only dropping stops it.
                if let Err(error) = meter.count(0).and_then(|()| meter.check()) {
                    break error;
                }
            };
            let _ = end_sender.send(());
            Err::<(), Error>(outcome)
        });
        {
            let mut work = Box::pin(work);
            assert!(futures_util::poll!(&mut work).is_pending());
            tokio::task::spawn_blocking(move || start_receiver.recv()).await.unwrap().unwrap();
        }
        tokio::task::spawn_blocking(move || end_receiver.recv()).await.unwrap().unwrap();
        // Its permit is released.
        assert!(compute.run(|_| Ok(())).await.is_ok());
    }

    #[tokio::test]
    async fn rejects_work_when_no_permit_is_available() {
        let compute = Compute::new(0, Duration::ZERO);
        assert!(matches!(compute.run(|_| Ok(())).await, Err(Error::Unavailable(_))));
        assert!(matches!(compute.run_bounded(MAX_INLINE_STEPS + 1, |_| Ok(())).await, Err(Error::Unavailable(_))));
        assert!(compute.run_bounded(MAX_INLINE_STEPS, |meter| meter.count(MAX_INLINE_STEPS)).await.is_ok());
        assert_eq!(compute.steps(), MAX_INLINE_STEPS);
    }

    #[tokio::test]
    async fn owners_take_turns() {
        let compute = Compute::new(1, Duration::from_secs(3_600));
        let (ann, ben) = (Owner::Account(AccountId::mint()), Owner::Account(AccountId::mint()));
        let (done, order) = mpsc::channel();
        let piece = |owner: Owner| {
            let done = done.clone();
            let work = move |_: &mut Meter| done.send(owner).map_err(Error::internal);
            Box::pin(allowance::scope(owner, compute.run(work)))
        };
        let (release, released) = mpsc::channel::<()>();
        let mut blocking =
            Box::pin(allowance::scope(ann, compute.run(move |_| released.recv().map_err(Error::internal))));
        assert!(futures_util::poll!(&mut blocking).is_pending());
        let mut crowd: Vec<_> = (0..20).map(|_| piece(ann)).collect();
        for one in &mut crowd {
            assert!(futures_util::poll!(one).is_pending());
        }
        let mut single = piece(ben);
        assert!(futures_util::poll!(&mut single).is_pending());
        release.send(()).unwrap();
        let (first, ..) = tokio::join!(blocking, single, futures_util::future::join_all(crowd));
        assert!(first.is_ok());
        let order: Vec<Owner> = order.try_iter().collect();
        assert_eq!(order.len(), 21);
        // Ann waited first. Ben is next, before her second task.
        assert_eq!(order[..3], [ann, ben, ann]);
    }
}
