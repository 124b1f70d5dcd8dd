//! Alternates between reading from and writing to a peer.
//!
//! If both are always ready, each proceeds every second time. A peer that receives a lot is still read, and one
//! that sends a lot is still answered.

use std::pin::pin;

/// The next event of a connection.
#[derive(Debug)]
pub(super) enum Event<R, P> {
    /// A message from the peer.
    Received(R),
    /// Output for the peer.
    Produced(P),
}

/// Remembers which side proceeded last.
#[derive(Debug, Default)]
pub(super) struct Alternator {
    receive_first: bool,
}

impl Alternator {
    /// Returns the first event. If both are ready, the side that proceeded last waits. The other future is
    /// dropped, so both must be cancel-safe.
    pub async fn next<R, P>(
        &mut self,
        receiving: impl Future<Output = R>,
        producing: impl Future<Output = P>,
    ) -> Event<R, P> {
        let (receiving, producing) = (pin!(receiving), pin!(producing));
        let next = if self.receive_first {
            tokio::select! {
                biased;
                received = receiving => Event::Received(received),
                produced = producing => Event::Produced(produced),
            }
        } else {
            tokio::select! {
                biased;
                produced = producing => Event::Produced(produced),
                received = receiving => Event::Received(received),
            }
        };
        self.receive_first = matches!(next, Event::Produced(_));
        next
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn alternates_when_both_are_ready() {
        let mut alternator = Alternator::default();
        let (mut received, mut produced) = (0, 0);
        for _ in 0..10 {
            match alternator.next(ready(()), ready(())).await {
                Event::Received(()) => received += 1,
                Event::Produced(()) => produced += 1,
            }
        }
        assert_eq!((received, produced), (5, 5));
        for _ in 0..10 {
            assert!(matches!(alternator.next(pending::<()>(), ready(())).await, Event::Produced(())));
            assert!(matches!(alternator.next(ready(()), pending::<()>()).await, Event::Received(())));
        }
    }
}
