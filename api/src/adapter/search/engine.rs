//! The search engine: tantivy in the data directory, or a Meilisearch server. One contract test suite covers both.
//!
//! An engine keeps several indexes, each under its own id, so that a new one can be built beside the live one. Both
//! engines guarantee that changes are durable and visible to the next search once `apply` returns, that every search
//! has a timeout, and that failures are reported at once as `UNAVAILABLE`.

use std::path::Path;

use uuid::Uuid;

use super::document::{IndexBatch, IndexedVersion};
use super::query::{Query, SearchHits, SearchOptions};
use super::{embedded, meilisearch};
use crate::ground::clock::Timestamp;
use crate::ground::config::Config;
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::model::event::Seq;

/// A search engine.
#[derive(Debug, Clone)]
pub enum Engine {
    Embedded(embedded::Engine),
    Meilisearch(meilisearch::Engine),
}

/// An open index.
#[derive(Debug, Clone)]
pub enum Index {
    Embedded(embedded::Index),
    Meilisearch(meilisearch::Index),
}

impl Engine {
    /// The embedded engine in a data directory.
    pub fn embedded(data: &Path) -> Self {
        Self::Embedded(embedded::Engine::new(data))
    }

    /// A Meilisearch server. Does not connect yet.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the key is not a valid header value.
    pub fn meilisearch(url: &str, key: Option<&str>) -> Result<Self> {
        meilisearch::Engine::new(url, key).map(Self::Meilisearch)
    }

    /// The configured engine. Does not connect yet.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the API key file cannot be read.
    pub fn configured(config: &Config) -> Result<Self> {
        let Some(url) = &config.search.url else { return Ok(Self::embedded(&config.store.data)) };
        let unreadable = |error| Error::Unavailable(format!("Cannot read CONFAB_MEILISEARCH_KEY_FILE: {error}."));
        Self::meilisearch(url, config.search.key().map_err(unreadable)?.as_deref())
    }

    /// The name used in settings and in the `search_index` table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "tantivy",
            Self::Meilisearch(_) => "meilisearch",
        }
    }

    /// Whether the circuit breaker is open, so that callers fail fast.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Embedded(_) => false,
            Self::Meilisearch(engine) => engine.is_unavailable(),
        }
    }

    /// Whether all processes share the engine's indexes.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Meilisearch(_))
    }

    /// Where the engine keeps its indexes: the id of the data directory, or empty if all processes share them.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn location(&self) -> Result<String> {
        match self {
            Self::Embedded(engine) => engine.location().await,
            Self::Meilisearch(_) => Ok(String::new()),
        }
    }

    /// The ids of the existing indexes.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ids(&self) -> Result<Vec<Uuid>> {
        match self {
            Self::Embedded(engine) => engine.ids().await,
            Self::Meilisearch(engine) => engine.ids().await,
        }
    }

    /// Opens an index, creating it if it does not exist.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if the index is damaged.
    pub async fn open(&self, id: Uuid) -> Result<Index> {
        match self {
            Self::Embedded(engine) => engine.open(id).await.map(Index::Embedded),
            Self::Meilisearch(engine) => engine.open(id).await.map(Index::Meilisearch),
        }
    }

    /// Deletes an index permanently.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn remove(&self, id: Uuid) -> Result<()> {
        match self {
            Self::Embedded(engine) => engine.remove(id).await,
            Self::Meilisearch(engine) => engine.remove(id).await,
        }
    }
}

impl Index {
    /// The id of the index.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Embedded(index) => index.id(),
            Self::Meilisearch(index) => index.id(),
        }
    }

    /// Applies a batch. On success the changes are durable and visible to searches.
    ///
    /// # Errors
    /// `UNAVAILABLE`. The batch may have been applied in part; applying it again is safe.
    pub async fn apply(&self, changes: IndexBatch) -> Result<()> {
        match self {
            Self::Embedded(index) => index.apply(changes).await,
            Self::Meilisearch(index) => index.apply(changes).await,
        }
    }

    /// Runs a search.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn search(&self, query: &Query, options: &SearchOptions) -> Result<SearchHits> {
        match self {
            Self::Embedded(index) => index.search(query.clone(), *options).await,
            Self::Meilisearch(index) => index.search(query, options).await,
        }
    }

    /// The indexed versions of a workspace's messages with `after < seq <= to`, in no particular order.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn versions(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Result<Vec<IndexedVersion>> {
        match self {
            Self::Embedded(index) => index.versions(workspace_id, after, to).await,
            Self::Meilisearch(index) => index.versions(workspace_id, after, to).await,
        }
    }

    /// Reclaims storage that is no longer used. `now` is the server's time.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn prune(&self, now: Timestamp) -> Result<()> {
        match self {
            Self::Embedded(index) => index.prune().await,
            Self::Meilisearch(index) => index.prune(now).await,
        }
    }

    /// Size on disk in bytes: of this index, or of the entire Meilisearch database.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn size(&self) -> Result<u64> {
        match self {
            Self::Embedded(index) => index.size().await,
            Self::Meilisearch(index) => index.size().await,
        }
    }
}
