//! The brake: whoever goes on after having been refused hears of each refusal later.
//!
//! Promises: the first refusals come at once, and one a second always, so that a client that keeps to `retryAfter` is
//! never held; from then on each is held, longer and longer, and nothing more is read from its connection meanwhile. On
//! a WebSocket, on which others may wait, the refusal comes at once and only the reading is held. So a flood costs
//! little more than its connections, which are bounded elsewhere and count as doing nothing while they are held. What
//! is remembered is bounded. It knows who was refused, not why.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_graphql::{Response, ServerError};
use moka::sync::Cache;

use super::connections::{Doing, Place};
use super::refusal::{Refusal, code_of, retry_after_of};
use crate::budget::Owner;

/// Refusals at once that are not held: what the parallel requests of a page come to.
const FREE: f64 = 20.0;
/// From the first that is held to those that are held for longest, each for so much longer than the one before.
const STEPS: f64 = 40.0;
/// Callers that are remembered.
const CALLERS: u64 = 100_000;
/// How long one is remembered who is refused no more: by then nothing is left.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Who was refused of late.
pub(crate) struct Brake {
    /// How long a refusal is held at most.
    longest: Duration,
    callers: Cache<Owner, Arc<Mutex<Refused>>>,
}

/// Refusals of one caller, of which one is forgotten each second.
struct Refused {
    count: f64,
    at: Instant,
}

impl Brake {
    /// Holds a refusal at most for so long.
    pub fn new(longest: Duration) -> Self {
        Self { longest, callers: Cache::builder().max_capacity(CALLERS).time_to_idle(REMEMBERED).build() }
    }

    /// Counts a refusal, and answers for how long it is held. This machine itself is not: a proxy on it that names
    /// nobody would make all of them one.
    pub fn count(&self, owner: Owner) -> Duration {
        self.count_at(owner, Instant::now())
    }

    fn count_at(&self, owner: Owner, now: Instant) -> Duration {
        if self.longest.is_zero() || matches!(owner, Owner::Address(address) if address.is_loopback()) {
            return Duration::ZERO;
        }
        let refused = self.callers.get_with(owner, || Arc::new(Mutex::new(Refused { count: 0.0, at: now })));
        let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = now.saturating_duration_since(refused.at).as_secs_f64();
        refused.count = ((refused.count - forgotten).max(0.0) + 1.0).min(FREE + STEPS);
        refused.at = now;
        self.longest.mul_f64((refused.count - FREE).max(0.0) / STEPS)
    }

    /// Holds an answer that says that the caller asks too much; others go on at once.
    pub async fn hold(&self, owner: Owner, place: &Place, mut response: Response) -> Response {
        if response.errors.iter().any(is_too_much) {
            let held = self.wait(owner, place).await;
            response.errors.iter_mut().for_each(|error| lessen(error, held));
        }
        response
    }

    /// The same for a refusal of another kind of request.
    pub async fn hold_refusal(&self, owner: Owner, place: &Place, mut refusal: Refusal) -> Refusal {
        if TOO_MUCH.contains(&refusal.code) {
            let held = self.wait(owner, place).await;
            refusal.retry_after = refusal.retry_after.map(|wait| wait.saturating_sub(held));
        }
        refusal
    }

    async fn wait(&self, owner: Owner, place: &Place) -> Duration {
        let held = self.count(owner);
        if !held.is_zero() {
            metrics::counter!("confab_refusals_held_total").increment(1);
            // Whoever else needs its place gets it; then the refusal is sent at once.
            place.does(Doing::Nothing);
            let _ = tokio::time::timeout(held, place.ended().cancelled()).await;
        }
        held
    }
}

/// What says that a caller asks too much, or for too much.
const TOO_MUCH: [&str; 2] = ["RATE_LIMITED", "PAYLOAD_TOO_LARGE"];

/// Whether an error says so.
pub(crate) fn is_too_much(error: &ServerError) -> bool {
    code_of(error).is_some_and(|code| TOO_MUCH.contains(&code))
}

/// What was waited here need not be waited again.
fn lessen(error: &mut ServerError, held: Duration) {
    if let (Some(wait), Some(extensions)) = (retry_after_of(error), error.extensions.as_mut()) {
        extensions.set("retryAfter", wait.saturating_sub(held.as_secs()).max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::graphql::error::response;
    use crate::http::Settings;
    use crate::http::connections::Connections;
    use crate::id::AccountId;

    const LONGEST: Duration = Duration::from_secs(2);

    #[test]
    fn refusals_are_held_longer_and_longer_and_forgotten() {
        let (brake, now) = (Brake::new(LONGEST), Instant::now());
        let ann = Owner::Account(AccountId::mint());
        let held: Vec<Duration> = (0..100).map(|_| brake.count_at(ann, now)).collect();
        assert!(held[..20].iter().all(Duration::is_zero));
        assert_eq!(held[20], LONGEST / 40);
        assert!(held.windows(2).all(|two| two[0] <= two[1]) && held[99] == LONGEST);
        let ben = Owner::Account(AccountId::mint());
        assert!(brake.count_at(ben, now).is_zero(), "somebody else");
        assert_eq!(brake.count_at(ann, now + Duration::from_secs(11)), LONGEST * 3 / 4);
        assert!(brake.count_at(ann, now + Duration::from_secs(60)).is_zero());
        // One a second, as a client asks that keeps to what it is told, never adds up.
        assert!((60..1_000).all(|second| brake.count_at(ben, now + Duration::from_secs(second)).is_zero()));
        let here = Owner::Address([127, 0, 0, 1].into());
        assert!((0..100).all(|_| brake.count_at(here, now).is_zero()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_held_connection_makes_room_and_is_told_what_is_left_to_wait() {
        let connections = Connections::new(&Settings { connections: 1, ..Settings::default() });
        let place = connections.take([10, 0, 0, 1].into(), false).unwrap();
        place.does(Doing::Request);
        let (brake, ann) = (Brake::new(LONGEST), Owner::Account(AccountId::mint()));
        assert!((0..100).all(|_| brake.count(ann) <= LONGEST));
        let refusal = response(&Error::RateLimited { retry_after: Duration::from_secs(5) });
        let mut held = Box::pin(brake.hold(ann, &place, refusal));
        assert!(futures_util::poll!(&mut held).is_pending());
        assert_eq!(held.await.errors.first().and_then(retry_after_of), Some(3));
        let other = response(&Error::Unauthenticated);
        assert!(futures_util::poll!(Box::pin(brake.hold(ann, &place, other))).is_ready());
        let _visitor = connections.take([10, 0, 0, 2].into(), false).unwrap();
        assert!(place.ended().is_cancelled());
    }
}
