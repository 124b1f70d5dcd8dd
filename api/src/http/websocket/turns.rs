//! Turns between what a peer says and what is to be told to it.
//!
//! Promises: where both are there all the time, each has every second turn. So a peer to which much is written is heard,
//! and one that says much is answered.

use std::pin::pin;

/// What comes next on a connection.
#[derive(Debug)]
pub(super) enum Next<H, C> {
    /// The peer has said this.
    Heard(H),
    /// This is to be told to it.
    Came(C),
}

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Turns {
    hears: bool,
}

impl Turns {
    /// What comes first; of two that are there the one that had the last turn waits. What does not come first is
    /// dropped, and must have lost nothing by that.
    pub async fn next<H, C>(
        &mut self,
        hearing: impl Future<Output = H>,
        coming: impl Future<Output = C>,
    ) -> Next<H, C> {
        let (hearing, coming) = (pin!(hearing), pin!(coming));
        let next = if self.hears {
            tokio::select! { biased; heard = hearing => Next::Heard(heard), came = coming => Next::Came(came) }
        } else {
            tokio::select! { biased; came = coming => Next::Came(came), heard = hearing => Next::Heard(heard) }
        };
        self.hears = matches!(next, Next::Came(_));
        next
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn both_have_their_turns_however_much_there_is_of_the_other() {
        let mut turns = Turns::default();
        let (mut heard, mut came) = (0, 0);
        for _ in 0..10 {
            match turns.next(ready(()), ready(())).await {
                Next::Heard(()) => heard += 1,
                Next::Came(()) => came += 1,
            }
        }
        assert_eq!((heard, came), (5, 5));
        for _ in 0..10 {
            assert!(matches!(turns.next(pending::<()>(), ready(())).await, Next::Came(())));
            assert!(matches!(turns.next(ready(()), pending::<()>()).await, Next::Heard(())));
        }
    }
}
