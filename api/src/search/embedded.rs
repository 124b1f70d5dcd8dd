//! The embedded engine: tantivy in the data directory, one folder an index.
//!
//! Everything that touches files runs beside the requests, in the pool for what blocks. Writing to an index is
//! one at a time; searches are as many at a time as there are cores, and who waits too long is refused.

mod allowed;
mod facets;
mod lookup;
mod schema;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tantivy::collector::sort_key::{SortBySimilarityScore, SortByStaticFastValue};
use tantivy::collector::{Count, TopDocs};
use tantivy::indexer::LogMergePolicy;
use tantivy::{DocAddress, IndexReader, IndexWriter, Order, ReloadPolicy, Searcher, TantivyError};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::document::{Audience, Indexed};
use super::engine::Changes;
use super::query::{Found, Hit, Query, Sort, Wanted};
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::{MessageId, WorkspaceId};
use allowed::Allowed;
use schema::Fields;

/// How long a search may take, with the wait for its turn.
const DEADLINE: Duration = Duration::from_secs(2);
/// Bytes of changes that an index gathers in memory before it writes them.
const GATHERED: usize = 32 * 1024 * 1024;
/// People of whom it is kept what they may read, and for how long.
const READABLE: u64 = 64;
const KEPT: Duration = Duration::from_secs(60);
/// Segments smaller than this are merged as if they were of one size, in messages.
const SMALL: u32 = 2_000;

/// The folder of the indexes.
#[derive(Debug, Clone)]
pub struct Engine {
    folder: PathBuf,
    turns: Arc<Semaphore>,
}

/// An open index.
#[derive(Clone)]
pub struct Index {
    id: Uuid,
    opened: Arc<Opened>,
    turns: Arc<Semaphore>,
}

struct Opened {
    folder: PathBuf,
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    /// Who may read what, by the state of the index.
    readable: moka::sync::Cache<(u64, WorkspaceId, Option<Vec<Audience>>), Allowed>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Index").field(&self.id).finish()
    }
}

impl Engine {
    pub fn new(data: &Path) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { folder: data.join("search"), turns: Arc::new(Semaphore::new(cores)) }
    }

    /// The id of the data directory, which is made with the first question.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn place(&self) -> Result<String> {
        let folder = self.folder.clone();
        aside(move || {
            let file = folder.join("place");
            match std::fs::read_to_string(&file) {
                Ok(place) if !place.is_empty() => return Ok(place),
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unavailable(&error)),
                _ => {}
            }
            let place = MessageId::mint().0.to_string();
            let write = || {
                std::fs::create_dir_all(&folder)?;
                std::fs::write(&file, &place)
            };
            write().map_err(|error| unavailable(&error))?;
            Ok(place)
        })
        .await
    }

    /// The indexes that are there.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ids(&self) -> Result<Vec<Uuid>> {
        let folder = self.folder.clone();
        aside(move || {
            let entries = match std::fs::read_dir(&folder) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
                entries => entries.map_err(|error| unavailable(&error))?,
            };
            Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
        })
        .await
    }

    /// Opens an index, making it if it is not there.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if what is there cannot be read.
    pub async fn open(&self, id: Uuid) -> Result<Index> {
        let (folder, turns) = (self.folder.join(id.to_string()), self.turns.clone());
        aside(move || {
            std::fs::create_dir_all(&folder).map_err(|error| unavailable(&error))?;
            let opened = Arc::new(Opened::open(folder).map_err(refused)?);
            Ok(Index { id, opened, turns })
        })
        .await
    }

    /// Removes an index for ever.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn remove(&self, id: Uuid) -> Result<()> {
        let folder = self.folder.join(id.to_string());
        aside(move || match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unavailable(&error)),
            _ => Ok(()),
        })
        .await
    }
}

impl Index {
    /// Its id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Changes it; durable and found when it answers.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if the index is damaged.
    pub async fn apply(&self, changes: Changes) -> Result<()> {
        let opened = self.opened.clone();
        aside(move || opened.apply(&changes).map_err(refused)).await
    }

    /// Searches.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn search(&self, query: Query, wanted: Wanted) -> Result<Found> {
        let opened = self.opened.clone();
        self.in_turn(move || opened.search(&query, &wanted)).await
    }

    /// What it holds of the messages of a workspace with `after < seq <= to`.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn held(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Result<Vec<Indexed>> {
        let opened = self.opened.clone();
        self.in_turn(move || opened.held(workspace_id, after, to)).await
    }

    /// Removes files that nothing uses.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn tidy(&self) -> Result<()> {
        let opened = self.opened.clone();
        aside(move || {
            let collected = opened.writer().garbage_collect_files();
            collected.wait().map(drop).map_err(refused)
        })
        .await
    }

    /// Bytes on disk.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn size(&self) -> Result<u64> {
        let folder = self.opened.folder.clone();
        aside(move || {
            let entries = std::fs::read_dir(folder).map_err(|error| unavailable(&error))?;
            Ok(entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len())).sum())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = async {
            let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
            aside(move || {
                let done = work().map_err(refused);
                drop(turn);
                done
            })
            .await
        };
        tokio::time::timeout(DEADLINE, turn).await.unwrap_or(Err(Error::Away("search")))
    }
}

impl Opened {
    fn open(folder: PathBuf) -> tantivy::Result<Self> {
        let (schema, fields) = schema::build();
        let directory = tantivy::directory::MmapDirectory::open(&folder)?;
        let index = tantivy::Index::open_or_create(directory, schema)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = index.writer_with_num_threads(1, GATHERED)?;
        let mut merging = LogMergePolicy::default();
        merging.set_min_layer_size(SMALL);
        writer.set_merge_policy(Box::new(merging));
        let readable = moka::sync::Cache::builder().max_capacity(READABLE).time_to_live(KEPT).build();
        Ok(Self { folder, fields, reader, writer: Mutex::new(writer), readable })
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, changes: &Changes) -> tantivy::Result<()> {
        let mut writer = self.writer();
        let done = self.write(&mut writer, changes);
        if done.is_err() {
            // What was gathered is given again with the next try.
            writer.rollback()?;
        }
        done?;
        self.reader.reload()
    }

    fn write(&self, writer: &mut IndexWriter, changes: &Changes) -> tantivy::Result<()> {
        for id in &changes.gone {
            writer.delete_term(self.fields.of_id(*id));
        }
        for document in &changes.documents {
            writer.delete_term(self.fields.of_id(document.id));
            writer.add_document(self.fields.document(document))?;
        }
        writer.commit().map(drop)
    }

    fn search(&self, query: &Query, wanted: &Wanted) -> tantivy::Result<Found> {
        let searcher = self.reader.searcher();
        let lookup = lookup::build(&self.fields, &searcher, query, wanted, self.readable(&searcher, query)?)?;
        // One more than wanted tells whether there is more.
        let top = TopDocs::with_limit(wanted.limit + 1).and_offset(wanted.offset);
        let count = wanted.total.then_some(Count);
        let facets = wanted.facets.then_some(facets::Counting);
        let (mut addresses, total, facets): (Vec<DocAddress>, _, _) = match wanted.sort {
            Sort::Relevance => {
                // Of what fits as well, the newest.
                let by_fit =
                    top.order_by((SortBySimilarityScore, SortByStaticFastValue::<i64>::for_field(schema::SEQ)));
                let (top, total, facets) = searcher.search(&*lookup, &(by_fit, count, facets))?;
                (top.into_iter().map(|(_, address)| address).collect(), total, facets)
            }
            Sort::Newest | Sort::Oldest => {
                let order = if wanted.sort == Sort::Newest { Order::Desc } else { Order::Asc };
                let by_time = top.order_by_fast_field::<i64>(schema::SEQ, order);
                let (top, total, facets) = searcher.search(&*lookup, &(by_time, count, facets))?;
                (top.into_iter().map(|(_, address)| address).collect(), total, facets)
            }
        };
        let has_more = addresses.len() > wanted.limit;
        addresses.truncate(wanted.limit);
        let hits = addresses.into_iter().map(|address| hit(&searcher, address)).collect::<tantivy::Result<_>>()?;
        let total = total.unwrap_or(0) as u64;
        Ok(Found { hits, has_more, total, is_exact: true, facets: facets.unwrap_or_default() })
    }

    /// The messages that may be read. People ask several times in a row, so it is kept for a while.
    fn readable(&self, searcher: &Searcher, query: &Query) -> tantivy::Result<Allowed> {
        let audiences = lookup::audiences(query);
        let key = (searcher.generation().generation_id(), query.workspace_id, audiences);
        if let Some(known) = self.readable.get(&key) {
            return Ok(known);
        }
        let allowed = Allowed::of(searcher, &*lookup::readable(&self.fields, query, key.2.as_deref()))?;
        self.readable.insert(key, allowed.clone());
        Ok(allowed)
    }

    fn held(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> tantivy::Result<Vec<Indexed>> {
        let searcher = self.reader.searcher();
        let within = lookup::within(&self.fields, workspace_id, after, to);
        let all = searcher.search(&*within.box_clone(), &tantivy::collector::DocSetCollector)?;
        let held = all.into_iter().map(|address| hit(&searcher, address));
        held.map(|hit| hit.map(|hit| Indexed { id: hit.id, version: hit.version })).collect()
    }
}

fn hit(searcher: &Searcher, address: DocAddress) -> tantivy::Result<Hit> {
    let columns = searcher.segment_reader(address.segment_ord).fast_fields();
    let [high, low] = [schema::ID_HIGH, schema::ID_LOW].map(|half| columns.u64(half));
    let half = |column: tantivy::Result<tantivy::columnar::Column<u64>>| {
        column.map(|column| column.first(address.doc_id).unwrap_or_default())
    };
    let number = |name| columns.i64(name).map(|column| column.first(address.doc_id).unwrap_or_default());
    let id = MessageId(Uuid::from_u64_pair(half(high)?, half(low)?));
    Ok(Hit { id, seq: number(schema::SEQ)?, version: number(schema::VERSION)? })
}

/// Runs what blocks beside the requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn unavailable(error: &std::io::Error) -> Error {
    tracing::warn!(%error, "the files of the search index cannot be used");
    Error::Away("search")
}

/// What cannot be read is a defect, and the index is built anew; what cannot be written or locked may pass.
fn refused(error: TantivyError) -> Error {
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::SchemaError(_)
        | TantivyError::OpenReadError(_) => Error::internal(format!("the search index is damaged: {error}")),
        other => {
            tracing::warn!(error = %other, "the search index refused");
            Error::Away("search")
        }
    }
}
