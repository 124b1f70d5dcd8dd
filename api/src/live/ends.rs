//! Which sign-ins have ended: their connections close, and what is cached of them counts no more.
//!
//! This process hears of that by the server's own log. Once it cannot follow that log any more it does not
//! know who is signed in: then everything that is open ends, and nobody is let in until it is restarted.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use moka::sync::Cache;

use super::ending::Ending;
use crate::error::{Error, Result};
use crate::id::SignInId;

/// How long an ended sign-in is remembered; longer than any cache of a viewer lives, which is 16 minutes.
const MEMORY: Duration = Duration::from_secs(20 * 60);
/// With so many sign-ins known, those are forgotten of which nothing is open any more.
const TIDY_AT: usize = 1024;

/// The sign-ins with something open here, and those that ended of late.
#[derive(Debug)]
pub struct Ends {
    open: Mutex<Open>,
    ended: Cache<SignInId, ()>,
    /// Why this process does not know any more who is signed in.
    lost: OnceLock<Error>,
}

#[derive(Debug)]
struct Open {
    endings: HashMap<SignInId, Ending>,
    /// The number of endings at which they are tidied.
    tidy_at: usize,
}

impl Default for Ends {
    fn default() -> Self {
        let open = Open { endings: HashMap::new(), tidy_at: TIDY_AT };
        Self { open: Mutex::new(open), ended: Cache::builder().time_to_live(MEMORY).build(), lost: OnceLock::new() }
    }
}

impl Ends {
    /// The end of a sign-in, for something of it that is open.
    pub fn watch(&self, id: SignInId) -> Ending {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.endings.len() >= open.tidy_at {
            open.endings.retain(|_, ending| ending.is_held());
            open.tidy_at = TIDY_AT.max(open.endings.len() * 2);
        }
        let ending = open.endings.entry(id).or_default().clone();
        drop(open);
        // Looked at after it was put where `end` and `lose` find it.
        if let Some(why) = self.lost.get() {
            ending.end(why.clone());
        } else if self.has_ended(id) {
            ending.end(Error::Unauthenticated);
        }
        ending
    }

    /// Whether it ended, as far as this process heard of late.
    pub fn has_ended(&self, id: SignInId) -> bool {
        self.ended.contains_key(&id)
    }

    /// It ended: closes everything of it at once.
    pub fn end(&self, id: SignInId) {
        self.ended.insert(id, ());
        let ending = self.open.lock().unwrap_or_else(PoisonError::into_inner).endings.remove(&id);
        if let Some(ending) = ending {
            ending.end(Error::Unauthenticated);
        }
    }

    /// From now on this process does not hear of ends: everything ends at once, to be taken up elsewhere.
    pub fn lose(&self, why: &Error) {
        let _ = self.lost.set(why.clone());
        let open = std::mem::take(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner).endings);
        for ending in open.into_values() {
            ending.end(why.clone());
        }
    }

    /// That this process knows who is signed in.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(&self) -> Result<()> {
        self.lost.get().cloned().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_ins_with_nothing_open_are_forgotten() {
        let ends = Ends::default();
        let held: Vec<Ending> = (0..10).map(|_| ends.watch(SignInId::mint())).collect();
        (0..TIDY_AT * 3).for_each(|_| drop(ends.watch(SignInId::mint())));
        assert!(ends.open.lock().unwrap().endings.len() <= TIDY_AT);
        ends.lose(&Error::Newer);
        assert!(held.iter().all(|ending| matches!(ending.why(), Some(Error::Newer))));
        assert!(matches!(ends.watch(SignInId::mint()).why(), Some(Error::Newer)));
        assert!(ends.check().is_err());
    }

    #[test]
    fn an_end_closes_what_is_open_and_what_comes_after() {
        let (ends, id) = (Ends::default(), SignInId::mint());
        let (open, other) = (ends.watch(id), ends.watch(SignInId::mint()));
        ends.end(id);
        assert!(matches!(open.why(), Some(Error::Unauthenticated)) && !other.is_over());
        assert!(ends.watch(id).is_over() && ends.check().is_ok());
    }
}
