//! Answers on their way: how many bytes of them wait for their peers, by whose they are and in all.
//!
//! An answer is made in a turn that its execution had, and then stays in memory for as long as its peer takes to read
//! it. Promises: there are never more bytes of such answers than the limits say, of one account or address and in all;
//! whoever has much of it waiting is refused before anything is executed for them; an answer that is not taken within
//! its time ends with its connection, however slowly it moves. What subscriptions write to sockets is bounded by owner
//! only: one event may go to many at once. What is small is not counted: connections bound it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::connections::Place;
use crate::allowance::RESPONSE_BYTES;
use crate::budget::Owner;
use crate::error::{Error, Result};
use crate::permits::{Permit, Permits, Refused};
use crate::supervise::{Awaited, spawn_awaited};

/// Bytes of an answer that is not counted.
const SMALL: usize = 16 * 1024;
/// Bytes of all answers of one account, or address of those who have not signed in.
const MOST_OF_OWNER: usize = 4 * RESPONSE_BYTES;
/// Bytes of all answers of this process.
const MOST: usize = 64 * RESPONSE_BYTES;

/// The answers that wait for their peers.
pub(crate) struct Answers {
    permits: Permits<Owner>,
    /// What subscriptions write to sockets.
    frames: Permits<Owner>,
    /// For how long one waits.
    longest: Duration,
}

/// Room for an answer, free again when this is dropped.
pub(crate) struct Room {
    bytes: usize,
    _permit: Permit<Owner>,
}

impl Drop for Room {
    fn drop(&mut self) {
        metrics::gauge!("confab_answers_bytes").decrement(self.bytes as f64);
    }
}

impl Answers {
    /// Answers that wait for so long at most.
    pub fn new(longest: Duration) -> Self {
        let frames = Permits::new(MOST_OF_OWNER, usize::MAX);
        Self { permits: Permits::new(MOST_OF_OWNER, MOST), frames, longest }
    }

    /// Whether there is room for the largest answer, before it is made.
    ///
    /// # Errors
    /// `RATE_LIMITED`: they have to take what waits for them first.
    pub fn check(&self, owner: Owner) -> Result<()> {
        if self.permits.taken_by(owner) + RESPONSE_BYTES <= MOST_OF_OWNER {
            return Ok(());
        }
        count("own");
        Err(Error::RateLimited { retry_after: Error::pause() })
    }

    /// Room for an answer that was made.
    ///
    /// # Errors
    /// `UNAVAILABLE`: what was asked for may be done already, and the same may be sent again.
    pub fn hold(&self, owner: Owner, bytes: usize) -> Result<Option<Room>> {
        room(&self.permits, owner, bytes)
    }

    /// Room for what subscriptions write to a socket at a time. One socket alone has it always.
    ///
    /// # Errors
    /// `UNAVAILABLE`: too much is written to other sockets of theirs, which do not take it.
    pub fn hold_frames(&self, owner: Owner, bytes: usize) -> Result<Option<Room>> {
        room(&self.frames, owner, bytes.min(MOST_OF_OWNER))
    }

    /// The bytes of an answer, which have their room until the connection has written them, or for as long as one may
    /// wait: then the connection ends.
    ///
    /// # Errors
    /// Those of [`Self::hold`].
    pub fn keep(&self, owner: Owner, place: &Arc<Place>, bytes: Vec<u8>) -> Result<Bytes> {
        let Some(room) = self.hold(owner, bytes.len())? else { return Ok(bytes.into()) };
        let (longest, place) = (self.longest, place.clone());
        let cut = spawn_awaited("answer", async move {
            tokio::time::sleep(longest).await;
            count("cut");
            place.end();
        });
        Ok(Bytes::from_owner(Kept { bytes, _room: room, _cut: cut }))
    }
}

fn room(permits: &Permits<Owner>, owner: Owner, bytes: usize) -> Result<Option<Room>> {
    if bytes <= SMALL {
        return Ok(None);
    }
    match permits.take_many(owner, bytes) {
        Ok(permit) => {
            metrics::gauge!("confab_answers_bytes").increment(bytes as f64);
            Ok(Some(Room { bytes, _permit: permit }))
        }
        Err(refused) => {
            count(if matches!(refused, Refused::OfOne(_)) { "late" } else { "full" });
            Err(Error::Unavailable("Too many answers wait to be taken. Send it again.".into()))
        }
    }
}

fn count(why: &'static str) {
    metrics::counter!("confab_answers_refused_total", "why" => why).increment(1);
}

/// An answer until it has been written.
struct Kept {
    bytes: Vec<u8>,
    _room: Room,
    _cut: Awaited<()>,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Settings;
    use crate::http::connections::Connections;
    use crate::id::AccountId;

    const LONGEST: Duration = Duration::from_secs(120);

    fn somebody() -> Owner {
        Owner::Account(AccountId::mint())
    }

    fn place() -> Arc<Place> {
        Connections::new(&Settings::default()).take([10, 0, 0, 1].into(), false).unwrap()
    }

    #[test]
    fn bytes_are_bounded_by_owner_and_in_all_and_small_ones_are_free() {
        let (answers, ann) = (Answers::new(LONGEST), somebody());
        let held: Vec<_> = (0..3).map(|_| answers.hold(ann, RESPONSE_BYTES).unwrap().unwrap()).collect();
        answers.check(ann).unwrap();
        let more = answers.hold(ann, SMALL + 1).unwrap().unwrap();
        assert_eq!(answers.check(ann).unwrap_err().code(), "RATE_LIMITED");
        assert_eq!(answers.hold(ann, RESPONSE_BYTES).err().unwrap().code(), "UNAVAILABLE");
        assert!(answers.hold(ann, SMALL).unwrap().is_none());
        // Nobody else notices, until all together have too much.
        let others: Vec<_> = (0..60).map(|_| answers.hold(somebody(), RESPONSE_BYTES).unwrap()).collect();
        assert_eq!(answers.hold(somebody(), RESPONSE_BYTES).err().unwrap().code(), "UNAVAILABLE");
        drop((held, more, others));
        answers.check(ann).unwrap();
        assert!(answers.hold(ann, MOST_OF_OWNER).unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_has_its_room_until_it_is_written_or_its_time_is_over() {
        let (answers, ann, place) = (Answers::new(LONGEST), somebody(), place());
        let written = answers.keep(ann, &place, vec![7; RESPONSE_BYTES]).unwrap();
        let part = written.slice(..10);
        drop(written);
        assert_eq!(answers.permits.taken_by(ann), RESPONSE_BYTES);
        drop(part);
        assert_eq!(answers.permits.taken_by(ann), 0);
        let waiting = answers.keep(ann, &place, vec![7; RESPONSE_BYTES]).unwrap();
        assert!(!place.ended().is_cancelled(), "of the first nothing is left");
        place.ended().cancelled().await;
        drop(waiting);
        assert_eq!(answers.permits.taken_by(ann), 0);
    }
}
