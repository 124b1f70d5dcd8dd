//! What is measured. Closed: the two engines, each beside what it stands on, and the two databases.

use std::path::Path;
use std::time::{Duration, Instant};

use api::search::document::Document;
use api::search::engine::{Changes, Engine, Index};
use api::search::query::{Clause, Condition, Query, Sort, Wanted};
use uuid::Uuid;

use crate::Failure;
use crate::corpus::{Corpus, Kind, Question, WORKSPACE};
use crate::meilisearch_alone::Meilisearch;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::tantivy_alone::Tantivy;
use crate::{LIMIT, Servers};

/// Where messages are kept.
#[expect(clippy::large_enum_variant, reason = "there is one, for a whole run")]
pub enum Store {
    Engine { engine: Engine, index: Index, id: Uuid, before: u64 },
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// Who is asked.
pub enum Asked<'a> {
    /// With the total and facets, or without.
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

    /// The processes that do the work.
    pub fn pids(&self, servers: &Servers) -> Vec<u32> {
        let other = match self {
            Self::Engine { index: Index::Meilisearch(_), .. } => servers.meilisearch_pid,
            Self::Postgres(postgres) => Some(postgres.pid),
            Self::Engine { .. } | Self::Sqlite(_) => None,
        };
        other.into_iter().chain([std::process::id()]).collect()
    }

    /// Takes these messages; when it answers, they are durable and found.
    pub async fn apply(&mut self, documents: Vec<Document>) -> Result<(), Failure> {
        match self {
            Self::Engine { index, .. } => Ok(index.apply(Changes { documents, gone: Vec::new() }).await?),
            Self::Postgres(postgres) => postgres.apply(&documents).await,
            Self::Sqlite(sqlite) => sqlite.apply(&documents).await,
        }
    }

    /// What a database does by and by.
    pub async fn settle(&mut self) -> Result<(), Failure> {
        match self {
            Self::Engine { index, .. } => {
                if let Index::Embedded(index) = index {
                    index.tidy().await?;
                }
                Ok(())
            }
            Self::Postgres(postgres) => postgres.settle().await,
            Self::Sqlite(sqlite) => sqlite.settle().await,
        }
    }

    /// Bytes of everything, and of what words take of it where that is known.
    pub async fn size(&mut self) -> Result<(u64, Option<u64>), Failure> {
        match self {
            Self::Engine { index, before, .. } => Ok((index.size().await?.saturating_sub(*before), None)),
            Self::Postgres(postgres) => postgres.size().await.map(|(whole, words)| (whole, Some(words))),
            Self::Sqlite(sqlite) => sqlite.size().await.map(|(whole, words)| (whole, Some(words))),
        }
    }

    /// All who can be asked about what is kept here, with their names.
    pub fn asked(&mut self, data: &Path, servers: &Servers) -> Result<Vec<(&'static str, Asked<'_>)>, Failure> {
        let audiences = Corpus::audiences();
        Ok(match self {
            Self::Engine { index: index @ Index::Embedded(_), id, .. } => {
                let alone = Tantivy::open(&data.join("search").join(id.to_string()), audiences)?;
                eprintln!("  {} segments", alone.segments());
                vec![
                    ("embedded", Asked::Index(index, false)),
                    ("tantivy alone", Asked::Tantivy(alone)),
                    ("embedded, total and facets", Asked::Index(index, true)),
                ]
            }
            Self::Engine { index, id, .. } => {
                let (url, key) = servers.meilisearch.as_ref().ok_or("no Meilisearch")?;
                let alone = Meilisearch::open(url, key.as_deref(), *id, &audiences)?;
                vec![
                    ("meilisearch", Asked::Index(index, false)),
                    ("meilisearch alone", Asked::Meilisearch(alone)),
                    ("meilisearch, total and facets", Asked::Index(index, true)),
                ]
            }
            Self::Postgres(postgres) => vec![("postgres", Asked::Postgres(postgres))],
            Self::Sqlite(sqlite) => vec![("sqlite", Asked::Sqlite(sqlite))],
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

impl Asked<'_> {
    pub fn forgives(&self) -> bool {
        !matches!(self, Self::Postgres(_) | Self::Sqlite(_))
    }

    /// How long it took, and how many hits there were.
    pub async fn ask(&mut self, question: &Question) -> Result<(Duration, usize), Failure> {
        let begun = Instant::now();
        let hits = match self {
            Self::Index(index, counted) => index.search(&query(question), &wanted(*counted)).await?.hits.len(),
            Self::Tantivy(tantivy) => tantivy.ask(question)?,
            Self::Meilisearch(meilisearch) => meilisearch.ask(question).await?,
            Self::Postgres(postgres) => postgres.ask(question).await?,
            Self::Sqlite(sqlite) => sqlite.ask(question).await?,
        };
        Ok((begun.elapsed(), hits))
    }

    /// The kinds of questions that can be compared.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        let forgives = self.forgives();
        Kind::ALL.into_iter().filter(move |kind| forgives || *kind != Kind::Slip)
    }
}

fn query(question: &Question) -> Query {
    let readers = Clause::any(Corpus::audiences().into_iter().map(Condition::Audience));
    let author = question.author.map(|author| Clause::any([Condition::Author(author)]));
    let clauses = author.into_iter().chain([readers]).collect();
    Query { workspace_id: WORKSPACE, terms: question.terms.clone(), clauses }
}

fn wanted(counted: bool) -> Wanted {
    Wanted { sort: Sort::Relevance, offset: 0, after: None, limit: LIMIT, total: counted, facets: counted }
}
