//! Which sign-ins have ended: their connections close, and what is cached of them counts no more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio_util::sync::CancellationToken;

use crate::id::SignInId;

/// How long an ended sign-in is remembered; longer than any cache of a viewer lives, which is 16 minutes.
const MEMORY: Duration = Duration::from_secs(20 * 60);

/// The sign-ins with something open here, and those that ended of late.
#[derive(Debug)]
pub struct Ends {
    open: Mutex<HashMap<SignInId, CancellationToken>>,
    ended: Cache<SignInId, ()>,
}

impl Default for Ends {
    fn default() -> Self {
        Self { open: Mutex::default(), ended: Cache::builder().time_to_live(MEMORY).build() }
    }
}

impl Ends {
    /// A token that is cancelled the moment the sign-in ends.
    pub fn watch(&self, id: SignInId) -> CancellationToken {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() > 1024 && open.len().is_power_of_two() {
            open.retain(|_, token| !token.is_cancelled());
        }
        let token = open.entry(id).or_default().clone();
        drop(open);
        if self.has_ended(id) {
            token.cancel();
        }
        token
    }

    /// Whether it ended, as far as this process heard of late.
    pub fn has_ended(&self, id: SignInId) -> bool {
        self.ended.contains_key(&id)
    }

    /// It ended: closes everything of it at once.
    pub fn end(&self, id: SignInId) {
        self.ended.insert(id, ());
        let token = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(token) = token {
            token.cancel();
        }
    }
}
