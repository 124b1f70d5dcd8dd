//! The engine: Meilisearch, or tantivy in the data directory. Closed: these two, with one contract suite.
//!
//! An engine keeps indexes, each under an id of its own, so that a new one can be built beside the one in use.
//! Promises of both: what `apply` has acknowledged is durable and found by the next search; a search has a
//! deadline; whoever is refused learns it at once, as `UNAVAILABLE`.

use std::path::Path;

use uuid::Uuid;

use super::document::{Document, Indexed};
use super::query::{Found, Query, Wanted};
use super::{embedded, meilisearch};
use crate::clock::Moment;
use crate::error::Result;
use crate::event::Seq;
use crate::id::{MessageId, WorkspaceId};

/// Where indexes are kept.
#[derive(Debug, Clone)]
pub enum Engine {
    Embedded(embedded::Engine),
    Meilisearch(meilisearch::Engine),
}

/// One index.
#[derive(Debug, Clone)]
pub enum Index {
    Embedded(embedded::Index),
    Meilisearch(meilisearch::Index),
}

/// What changes in an index, at once.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// New, or in the place of the one with the same id.
    pub documents: Vec<Document>,
    pub gone: Vec<MessageId>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.gone.is_empty()
    }
}

impl Engine {
    /// The one in a data directory.
    pub fn embedded(data: &Path) -> Self {
        Self::Embedded(embedded::Engine::new(data))
    }

    /// A Meilisearch server. Nothing is asked yet.
    ///
    /// # Errors
    /// `UNAVAILABLE` for a key that cannot be one.
    pub fn meilisearch(url: &str, key: Option<&str>) -> Result<Self> {
        meilisearch::Engine::new(url, key).map(Self::Meilisearch)
    }

    /// The name by which settings and the table of indexes know it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "tantivy",
            Self::Meilisearch(_) => "meilisearch",
        }
    }

    /// Whether it is taken to be away, so that nobody waits for it.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Embedded(_) => false,
            Self::Meilisearch(engine) => engine.is_away(),
        }
    }

    /// Whether all processes share it.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Meilisearch(_))
    }

    /// Whose its indexes are: nothing where all processes share them, else the id of the data directory.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn place(&self) -> Result<String> {
        match self {
            Self::Embedded(engine) => engine.place().await,
            Self::Meilisearch(_) => Ok(String::new()),
        }
    }

    /// The indexes that are there.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ids(&self) -> Result<Vec<Uuid>> {
        match self {
            Self::Embedded(engine) => engine.ids().await,
            Self::Meilisearch(engine) => engine.ids().await,
        }
    }

    /// Opens an index, making it if it is not there.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if what is there cannot be read.
    pub async fn open(&self, id: Uuid) -> Result<Index> {
        match self {
            Self::Embedded(engine) => engine.open(id).await.map(Index::Embedded),
            Self::Meilisearch(engine) => engine.open(id).await.map(Index::Meilisearch),
        }
    }

    /// Removes an index for ever.
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
    /// Changes it. When it answers, the changes are durable and found.
    ///
    /// # Errors
    /// `UNAVAILABLE`; then some of the changes may have been made, and all may be made again.
    pub async fn apply(&self, changes: Changes) -> Result<()> {
        match self {
            Self::Embedded(index) => index.apply(changes).await,
            Self::Meilisearch(index) => index.apply(changes).await,
        }
    }

    /// Searches.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn search(&self, query: &Query, wanted: &Wanted) -> Result<Found> {
        match self {
            Self::Embedded(index) => index.search(query.clone(), *wanted).await,
            Self::Meilisearch(index) => index.search(query, wanted).await,
        }
    }

    /// What it holds of the messages of a workspace with `after < seq <= to`, in no order.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn held(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Result<Vec<Indexed>> {
        match self {
            Self::Embedded(index) => index.held(workspace_id, after, to).await,
            Self::Meilisearch(index) => index.held(workspace_id, after, to).await,
        }
    }

    /// Tidies up what only takes room; `now` by the clock that the engine's may be compared with.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn tidy(&self, now: Moment) -> Result<()> {
        match self {
            Self::Embedded(index) => index.tidy().await,
            Self::Meilisearch(index) => index.tidy(now).await,
        }
    }

    /// Bytes on disk: of the index, or of all that the engine's server keeps.
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
