//! A circuit breaker: what stands in front of everything that may be away.
//!
//! Promises: after [`FAILURES`] failures in a row nobody waits for the dependency any more, all are refused
//! at once; after a pause a single caller tries it (half open), and with the first success it is open to
//! all again. It knows neither what the dependency is nor what a failure is: whoever uses it says so, and
//! puts a deadline on what he does. Metrics: `confab_breaker_open`, `confab_breaker_failures_total` and
//! `confab_breaker_refused_total`, each with the label `dependency`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many failures in a row, without a success in between, close the way.
pub const FAILURES: u32 = 3;
/// For how long nobody tries.
pub const PAUSE: Duration = Duration::from_millis(500);

/// The breaker of one dependency. Cheap to clone.
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
    /// Since the way was closed: when somebody may try.
    retry_at: Option<Instant>,
    /// Somebody tries now.
    probing: bool,
}

/// Leave to try. Whoever drops it without saying how it went has learned nothing.
#[derive(Debug)]
#[must_use = "say how it went"]
pub struct Pass {
    breaker: Breaker,
    is_probe: bool,
}

impl Breaker {
    /// One that lets through; `dependency` is its name in metrics and in the log.
    pub fn new(dependency: &'static str) -> Self {
        metrics::gauge!("confab_breaker_open", "dependency" => dependency).set(0.0);
        Self(Arc::new(Inner { dependency, state: Mutex::default() }))
    }

    /// Leave to try, or `None` while it is taken to be away.
    pub fn enter(&self) -> Option<Pass> {
        let mut state = self.state();
        let is_probe = match state.retry_at {
            None => false,
            Some(at) if !state.probing && Instant::now() >= at => true,
            Some(_) => {
                metrics::counter!("confab_breaker_refused_total", "dependency" => self.0.dependency).increment(1);
                return None;
            }
        };
        state.probing |= is_probe;
        drop(state);
        Some(Pass { breaker: self.clone(), is_probe })
    }

    /// Whether it is taken to be away.
    pub fn is_open(&self) -> bool {
        self.state().retry_at.is_some()
    }

    /// Something that was under way failed, as when a connection was lost in the middle.
    pub fn failed(&self) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        metrics::counter!("confab_breaker_failures_total", "dependency" => self.0.dependency).increment(1);
        if state.failures < FAILURES && state.retry_at.is_none() {
            return;
        }
        if state.retry_at.replace(Instant::now() + PAUSE).is_none() {
            metrics::gauge!("confab_breaker_open", "dependency" => self.0.dependency).set(1.0);
            tracing::warn!(dependency = self.0.dependency, "it is away; it is tried until it is back");
        }
    }

    fn succeeded(&self) {
        let mut state = self.state();
        state.failures = 0;
        if state.retry_at.take().is_some() {
            metrics::gauge!("confab_breaker_open", "dependency" => self.0.dependency).set(0.0);
            tracing::info!(dependency = self.0.dependency, "it is back");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// It answered.
    pub fn succeeded(self) {
        self.breaker.succeeded();
    }

    /// It did not.
    pub fn failed(self) {
        self.breaker.failed();
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.is_probe {
            self.breaker.state().probing = false;
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

    /// As if the pause were over.
    fn pass_the_pause(breaker: &Breaker) {
        breaker.state().retry_at = Some(Instant::now());
    }

    #[test]
    fn it_takes_several_failures_in_a_row() {
        let breaker = Breaker::new("test");
        fail(&breaker, FAILURES - 1);
        breaker.enter().unwrap().succeeded();
        fail(&breaker, FAILURES - 1);
        assert!(!breaker.is_open() && breaker.enter().is_some());
        fail(&breaker, 1);
        assert!(breaker.is_open() && breaker.enter().is_none());
    }

    #[test]
    fn after_the_pause_one_tries_and_the_others_are_refused() {
        let breaker = Breaker::new("test");
        fail(&breaker, FAILURES);
        pass_the_pause(&breaker);
        let probe = breaker.enter().unwrap();
        assert!(breaker.enter().is_none());
        probe.failed();
        assert!(breaker.enter().is_none(), "the pause begins again");
        pass_the_pause(&breaker);
        breaker.enter().unwrap().succeeded();
        assert!(!breaker.is_open() && breaker.enter().is_some() && breaker.enter().is_some());
    }

    #[test]
    fn who_goes_away_while_trying_leaves_the_place_to_the_next() {
        let breaker = Breaker::new("test");
        fail(&breaker, FAILURES);
        pass_the_pause(&breaker);
        drop(breaker.enter());
        assert!(breaker.is_open() && breaker.enter().is_some());
    }
}
