//! The measured systems: the two engines, the raw engine beneath each, and the two databases.

use std::path::Path;
use std::time::{Duration, Instant};

use api::adapter::search::document::{Document, IndexBatch};
use api::adapter::search::engine::{Engine, Index};
use api::adapter::search::query::{Clause, Condition, Query, SearchOptions, Sort};
use uuid::Uuid;

use crate::Failure;
use crate::corpus::{BenchmarkQuery, Corpus, Kind, WORKSPACE};
use crate::meilisearch_alone::Meilisearch;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::tantivy_alone::Tantivy;
use crate::{LIMIT, Servers};

/// A store of messages.
#[expect(clippy::large_enum_variant, reason = "one instance per run")]
pub enum Store {
    Engine { engine: Engine, index: Index, id: Uuid, before: u64 },
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// A searchable system.
pub enum Searcher<'a> {
    /// With or without total and facets.
    Index(&'a Index, bool),
    Tantivy(Tantivy),
    Meilisearch(Meilisearch),
    Postgres(&'a mut Postgres),
    Sqlite(&'a mut Sqlite),
}

impl Store {
    pub async fn engine(engine: Engine, id: Uuid) -> Result<Self, Failure> {
        let index = engine.open(id).await?;
        let before = index.size().await?;
        Ok(Self::Engine { engine, index, id, before })
    }

    /// The ids of the processes that do the work.
    pub fn pids(&self, servers: &Servers) -> Vec<u32> {
        let other = match self {
            Self::Engine { index: Index::Meilisearch(_), .. } => servers.meilisearch_pid,
            Self::Postgres(postgres) => Some(postgres.pid),
            Self::Engine { .. } | Self::Sqlite(_) => None,
        };
        other.into_iter().chain([std::process::id()]).collect()
    }

    /// Indexes messages. On return they are durable and searchable.
    pub async fn apply(&mut self, documents: Vec<Document>) -> Result<(), Failure> {
        match self {
            Self::Engine { index, .. } => Ok(index.apply(IndexBatch { documents, deleted: Vec::new() }).await?),
            Self::Postgres(postgres) => postgres.apply(&documents).await,
            Self::Sqlite(sqlite) => sqlite.apply(&documents).await,
        }
    }

    /// Runs background maintenance now.
    pub async fn settle(&mut self) -> Result<(), Failure> {
        match self {
            Self::Engine { index, .. } => {
                if let Index::Embedded(index) = index {
                    index.prune().await?;
                }
                Ok(())
            }
            Self::Postgres(postgres) => postgres.settle().await,
            Self::Sqlite(sqlite) => sqlite.settle().await,
        }
    }

    /// Total size in bytes, and the size of the full-text index if known.
    pub async fn size(&mut self) -> Result<(u64, Option<u64>), Failure> {
        match self {
            Self::Engine { index, before, .. } => Ok((index.size().await?.saturating_sub(*before), None)),
            Self::Postgres(postgres) => postgres.size().await.map(|(whole, words)| (whole, Some(words))),
            Self::Sqlite(sqlite) => sqlite.size().await.map(|(whole, words)| (whole, Some(words))),
        }
    }

    /// The searchable systems on this store, by name.
    pub fn searchers(&mut self, data: &Path, servers: &Servers) -> Result<Vec<(&'static str, Searcher<'_>)>, Failure> {
        let audiences = Corpus::audiences();
        Ok(match self {
            Self::Engine { index: index @ Index::Embedded(_), id, .. } => {
                let alone = Tantivy::open(&data.join("search").join(id.to_string()), audiences)?;
                eprintln!("  {} segments", alone.segments());
                vec![
                    ("embedded", Searcher::Index(index, false)),
                    ("tantivy alone", Searcher::Tantivy(alone)),
                    ("embedded, total and facets", Searcher::Index(index, true)),
                ]
            }
            Self::Engine { index, id, .. } => {
                let (url, key) = servers.meilisearch.as_ref().ok_or("no Meilisearch")?;
                let alone = Meilisearch::open(url, key.as_deref(), *id, &audiences)?;
                vec![
                    ("meilisearch", Searcher::Index(index, false)),
                    ("meilisearch alone", Searcher::Meilisearch(alone)),
                    ("meilisearch, total and facets", Searcher::Index(index, true)),
                ]
            }
            Self::Postgres(postgres) => vec![("postgres", Searcher::Postgres(postgres))],
            Self::Sqlite(sqlite) => vec![("sqlite", Searcher::Sqlite(sqlite))],
        })
    }

    pub async fn remove(self) -> Result<(), Failure> {
        match self {
            Self::Engine { engine, index, id, .. } => {
                drop(index);
                Ok(engine.remove(id).await?)
            }
            Self::Postgres(postgres) => postgres.remove().await,
            Self::Sqlite(_) => Ok(()),
        }
    }
}

impl Searcher<'_> {
    pub fn tolerates_typos(&self) -> bool {
        !matches!(self, Self::Postgres(_) | Self::Sqlite(_))
    }

    /// Runs a query; returns its duration and number of hits.
    pub async fn run(&mut self, query: &BenchmarkQuery) -> Result<(Duration, usize), Failure> {
        let started = Instant::now();
        let hits = match self {
            Self::Index(index, counted) => index.search(&engine_query(query), &options(*counted)).await?.hits.len(),
            Self::Tantivy(tantivy) => tantivy.search(query)?,
            Self::Meilisearch(meilisearch) => meilisearch.search(query).await?,
            Self::Postgres(postgres) => postgres.search(query).await?,
            Self::Sqlite(sqlite) => sqlite.search(query).await?,
        };
        Ok((started.elapsed(), hits))
    }

    /// The kinds of queries that this system supports.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        let tolerates_typos = self.tolerates_typos();
        Kind::ALL.into_iter().filter(move |kind| tolerates_typos || *kind != Kind::Typo)
    }
}

fn engine_query(query: &BenchmarkQuery) -> Query {
    let audiences = Clause::any(Corpus::audiences().into_iter().map(Condition::Audience));
    let author = query.author.map(|author| Clause::any([Condition::Author(author)]));
    let clauses = author.into_iter().chain([audiences]).collect();
    Query { workspace_id: WORKSPACE, terms: query.terms.clone(), clauses }
}

fn options(counted: bool) -> SearchOptions {
    SearchOptions { sort: Sort::Relevance, offset: 0, after: None, limit: LIMIT, total: counted, facets: counted }
}
