//! A closure: a one-time end of a resource with a reason, delivered to every waiting task.
//!
//! A session closes because it was revoked, a room because this process can no longer follow its log. The first reason
//! wins; later calls and late waiters observe the same reason.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::ground::error::Error;

/// The closed state of one resource. Cheap to clone; clones share the state.
#[derive(Debug, Clone, Default)]
pub struct Closure(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    reason: OnceLock<Error>,
    token: CancellationToken,
}

impl Closure {
    /// Closes the resource. Returns `false` if it was closed before.
    pub fn close(&self, reason: Error) -> bool {
        let first = self.0.reason.set(reason).is_ok();
        self.0.token.cancel();
        first
    }

    /// Returns the reason if the resource is closed.
    pub fn reason(&self) -> Option<Error> {
        self.0.reason.get().cloned()
    }

    /// Whether the resource is closed.
    pub fn is_closed(&self) -> bool {
        self.0.reason.get().is_some()
    }

    /// Waits until the resource is closed and returns the reason.
    pub async fn closed(&self) -> Error {
        self.0.token.cancelled().await;
        // The reason is set before the token is cancelled.
        self.reason().unwrap_or(Error::Unauthenticated)
    }

    /// Returns a child token that is cancelled on close, so that tasks waiting in loops do not contend for the lock of
    /// one token.
    pub fn child_token(&self) -> CancellationToken {
        self.0.token.child_token()
    }

    /// Whether another clone exists.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_first_reason() {
        let closure = Closure::default();
        assert!(!closure.is_closed() && closure.reason().is_none());
        let waiting = closure.clone();
        assert!(closure.close(Error::UnsupportedVersion));
        assert!(!closure.close(Error::Unauthenticated));
        assert!(matches!(waiting.closed().await, Error::UnsupportedVersion));
        assert!(matches!(closure.clone().reason(), Some(Error::UnsupportedVersion)));
    }
}
