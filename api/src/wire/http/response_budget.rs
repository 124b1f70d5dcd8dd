//! The response buffer budget: bytes of pending responses, per owner and in total.
//!
//! A response stays in memory after its execution until the peer has read it. Limits the bytes of pending
//! responses per account or IP address and in total. An owner with too many pending bytes is rejected before
//! execution. A response that is not read within its timeout closes the connection, however slowly it
//! progresses. Bytes that subscriptions write to sockets are only limited per owner, because one event may go
//! to many sockets. Small responses are not counted: the connection limit bounds them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::connections::ConnectionSlot;
use crate::ground::allowance::RESPONSE_BYTES;
use crate::ground::budget::Owner;
use crate::ground::error::{Error, Result};
use crate::ground::permits::{LimitExceeded, Permit, Permits};
use crate::ground::supervise::{TaskHandle, spawn_abort_on_drop};

/// Maximum size of a response that is not counted.
const MAX_UNCOUNTED_BYTES: usize = 16 * 1024;
/// Maximum pending bytes of an account, or of an IP address if unauthenticated.
const MAX_OWNER_BYTES: usize = 4 * RESPONSE_BYTES;
/// Maximum pending bytes of the process.
const MAX_BYTES: usize = 64 * RESPONSE_BYTES;

/// Tracks pending responses.
pub(crate) struct ResponseBudget {
    permits: Permits<Owner>,
    /// Bytes that subscriptions write to sockets.
    frames: Permits<Owner>,
    /// Maximum time a response may be pending.
    timeout: Duration,
}

/// A reservation of bytes, released on drop.
pub(crate) struct Reservation {
    bytes: usize,
    _permit: Permit<Owner>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        metrics::gauge!("confab_responses_pending_bytes").decrement(self.bytes as f64);
    }
}

impl ResponseBudget {
    /// Creates a budget. Responses may be pending for at most `timeout`.
    pub fn new(timeout: Duration) -> Self {
        let frames = Permits::new(MAX_OWNER_BYTES, usize::MAX);
        Self { permits: Permits::new(MAX_OWNER_BYTES, MAX_BYTES), frames, timeout }
    }

    /// Checks that a response of maximum size would fit, before execution.
    ///
    /// # Errors
    /// `RATE_LIMITED` if the owner must read its pending responses first.
    pub fn require_capacity(&self, owner: Owner) -> Result<()> {
        if self.permits.taken_by(owner) + RESPONSE_BYTES <= MAX_OWNER_BYTES {
            return Ok(());
        }
        count("account_before_execution");
        Err(Error::RateLimited { retry_after: Error::retry_delay() })
    }

    /// Reserves the bytes of a response.
    ///
    /// # Errors
    /// `UNAVAILABLE`. The operation may have been executed, and can be retried.
    pub fn reserve(&self, owner: Owner, bytes: usize) -> Result<Option<Reservation>> {
        reserve(&self.permits, owner, bytes)
    }

    /// Reserves bytes that subscriptions write to a socket at once. A single socket of an owner always
    /// succeeds.
    ///
    /// # Errors
    /// `UNAVAILABLE` if other sockets of the owner have too many unread bytes.
    pub fn reserve_frames(&self, owner: Owner, bytes: usize) -> Result<Option<Reservation>> {
        reserve(&self.frames, owner, bytes.min(MAX_OWNER_BYTES))
    }

    /// Returns the bytes of a response with their reservation, which is held until the connection has written
    /// them. Closes the connection after the timeout.
    ///
    /// # Errors
    /// Those of [`Self::reserve`].
    pub fn attach(&self, owner: Owner, slot: &Arc<ConnectionSlot>, bytes: Bytes) -> Result<Bytes> {
        let Some(reservation) = self.reserve(owner, bytes.len())? else { return Ok(bytes) };
        let (timeout, slot) = (self.timeout, slot.clone());
        let abort = spawn_abort_on_drop("response_timeout", async move {
            tokio::time::sleep(timeout).await;
            count("timeout");
            slot.close();
        });
        Ok(Bytes::from_owner(ReservedBytes { bytes, _reservation: reservation, _abort: abort }))
    }
}

fn reserve(permits: &Permits<Owner>, owner: Owner, bytes: usize) -> Result<Option<Reservation>> {
    if bytes <= MAX_UNCOUNTED_BYTES {
        return Ok(None);
    }
    match permits.acquire_many(owner, bytes) {
        Ok(permit) => {
            metrics::gauge!("confab_responses_pending_bytes").increment(bytes as f64);
            Ok(Some(Reservation { bytes, _permit: permit }))
        }
        Err(refused) => {
            count(if matches!(refused, LimitExceeded::PerKey(_)) { "account" } else { "total" });
            Err(Error::Unavailable("Too many responses are pending. Read them faster and retry.".into()))
        }
    }
}

fn count(reason: &'static str) {
    metrics::counter!("confab_responses_refused_total", "reason" => reason).increment(1);
}

/// A response that is being written.
struct ReservedBytes {
    bytes: Bytes,
    _reservation: Reservation,
    _abort: TaskHandle<()>,
}

impl AsRef<[u8]> for ReservedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::id::AccountId;
    use crate::wire::http::Settings;
    use crate::wire::http::connections::Connections;

    const LONGEST: Duration = Duration::from_secs(120);

    fn account() -> Owner {
        Owner::Account(AccountId::mint())
    }

    fn slot() -> Arc<ConnectionSlot> {
        Connections::new(&Settings::default()).acquire([10, 0, 0, 1].into(), false).unwrap()
    }

    #[test]
    fn limits_bytes_per_owner_and_in_total_except_small_responses() {
        let (budget, ann) = (ResponseBudget::new(LONGEST), account());
        let reservations: Vec<_> = (0..3).map(|_| budget.reserve(ann, RESPONSE_BYTES).unwrap().unwrap()).collect();
        budget.require_capacity(ann).unwrap();
        let more = budget.reserve(ann, MAX_UNCOUNTED_BYTES + 1).unwrap().unwrap();
        assert_eq!(budget.require_capacity(ann).unwrap_err().code(), "RATE_LIMITED");
        assert_eq!(budget.reserve(ann, RESPONSE_BYTES).err().unwrap().code(), "UNAVAILABLE");
        assert!(budget.reserve(ann, MAX_UNCOUNTED_BYTES).unwrap().is_none());
        // Others are unaffected until the total limit is reached.
        let others: Vec<_> = (0..60).map(|_| budget.reserve(account(), RESPONSE_BYTES).unwrap()).collect();
        assert_eq!(budget.reserve(account(), RESPONSE_BYTES).err().unwrap().code(), "UNAVAILABLE");
        drop((reservations, more, others));
        budget.require_capacity(ann).unwrap();
        assert!(budget.reserve(ann, MAX_OWNER_BYTES).unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn holds_the_reservation_until_written_or_timed_out() {
        let (budget, ann, slot) = (ResponseBudget::new(LONGEST), account(), slot());
        let written = budget.attach(ann, &slot, vec![7; RESPONSE_BYTES].into()).unwrap();
        let part = written.slice(..10);
        drop(written);
        assert_eq!(budget.permits.taken_by(ann), RESPONSE_BYTES);
        drop(part);
        assert_eq!(budget.permits.taken_by(ann), 0);
        let waiting = budget.attach(ann, &slot, vec![7; RESPONSE_BYTES].into()).unwrap();
        assert!(!slot.closed().is_cancelled(), "the first is complete");
        slot.closed().cancelled().await;
        drop(waiting);
        assert_eq!(budget.permits.taken_by(ann), 0);
    }
}
