//! A circuit breaker for dependencies that may be unavailable.
//!
//! Opens after [`FAILURE_THRESHOLD`] consecutive failures: callers are refused at once instead of waiting.
//! After [`RETRY_INTERVAL`] it is half-open and lets a single caller try. The first success closes it. Callers
//! define what a failure is and enforce their own timeouts.
//!
//! Metrics: `confab_breaker_open`, `confab_breaker_failures_total` and `confab_breaker_refused_total`, each
//! with the label `dependency`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ground::mutex::Mutex;

/// Consecutive failures that open the circuit.
pub const FAILURE_THRESHOLD: u32 = 3;
/// How long the circuit stays open before the next attempt.
pub const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// The breaker of a dependency. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Breaker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dependency: &'static str,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Failures since the last success.
    failures: u32,
    /// When the next attempt is allowed. `None` while the circuit is closed.
    retry_at: Option<Instant>,
    /// Half-open: an attempt is running.
    is_probing: bool,
}

/// Permission for one attempt. Dropping it without a result records nothing.
#[derive(Debug)]
#[must_use = "the outcome must be recorded"]
pub struct Attempt {
    breaker: Breaker,
    is_probe: bool,
}

impl Breaker {
    /// Creates a closed breaker. `dependency` is its name in metrics and logs.
    pub fn new(dependency: &'static str) -> Self {
        metrics::gauge!("confab_breaker_open", "dependency" => dependency).set(0.0);
        Self(Arc::new(Inner { dependency, state: Mutex::default() }))
    }

    /// Returns permission for one attempt, or `None` while the circuit is open.
    pub fn try_acquire(&self) -> Option<Attempt> {
        let mut state = self.0.state.lock();
        let is_probe = match state.retry_at {
            None => false,
            Some(at) if !state.is_probing && Instant::now() >= at => true,
            Some(_) => {
                metrics::counter!("confab_breaker_refused_total", "dependency" => self.0.dependency).increment(1);
                return None;
            }
        };
        state.is_probing |= is_probe;
        drop(state);
        Some(Attempt { breaker: self.clone(), is_probe })
    }

    /// Whether the circuit is open.
    pub fn is_open(&self) -> bool {
        self.0.state.lock().retry_at.is_some()
    }

    /// Records a failure, also of an operation that started earlier, such as a lost connection.
    pub fn failed(&self) {
        let mut state = self.0.state.lock();
        state.failures = state.failures.saturating_add(1);
        metrics::counter!("confab_breaker_failures_total", "dependency" => self.0.dependency).increment(1);
        if state.failures < FAILURE_THRESHOLD && state.retry_at.is_none() {
            return;
        }
        if state.retry_at.replace(Instant::now() + RETRY_INTERVAL).is_none() {
            metrics::gauge!("confab_breaker_open", "dependency" => self.0.dependency).set(1.0);
            tracing::warn!(dependency = self.0.dependency, "circuit opened; dependency unavailable, retrying");
        }
    }

    fn succeeded(&self) {
        let mut state = self.0.state.lock();
        state.failures = 0;
        if state.retry_at.take().is_some() {
            metrics::gauge!("confab_breaker_open", "dependency" => self.0.dependency).set(0.0);
            tracing::info!(dependency = self.0.dependency, "circuit closed; dependency available");
        }
    }
}

impl Attempt {
    /// Records a success.
    pub fn succeeded(self) {
        self.breaker.succeeded();
    }

    /// Records a failure.
    pub fn failed(self) {
        self.breaker.failed();
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.is_probe {
            self.breaker.0.state.lock().is_probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.failed();
        }
    }

    /// Lets the retry interval elapse.
    fn elapse_retry_interval(breaker: &Breaker) {
        breaker.0.state.lock().retry_at = Some(Instant::now());
    }

    #[test]
    fn opens_after_consecutive_failures() {
        let breaker = Breaker::new("test");
        fail(&breaker, FAILURE_THRESHOLD - 1);
        breaker.try_acquire().unwrap().succeeded();
        fail(&breaker, FAILURE_THRESHOLD - 1);
        assert!(!breaker.is_open() && breaker.try_acquire().is_some());
        fail(&breaker, 1);
        assert!(breaker.is_open() && breaker.try_acquire().is_none());
    }

    #[test]
    fn lets_one_attempt_through_when_half_open() {
        let breaker = Breaker::new("test");
        fail(&breaker, FAILURE_THRESHOLD);
        elapse_retry_interval(&breaker);
        let probe = breaker.try_acquire().unwrap();
        assert!(breaker.try_acquire().is_none());
        probe.failed();
        assert!(breaker.try_acquire().is_none(), "the interval starts again");
        elapse_retry_interval(&breaker);
        breaker.try_acquire().unwrap().succeeded();
        assert!(!breaker.is_open() && breaker.try_acquire().is_some() && breaker.try_acquire().is_some());
    }

    #[test]
    fn dropped_attempt_allows_the_next() {
        let breaker = Breaker::new("test");
        fail(&breaker, FAILURE_THRESHOLD);
        elapse_retry_interval(&breaker);
        drop(breaker.try_acquire());
        assert!(breaker.is_open() && breaker.try_acquire().is_some());
    }
}
