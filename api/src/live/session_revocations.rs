//! Session revocations: closes the connections of revoked sessions and invalidates what is cached about them.
//!
//! Revocations arrive through the server's log. If this process can no longer follow that log it cannot know which
//! sessions are valid: it closes all open connections and rejects new ones until it is restarted.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use moka::sync::Cache;

use crate::ground::error::{Error, Result};
use crate::ground::id::SessionId;
use crate::ground::mutex::Mutex;
use crate::log::closure::Closure;

/// How long a revocation is remembered. Exceeds the lifetime of cached viewers, which is 16 minutes.
const REVOCATION_TTL: Duration = Duration::from_secs(20 * 60);
/// Number of tracked sessions at which those without open connections are removed.
const SWEEP_THRESHOLD: usize = 1024;

/// The sessions with open connections in this process, and recently revoked sessions.
#[derive(Debug)]
pub struct SessionRevocations {
    open: Mutex<Open>,
    revoked: Cache<SessionId, ()>,
    /// Why this process can no longer follow session revocations.
    failure: OnceLock<Error>,
}

#[derive(Debug)]
struct Open {
    closures: HashMap<SessionId, Closure>,
    /// The number of entries at which the next sweep runs.
    sweep_at: usize,
}

impl Default for SessionRevocations {
    fn default() -> Self {
        let open = Open { closures: HashMap::new(), sweep_at: SWEEP_THRESHOLD };
        let revoked = Cache::builder().time_to_live(REVOCATION_TTL).build();
        Self { open: Mutex::new(open), revoked, failure: OnceLock::new() }
    }
}

impl SessionRevocations {
    /// Returns the closure of a session, for a connection to watch.
    pub fn watch(&self, id: SessionId) -> Closure {
        let mut open = self.open.lock();
        if open.closures.len() >= open.sweep_at {
            open.closures.retain(|_, closure| closure.is_shared());
            open.sweep_at = SWEEP_THRESHOLD.max(open.closures.len() * 2);
        }
        let closure = open.closures.entry(id).or_default().clone();
        drop(open);
        // Checked after insertion, so that a concurrent `revoke` or `close_all` finds the entry.
        if let Some(reason) = self.failure.get() {
            closure.close(reason.clone());
        } else if self.is_revoked(id) {
            closure.close(Error::Unauthenticated);
        }
        closure
    }

    /// Whether the session was revoked recently, as far as this process knows.
    pub fn is_revoked(&self, id: SessionId) -> bool {
        self.revoked.contains_key(&id)
    }

    /// Records a revocation and closes the connections of the session.
    pub fn revoke(&self, id: SessionId) {
        self.revoked.insert(id, ());
        let closure = self.open.lock().closures.remove(&id);
        if let Some(closure) = closure {
            closure.close(Error::Unauthenticated);
        }
    }

    /// Closes all connections because this process can no longer follow revocations. Clients reconnect to another
    /// process.
    pub fn close_all(&self, reason: &Error) {
        let _ = self.failure.set(reason.clone());
        let open = std::mem::take(&mut self.open.lock().closures);
        for closure in open.into_values() {
            closure.close(reason.clone());
        }
    }

    /// Requires this process to follow session revocations.
    ///
    /// # Errors
    /// Returns the reason if it does not.
    pub fn require_current(&self) -> Result<()> {
        self.failure.get().cloned().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_sessions_without_connections() {
        let revocations = SessionRevocations::default();
        let closures: Vec<Closure> = (0..10).map(|_| revocations.watch(SessionId::mint())).collect();
        (0..SWEEP_THRESHOLD * 3).for_each(|_| drop(revocations.watch(SessionId::mint())));
        assert!(revocations.open.lock().closures.len() <= SWEEP_THRESHOLD);
        revocations.close_all(&Error::UnsupportedVersion);
        assert!(closures.iter().all(|closure| matches!(closure.reason(), Some(Error::UnsupportedVersion))));
        assert!(matches!(revocations.watch(SessionId::mint()).reason(), Some(Error::UnsupportedVersion)));
        assert!(revocations.require_current().is_err());
    }

    #[test]
    fn closes_current_and_later_connections_of_a_revoked_session() {
        let (revocations, id) = (SessionRevocations::default(), SessionId::mint());
        let (open, other) = (revocations.watch(id), revocations.watch(SessionId::mint()));
        revocations.revoke(id);
        assert!(matches!(open.reason(), Some(Error::Unauthenticated)) && !other.is_closed());
        assert!(revocations.watch(id).is_closed() && revocations.require_current().is_ok());
    }
}
