//! Refusal delay: responds with growing delay to callers that continue after refusals.
//!
//! The first refusals are immediate, and so is always one per second, so clients that respect `retryAfter` are
//! never delayed. Further refusals are delayed by growing times, during which nothing more is read from the
//! connection. On a WebSocket, which may carry other operations, the refusal is immediate and only reading is
//! delayed. A flood thus costs little more than its connections, which are limited elsewhere and count as idle
//! while delayed. Memory is bounded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{Response, ServerError};
use moka::sync::Cache;

use super::connections::{Activity, ConnectionSlot};
use super::refusal::{Refusal, code_of, retry_after_of};
use crate::ground::budget::Owner;
use crate::ground::mutex::Mutex;

/// Refusals without delay: what parallel requests of a page may cause.
const FREE_REFUSALS: f64 = 20.0;
/// Refusals over which the delay grows linearly to its maximum.
const DELAY_STEPS: f64 = 40.0;
/// Maximum tracked callers.
const MAX_CALLERS: u64 = 100_000;
/// Time after which a caller without refusals is evicted. By then its count is zero.
const EVICTION_TIME: Duration = Duration::from_secs(60);

/// Tracks recent refusals.
pub(crate) struct RefusalDelay {
    /// Maximum delay.
    max_delay: Duration,
    callers: Cache<Owner, Arc<Mutex<Refusals>>>,
}

/// Recent refusals of a caller. Decreases by one per second.
struct Refusals {
    count: f64,
    at: Instant,
}

impl RefusalDelay {
    /// Creates a tracker with a maximum delay.
    pub fn new(max_delay: Duration) -> Self {
        Self { max_delay, callers: Cache::builder().max_capacity(MAX_CALLERS).time_to_idle(EVICTION_TIME).build() }
    }

    /// Counts a refusal and returns its delay. Loopback is never delayed, so that clients behind a local proxy
    /// without `X-Forwarded-For` do not share a count.
    pub fn count(&self, owner: Owner) -> Duration {
        self.count_at(owner, Instant::now())
    }

    fn count_at(&self, owner: Owner, now: Instant) -> Duration {
        if self.max_delay.is_zero() || matches!(owner, Owner::Address(address) if address.is_loopback()) {
            return Duration::ZERO;
        }
        let refusals = self.callers.get_with(owner, || Arc::new(Mutex::new(Refusals { count: 0.0, at: now })));
        let mut refusals = refusals.lock();
        let decayed = now.saturating_duration_since(refusals.at).as_secs_f64();
        refusals.count = ((refusals.count - decayed).max(0.0) + 1.0).min(FREE_REFUSALS + DELAY_STEPS);
        refusals.at = now;
        self.max_delay.mul_f64((refusals.count - FREE_REFUSALS).max(0.0) / DELAY_STEPS)
    }

    /// Delays a response with a rate limit error. Other responses are not delayed.
    pub async fn delay_response(&self, owner: Owner, slot: &ConnectionSlot, mut response: Response) -> Response {
        if response.errors.iter().any(is_rate_limit_error) {
            let delay = self.wait(owner, slot).await;
            response.errors.iter_mut().for_each(|error| reduce_retry_after(error, delay));
        }
        response
    }

    /// Delays a refusal with a rate limit error.
    pub async fn delay_refusal(&self, owner: Owner, slot: &ConnectionSlot, mut refusal: Refusal) -> Refusal {
        if RATE_LIMIT_CODES.contains(&refusal.code) {
            let delay = self.wait(owner, slot).await;
            refusal.retry_after = refusal.retry_after.map(|wait| wait.saturating_sub(delay));
        }
        refusal
    }

    async fn wait(&self, owner: Owner, slot: &ConnectionSlot) -> Duration {
        let delay = self.count(owner);
        if !delay.is_zero() {
            metrics::counter!("confab_refusals_delayed_total").increment(1);
            // Another connection may take the slot, which ends the delay.
            slot.set_activity(Activity::Idle);
            let _ = tokio::time::timeout(delay, slot.closed().cancelled()).await;
        }
        delay
    }
}

/// Codes of errors that cause a delay.
const RATE_LIMIT_CODES: [&str; 2] = ["RATE_LIMITED", "PAYLOAD_TOO_LARGE"];

/// Whether an error causes a delay.
pub(crate) fn is_rate_limit_error(error: &ServerError) -> bool {
    code_of(error).is_some_and(|code| RATE_LIMIT_CODES.contains(&code))
}

/// Subtracts the delay from `retryAfter`.
fn reduce_retry_after(error: &mut ServerError, delay: Duration) {
    if let (Some(wait), Some(extensions)) = (retry_after_of(error), error.extensions.as_mut()) {
        extensions.set("retryAfter", wait.saturating_sub(delay.as_secs()).max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::error::Error;
    use crate::ground::id::AccountId;
    use crate::wire::graphql::error::response;
    use crate::wire::http::Settings;
    use crate::wire::http::connections::Connections;

    const MAX_DELAY: Duration = Duration::from_secs(2);

    #[test]
    fn delay_grows_and_decays() {
        let (refusal_delay, now) = (RefusalDelay::new(MAX_DELAY), Instant::now());
        let ann = Owner::Account(AccountId::mint());
        let delay: Vec<Duration> = (0..100).map(|_| refusal_delay.count_at(ann, now)).collect();
        assert!(delay[..20].iter().all(Duration::is_zero));
        assert_eq!(delay[20], MAX_DELAY / 40);
        assert!(delay.windows(2).all(|two| two[0] <= two[1]) && delay[99] == MAX_DELAY);
        let ben = Owner::Account(AccountId::mint());
        assert!(refusal_delay.count_at(ben, now).is_zero(), "another caller");
        assert_eq!(refusal_delay.count_at(ann, now + Duration::from_secs(11)), MAX_DELAY * 3 / 4);
        assert!(refusal_delay.count_at(ann, now + Duration::from_secs(60)).is_zero());
        // One per second, as from a client that respects `retryAfter`, never accumulates.
        assert!((60..1_000).all(|second| refusal_delay.count_at(ben, now + Duration::from_secs(second)).is_zero()));
        let here = Owner::Address([127, 0, 0, 1].into());
        assert!((0..100).all(|_| refusal_delay.count_at(here, now).is_zero()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_delayed_connection_is_idle_and_gets_the_remaining_wait() {
        let connections = Connections::new(&Settings { connections: 1, ..Settings::default() });
        let slot = connections.acquire([10, 0, 0, 1].into(), false).unwrap();
        slot.set_activity(Activity::Request);
        let (refusal_delay, ann) = (RefusalDelay::new(MAX_DELAY), Owner::Account(AccountId::mint()));
        assert!((0..100).all(|_| refusal_delay.count(ann) <= MAX_DELAY));
        let refusal = response(&Error::RateLimited { retry_after: Duration::from_secs(5) });
        let mut delay = Box::pin(refusal_delay.delay_response(ann, &slot, refusal));
        assert!(futures_util::poll!(&mut delay).is_pending());
        assert_eq!(delay.await.errors.first().and_then(retry_after_of), Some(3));
        let other = response(&Error::Unauthenticated);
        assert!(futures_util::poll!(Box::pin(refusal_delay.delay_response(ann, &slot, other))).is_ready());
        let _visitor = connections.acquire([10, 0, 0, 2].into(), false).unwrap();
        assert!(slot.closed().is_cancelled());
    }
}
