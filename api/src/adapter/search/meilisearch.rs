//! The Meilisearch engine: each generation has its own index, named `confab_` and the generation's id.
//!
//! Every call has a timeout and passes a circuit breaker. A change is acknowledged once Meilisearch reports that its
//! task succeeded.

mod filter;
mod http;
mod message;
mod settings;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use meilisearch_sdk::client::Client;
use meilisearch_sdk::documents::DocumentsQuery;
use meilisearch_sdk::errors::{Error as SdkError, ErrorType};
use meilisearch_sdk::indexes::IndexesQuery;
use meilisearch_sdk::request::{HttpClient, Method};
use meilisearch_sdk::search::SearchResults;
use meilisearch_sdk::task_info::TaskInfo;
use meilisearch_sdk::tasks::{Task, TasksDeleteQuery};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::document::{IndexBatch, IndexedVersion};
use super::query::{Facets, MAX_FACET_VALUES, Query, SearchHits, SearchOptions, Sort};
use crate::ground::breaker::Breaker;
use crate::ground::clock::Timestamp;
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::model::event::Seq;
use filter::Filter;
use http::Http;
use message::{IndexedHit, Message};
use settings::MAX_COUNTED_HITS;

/// Timeout of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Timeout for a task to succeed. Shorter than the lease of the index feeder.
const TASK_TIMEOUT: Duration = Duration::from_secs(25);
/// Interval between polls of a task: initial and maximum.
const TASK_POLL_INTERVAL: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(250)];
/// Retention of finished tasks.
const TASK_RETENTION: time::Duration = time::Duration::days(1);
/// Page size when listing documents or indexes.
const PAGE_SIZE: usize = 1_000;
const INDEX_PREFIX: &str = "confab_";

/// A Meilisearch server.
#[derive(Debug, Clone)]
pub struct Engine {
    url: String,
    http: Http,
    client: Client<Http>,
    breaker: Breaker,
    /// Creation time of each index that this process has opened.
    opened: Arc<Mutex<HashMap<Uuid, OffsetDateTime>>>,
}

/// One index.
#[derive(Debug, Clone)]
pub struct Index {
    id: Uuid,
    engine: Engine,
}

/// The body of a search request.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchBody<'a> {
    q: &'a str,
    filter: &'a Filter,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sort: &'a [&'a str],
    matching_strategy: &'a str,
    attributes_to_retrieve: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    facets: &'a [&'a str],
    #[serde(flatten)]
    page: Page,
}

/// The requested hits. Meilisearch counts exactly only when paginating by page.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Page {
    Offset { offset: usize, limit: usize },
    Count { page: usize, hits_per_page: usize },
}

type SdkResult<T> = std::result::Result<T, SdkError>;

impl Engine {
    /// A Meilisearch server. Does not connect yet.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the key is not a valid header value.
    pub fn new(url: &str, key: Option<&str>) -> Result<Self> {
        let http = Http::new(key)?;
        let url = url.trim_end_matches('/').to_owned();
        let client = Client::new_with_client(url.clone(), key, http.clone());
        Ok(Self { url, http, client, breaker: Breaker::new("meilisearch"), opened: Arc::default() })
    }

    /// Whether the circuit breaker is open.
    pub fn is_unavailable(&self) -> bool {
        self.breaker.is_open()
    }

    /// The version of the server.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn version(&self) -> Result<String> {
        self.call(self.client.get_version()).await.map(|version| version.pkg_version)
    }

    /// The ids of the existing indexes. Excludes an index deleted and implicitly recreated by a write: it lacks
    /// settings and most documents.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ids(&self) -> Result<Vec<Uuid>> {
        let creation_times = self.creation_times().await?;
        let opened = self.opened.lock();
        let is_same = |id: &Uuid, at: &OffsetDateTime| opened.get(id).is_none_or(|known| known == at);
        Ok(creation_times.into_iter().filter(|(id, at)| is_same(id, at)).map(|(id, _)| id).collect())
    }

    /// The existing indexes with their creation times.
    async fn creation_times(&self) -> Result<HashMap<Uuid, OffsetDateTime>> {
        let mut query = IndexesQuery::new(&self.client);
        query.with_limit(PAGE_SIZE);
        let indexes = self.call(self.client.list_all_indexes_with(&query)).await?.results;
        let created = indexes.into_iter().filter_map(|index| {
            let id = index.uid.strip_prefix(INDEX_PREFIX)?.parse().ok()?;
            Some((id, index.created_at?))
        });
        Ok(created.collect())
    }

    /// Opens an index, creating it if it does not exist.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn open(&self, id: Uuid) -> Result<Index> {
        let index = Index { id, engine: self.clone() };
        if !self.ids().await?.contains(&id) {
            let created = self.call(self.client.create_index(index.uid(), Some("id"))).await?;
            self.wait_for_task(created).await?;
        }
        // Always apply the settings: the process that created the index may have been killed before. Reapplying is
        // free.
        let set = self.call(self.client.index(index.uid()).set_settings(&settings::settings())).await?;
        self.wait_for_task(set).await?;
        let creation_times = self.creation_times().await?;
        self.opened.lock().extend(creation_times.get(&id).map(|at| (id, *at)));
        Ok(index)
    }

    /// Deletes an index permanently.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn remove(&self, id: Uuid) -> Result<()> {
        let uid = Index { id, engine: self.clone() }.uid();
        match self.call(self.client.delete_index(uid)).await {
            Ok(task) => {
                self.wait_for_task(task).await.or_else(|error| if error.is_transient() { Err(error) } else { Ok(()) })
            }
            Err(error) if error.is_transient() => Err(error),
            Err(_) => Ok(()),
        }
    }

    /// Waits until a task succeeds. Creating an index that exists succeeds: another process created it, with the same
    /// settings.
    async fn wait_for_task(&self, task: TaskInfo) -> Result<()> {
        let deadline = Instant::now() + TASK_TIMEOUT;
        let mut pause = TASK_POLL_INTERVAL[0];
        while Instant::now() < deadline {
            match self.call(self.client.get_task(&task)).await? {
                Task::Succeeded { .. } => return Ok(()),
                Task::Failed { content }
                    if content.error.error_code == meilisearch_sdk::errors::ErrorCode::IndexAlreadyExists =>
                {
                    return Ok(());
                }
                Task::Failed { content } => return Err(self.map_error(&content.error)),
                Task::Enqueued { .. } | Task::Processing { .. } => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(TASK_POLL_INTERVAL[1]);
        }
        tracing::warn!(task = task.get_task_uid(), "Meilisearch task timed out");
        Err(Error::DependencyUnavailable("search"))
    }

    /// Runs a request with a timeout, unless the circuit breaker is open.
    async fn call<T>(&self, request: impl Future<Output = SdkResult<T>>) -> Result<T> {
        let Some(pass) = self.breaker.try_acquire() else { return Err(Error::DependencyUnavailable("search")) };
        match tokio::time::timeout(REQUEST_TIMEOUT, request).await {
            Ok(Ok(answer)) => {
                pass.succeeded();
                Ok(answer)
            }
            Ok(Err(SdkError::Meilisearch(error))) => {
                let error = self.map_error(&error);
                if error.is_transient() {
                    pass.failed();
                } else {
                    pass.succeeded();
                }
                Err(error)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "Meilisearch request failed");
                pass.failed();
                Err(Error::DependencyUnavailable("search"))
            }
            Err(_) => {
                tracing::warn!("Meilisearch request timed out");
                pass.failed();
                Err(Error::DependencyUnavailable("search"))
            }
        }
    }

    /// Maps an error: failures of the server itself (disk full, invalid key) are transient; invalid requests are
    /// defects.
    fn map_error(&self, error: &meilisearch_sdk::errors::MeilisearchError) -> Error {
        match error.error_type {
            ErrorType::InvalidRequest => Error::internal(format!("Meilisearch rejected a request: {error}")),
            _ => {
                tracing::warn!(%error, "Meilisearch request failed");
                Error::DependencyUnavailable("search")
            }
        }
    }
}

impl Index {
    /// The id of the index.
    pub fn id(&self) -> Uuid {
        self.id
    }

    fn uid(&self) -> String {
        format!("{INDEX_PREFIX}{}", self.id.simple())
    }

    fn sdk_index(&self) -> meilisearch_sdk::indexes::Index<Http> {
        self.engine.client.index(self.uid())
    }

    /// Applies a batch. On success the changes are durable and visible to searches.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if the index does not exist.
    pub async fn apply(&self, changes: IndexBatch) -> Result<()> {
        let index = self.sdk_index();
        let mut last = None;
        if !changes.deleted.is_empty() {
            let ids: Vec<String> = changes.deleted.iter().map(|id| id.0.to_string()).collect();
            last = Some(self.engine.call(index.delete_documents(&ids)).await?);
        }
        if !changes.documents.is_empty() {
            let messages: Vec<Message> = changes.documents.iter().map(Message::from_document).collect();
            last = Some(self.engine.call(index.add_or_replace(&messages, Some("id"))).await?);
        }
        // Meilisearch processes tasks in order, so the last one suffices.
        match last {
            Some(task) => self.engine.wait_for_task(task).await,
            None => Ok(()),
        }
    }

    /// Runs a search.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn search(&self, query: &Query, options: &SearchOptions) -> Result<SearchHits> {
        let base = SearchBody {
            q: &filter::query_text(&query.terms),
            filter: &filter::filter(query, options),
            sort: match options.sort {
                Sort::Relevance => &[],
                Sort::Newest => &["seq:desc"],
                Sort::Oldest => &["seq:asc"],
            },
            matching_strategy: "all",
            attributes_to_retrieve: &["id", "seq", "version"],
            facets: &[],
            page: Page::Offset { offset: options.offset, limit: options.limit + 1 },
        };
        let hits = async { self.send_search(&base).await };
        let counted = async {
            if !options.total && !options.facets {
                return Ok(None);
            }
            let facets: &[&str] = if options.facets { &["channel", "author", "month"] } else { &[] };
            let counting = SearchBody { facets, page: Page::Count { page: 1, hits_per_page: 0 }, ..base };
            self.send_search(&counting).await.map(Some)
        };
        let (hits, counted) = futures_util::try_join!(hits, counted)?;
        Ok(to_hits(hits, counted, options.limit))
    }

    /// Bypasses the SDK's query builder, which does not support this filter format.
    async fn send_search(&self, body: &SearchBody<'_>) -> Result<SearchResults<IndexedHit>> {
        let url = format!("{}/indexes/{}/search", self.engine.url, self.uid());
        let method = Method::Post { query: (), body };
        let request = self.engine.http.request::<_, _, SearchResults<IndexedHit>>(&url, method, 200);
        let response = self.engine.call(request).await;
        // Meilisearch rejects searches of an index that is missing or not yet configured; the index feeder repairs
        // that.
        response.map_err(|error| match error {
            Error::Internal(reason) => {
                tracing::warn!(reason, "Meilisearch rejected a search");
                Error::DependencyUnavailable("search")
            }
            other => other,
        })
    }

    /// The indexed versions of a workspace's messages with `after < seq <= to`.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn versions(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Result<Vec<IndexedVersion>> {
        let index = self.sdk_index();
        let filter = filter::within(workspace_id, after, to);
        let mut indexed = Vec::new();
        loop {
            let mut query = DocumentsQuery::new(&index);
            query.with_filter(&filter).with_fields(["id", "seq", "version"]);
            query.with_limit(PAGE_SIZE).with_offset(indexed.len());
            let page = self.engine.call(index.get_documents_with::<IndexedHit>(&query)).await?.results;
            let is_last = page.len() < PAGE_SIZE;
            indexed.extend(page.into_iter().map(|one| IndexedVersion { id: one.hit().id, version: one.version }));
            if is_last {
                return Ok(indexed);
            }
        }
    }

    /// Deletes finished tasks older than the retention.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn prune(&self, now: Timestamp) -> Result<()> {
        let now = OffsetDateTime::from_unix_timestamp(now.0.div_euclid(1000)).map_err(Error::internal)?;
        let before = now - TASK_RETENTION;
        let mut query = TasksDeleteQuery::new(&self.engine.client);
        query.with_statuses(["succeeded", "failed", "canceled"]).with_before_finished_at(&before);
        let task = self.engine.call(query.execute()).await?;
        self.engine.wait_for_task(task).await
    }

    /// Size in bytes of the server's entire database.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn size(&self) -> Result<u64> {
        let stats = self.engine.call(self.engine.client.get_stats()).await?;
        Ok(stats.database_size as u64)
    }
}

fn to_hits(hits: SearchResults<IndexedHit>, counted: Option<SearchResults<IndexedHit>>, limit: usize) -> SearchHits {
    let has_more = hits.hits.len() > limit;
    let hits = hits.hits.into_iter().take(limit).map(|hit| hit.result.hit()).collect();
    let Some(counted) = counted else { return SearchHits { hits, has_more, ..SearchHits::default() } };
    let total = counted.total_hits.unwrap_or(0);
    let facets = counted.facet_distribution.unwrap_or_default();
    SearchHits {
        hits,
        has_more,
        total: total as u64,
        is_exact: total < MAX_COUNTED_HITS,
        facets: parse_facets(&facets),
    }
}

fn parse_facets(counts: &HashMap<String, HashMap<String, usize>>) -> Facets {
    let of = |name: &str| {
        let mut values: Vec<(&String, u64)> =
            counts.get(name).into_iter().flatten().map(|(value, count)| (value, *count as u64)).collect();
        values.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        values
    };
    let ids = |name| of(name).into_iter().filter_map(|(id, count)| Some((id.parse::<Uuid>().ok()?, count)));
    let mut months: Vec<(i32, u64)> =
        of("month").into_iter().filter_map(|(month, count)| Some((month.parse().ok()?, count))).collect();
    months.sort_unstable_by_key(|(month, _)| std::cmp::Reverse(*month));
    months.truncate(MAX_FACET_VALUES);
    Facets {
        channels: ids("channel").take(MAX_FACET_VALUES).map(|(id, count)| (ChannelId(id), count)).collect(),
        authors: ids("author").take(MAX_FACET_VALUES).map(|(id, count)| (MemberId(id), count)).collect(),
        months,
    }
}
