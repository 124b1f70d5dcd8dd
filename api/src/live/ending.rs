//! An ending: something that ends once, for a reason that everybody who waits for it is told.
//!
//! A sign-in ends because somebody revoked it, a room because this process cannot follow its log any more.
//! Promises: the first reason counts; whoever asks after the end is told as well. It knows neither sign-ins
//! nor rooms.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// The end of one thing. Cheap to clone; all clones end together.
#[derive(Debug, Clone, Default)]
pub struct Ending(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    why: OnceLock<Error>,
    token: CancellationToken,
}

impl Ending {
    /// Ends it. `false` if it had ended before.
    pub fn end(&self, why: Error) -> bool {
        let first = self.0.why.set(why).is_ok();
        self.0.token.cancel();
        first
    }

    /// Why it ended, if it has.
    pub fn why(&self) -> Option<Error> {
        self.0.why.get().cloned()
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.0.why.get().is_some()
    }

    /// Waits for the end; answers why.
    pub async fn ended(&self) -> Error {
        self.0.token.cancelled().await;
        // The reason is set before the token is cancelled.
        self.why().unwrap_or(Error::Unauthenticated)
    }

    /// A token of one's own that is cancelled by the end, so that those who wait in loops do not meet at the
    /// lock of one token.
    pub fn child_token(&self) -> CancellationToken {
        self.0.token.child_token()
    }

    /// Whether anybody else holds it.
    pub(super) fn is_held(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_reason_counts_and_is_told_also_afterwards() {
        let ending = Ending::default();
        assert!(!ending.is_over() && ending.why().is_none());
        let waiting = ending.clone();
        assert!(ending.end(Error::Newer));
        assert!(!ending.end(Error::Unauthenticated));
        assert!(matches!(waiting.ended().await, Error::Newer));
        assert!(matches!(ending.clone().why(), Some(Error::Newer)));
    }
}
