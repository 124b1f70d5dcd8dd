//! The viewers of recently used session tokens.
//!
//! Revoked sessions are checked separately. Entries are kept for as long as messages may be queued during an outage of
//! the database.

use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::app::queue;
use crate::model::viewer::Viewer;

/// Maximum number of cached viewers.
const MAX_VIEWERS: u64 = 100_000;
/// How long a cached viewer is used without another lookup.
const CACHE_TTL: Duration = Duration::from_secs(60);

/// Cache of viewers by token hash, each with the time of the last confirmation by the database.
#[derive(Debug)]
pub struct Viewers(Cache<Vec<u8>, (Viewer, Instant)>);

impl Default for Viewers {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_VIEWERS).time_to_live(CACHE_TTL + queue::ACCEPTANCE_WINDOW).build())
    }
}

impl Viewers {
    /// Caches a viewer that the database has just confirmed.
    pub fn insert(&self, token_hash: Vec<u8>, viewer: Viewer) {
        self.0.insert(token_hash, (viewer, Instant::now()));
    }

    /// Returns the viewer of a token hash, if it needs no other lookup.
    pub fn recent(&self, token_hash: &Vec<u8>) -> Option<Viewer> {
        self.0.get(token_hash).filter(|(_, at)| at.elapsed() < CACHE_TTL).map(|(viewer, _)| viewer)
    }

    /// Returns the viewer of a token hash as last confirmed.
    pub fn remembered(&self, token_hash: &Vec<u8>) -> Option<Viewer> {
        self.0.get(token_hash).map(|(viewer, _)| viewer)
    }
}
