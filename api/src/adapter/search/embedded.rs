//! The embedded engine: tantivy in the data directory, one subdirectory per index.
//!
//! All file access runs on the blocking thread pool. Each index has one writer at a time. Concurrent searches are
//! limited to the number of cores; a search that exceeds its timeout, including the wait for a permit, fails.

mod facets;
mod schema;
mod translate;
mod visible;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tantivy::collector::sort_key::{SortBySimilarityScore, SortByStaticFastValue};
use tantivy::collector::{Count, TopDocs};
use tantivy::indexer::LogMergePolicy;
use tantivy::{DocAddress, IndexReader, IndexWriter, Order, ReloadPolicy, Searcher, TantivyError};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::document::{Audience, IndexBatch, IndexedVersion};
use super::query::{Hit, Query, SearchHits, SearchOptions, Sort};
use crate::ground::error::{Error, Result};
use crate::ground::id::{MessageId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::model::event::Seq;
use schema::Fields;
use visible::VisibleDocs;

/// Timeout of a search, including the wait for a permit.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(2);
/// Memory in which the writer buffers changes before it flushes them.
const WRITER_MEMORY_BYTES: usize = 32 * 1024 * 1024;
/// Capacity and lifetime of the cache of readable messages, by audience.
const READABLE_CACHE_CAPACITY: u64 = 64;
const READABLE_CACHE_TTL: Duration = Duration::from_secs(60);
/// Segments with fewer messages than this are merged as if equal in size.
const MIN_MERGE_LAYER_DOCS: u32 = 2_000;

/// The indexes of a data directory.
#[derive(Debug, Clone)]
pub struct Engine {
    folder: PathBuf,
    permits: Arc<Semaphore>,
}

/// An open index; cheap to clone.
#[derive(Clone)]
pub struct Index {
    id: Uuid,
    open_index: Arc<OpenIndex>,
    permits: Arc<Semaphore>,
}

struct OpenIndex {
    folder: PathBuf,
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    /// The readable messages by index generation, workspace and audiences.
    readable: moka::sync::Cache<(u64, WorkspaceId, Option<Vec<Audience>>), VisibleDocs>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Index").field(&self.id).finish()
    }
}

impl Engine {
    pub fn new(data: &Path) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { folder: data.join("search"), permits: Arc::new(Semaphore::new(cores)) }
    }

    /// The id of the data directory, created on first use.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn location(&self) -> Result<String> {
        let folder = self.folder.clone();
        run_blocking(move || {
            let file = folder.join("place");
            match std::fs::read_to_string(&file) {
                Ok(stored) if !stored.is_empty() => return Ok(stored),
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io_error(&error)),
                _ => {}
            }
            let new = MessageId::mint().0.to_string();
            let write = || {
                std::fs::create_dir_all(&folder)?;
                std::fs::write(&file, &new)
            };
            write().map_err(|error| io_error(&error))?;
            Ok(new)
        })
        .await
    }

    /// The ids of the existing indexes.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ids(&self) -> Result<Vec<Uuid>> {
        let folder = self.folder.clone();
        run_blocking(move || {
            let entries = match std::fs::read_dir(&folder) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
                entries => entries.map_err(|error| io_error(&error))?,
            };
            Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
        })
        .await
    }

    /// Opens an index, creating it if it does not exist.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if the index is damaged.
    pub async fn open(&self, id: Uuid) -> Result<Index> {
        let (folder, permits) = (self.folder.join(id.to_string()), self.permits.clone());
        run_blocking(move || {
            std::fs::create_dir_all(&folder).map_err(|error| io_error(&error))?;
            let open_index = Arc::new(OpenIndex::open(folder).map_err(index_error)?);
            Ok(Index { id, open_index, permits })
        })
        .await
    }

    /// Deletes an index permanently.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn remove(&self, id: Uuid) -> Result<()> {
        let folder = self.folder.join(id.to_string());
        run_blocking(move || match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error(&error)),
            _ => Ok(()),
        })
        .await
    }
}

impl Index {
    /// The id of the index.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Applies a batch. On success the changes are durable and visible to searches.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if the index is damaged.
    pub async fn apply(&self, changes: IndexBatch) -> Result<()> {
        let open_index = self.open_index.clone();
        run_blocking(move || open_index.apply(&changes).map_err(index_error)).await
    }

    /// Runs a search.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn search(&self, query: Query, options: SearchOptions) -> Result<SearchHits> {
        let open_index = self.open_index.clone();
        self.run_search(move || open_index.search(&query, &options)).await
    }

    /// The indexed versions of a workspace's messages with `after < seq <= to`.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn versions(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Result<Vec<IndexedVersion>> {
        let open_index = self.open_index.clone();
        self.run_search(move || open_index.versions(workspace_id, after, to)).await
    }

    /// Deletes unused files.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn prune(&self) -> Result<()> {
        let open_index = self.open_index.clone();
        run_blocking(move || {
            let collection = open_index.writer.lock().garbage_collect_files();
            collection.wait().map(drop).map_err(index_error)
        })
        .await
    }

    /// Size on disk in bytes.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn size(&self) -> Result<u64> {
        let folder = self.open_index.folder.clone();
        run_blocking(move || {
            let entries = std::fs::read_dir(folder).map_err(|error| io_error(&error))?;
            Ok(entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len())).sum())
        })
        .await
    }

    async fn run_search<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T> {
        let run = async {
            let permit = self.permits.clone().acquire_owned().await.map_err(Error::internal)?;
            run_blocking(move || {
                let result = work().map_err(index_error);
                drop(permit);
                result
            })
            .await
        };
        tokio::time::timeout(SEARCH_TIMEOUT, run).await.unwrap_or(Err(Error::DependencyUnavailable("search")))
    }
}

impl OpenIndex {
    fn open(folder: PathBuf) -> tantivy::Result<Self> {
        let (schema, fields) = schema::build();
        let directory = tantivy::directory::MmapDirectory::open(&folder)?;
        let index = tantivy::Index::open_or_create(directory, schema)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = index.writer_with_num_threads(1, WRITER_MEMORY_BYTES)?;
        let mut merge_policy = LogMergePolicy::default();
        merge_policy.set_min_layer_size(MIN_MERGE_LAYER_DOCS);
        writer.set_merge_policy(Box::new(merge_policy));
        let readable =
            moka::sync::Cache::builder().max_capacity(READABLE_CACHE_CAPACITY).time_to_live(READABLE_CACHE_TTL).build();
        Ok(Self { folder, fields, reader, writer: Mutex::new(writer), readable })
    }

    fn apply(&self, changes: &IndexBatch) -> tantivy::Result<()> {
        let mut writer = self.writer.lock();
        let result = self.write(&mut writer, changes);
        if result.is_err() {
            // The next attempt applies the batch again.
            writer.rollback()?;
        }
        result?;
        self.reader.reload()
    }

    fn write(&self, writer: &mut IndexWriter, changes: &IndexBatch) -> tantivy::Result<()> {
        for id in &changes.deleted {
            writer.delete_term(self.fields.id_term(*id));
        }
        for document in &changes.documents {
            writer.delete_term(self.fields.id_term(document.id));
            writer.add_document(self.fields.document(document))?;
        }
        writer.commit().map(drop)
    }

    fn search(&self, query: &Query, options: &SearchOptions) -> tantivy::Result<SearchHits> {
        let searcher = self.reader.searcher();
        let tantivy_query =
            translate::build(&self.fields, &searcher, query, options, self.readable(&searcher, query)?)?;
        // One extra hit shows whether more follow.
        let top = TopDocs::with_limit(options.limit + 1).and_offset(options.offset);
        let count = options.total.then_some(Count);
        let facets = options.facets.then_some(facets::FacetCollector);
        let (mut addresses, total, facets): (Vec<DocAddress>, _, _) = match options.sort {
            Sort::Relevance => {
                // Equal scores: newest first.
                let by_score =
                    top.order_by((SortBySimilarityScore, SortByStaticFastValue::<i64>::for_field(schema::SEQ)));
                let (top, total, facets) = searcher.search(&*tantivy_query, &(by_score, count, facets))?;
                (top.into_iter().map(|(_, address)| address).collect(), total, facets)
            }
            Sort::Newest | Sort::Oldest => {
                let order = if options.sort == Sort::Newest { Order::Desc } else { Order::Asc };
                let by_time = top.order_by_fast_field::<i64>(schema::SEQ, order);
                let (top, total, facets) = searcher.search(&*tantivy_query, &(by_time, count, facets))?;
                (top.into_iter().map(|(_, address)| address).collect(), total, facets)
            }
        };
        let has_more = addresses.len() > options.limit;
        addresses.truncate(options.limit);
        let hits = addresses.into_iter().map(|address| hit(&searcher, address)).collect::<tantivy::Result<_>>()?;
        let total = total.unwrap_or(0) as u64;
        Ok(SearchHits { hits, has_more, total, is_exact: true, facets: facets.unwrap_or_default() })
    }

    /// The messages the query may return. Cached, because members tend to search several times in a row.
    fn readable(&self, searcher: &Searcher, query: &Query) -> tantivy::Result<VisibleDocs> {
        let audiences = translate::audiences(query);
        let key = (searcher.generation().generation_id(), query.workspace_id, audiences);
        if let Some(cached) = self.readable.get(&key) {
            return Ok(cached);
        }
        let visible = VisibleDocs::matching(searcher, &*translate::readable(&self.fields, query, key.2.as_deref()))?;
        self.readable.insert(key, visible.clone());
        Ok(visible)
    }

    fn versions(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> tantivy::Result<Vec<IndexedVersion>> {
        let searcher = self.reader.searcher();
        let within = translate::within(&self.fields, workspace_id, after, to);
        let all = searcher.search(&*within.box_clone(), &tantivy::collector::DocSetCollector)?;
        let hits = all.into_iter().map(|address| hit(&searcher, address));
        hits.map(|hit| hit.map(|hit| IndexedVersion { id: hit.id, version: hit.version })).collect()
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

/// Runs blocking work on the blocking thread pool.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn io_error(error: &std::io::Error) -> Error {
    tracing::warn!(%error, "search index I/O failed");
    Error::DependencyUnavailable("search")
}

/// Maps an error: an index that cannot be read is damaged and rebuilt; failed writes and locks are transient.
fn index_error(error: TantivyError) -> Error {
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::SchemaError(_)
        | TantivyError::OpenReadError(_) => Error::internal(format!("search index damaged: {error}")),
        other => {
            tracing::warn!(error = %other, "search index operation failed");
            Error::DependencyUnavailable("search")
        }
    }
}
