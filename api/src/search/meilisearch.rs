//! Meilisearch as the engine: one index of its own for each generation, named `confab_` and the generation's id.
//!
//! Every call has a deadline and passes a breaker. A change is acknowledged when Meilisearch says that its task
//! has succeeded.

mod filter;
mod http;
mod message;
mod settings;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use meilisearch_sdk::client::Client;
use meilisearch_sdk::documents::DocumentsQuery;
use meilisearch_sdk::errors::{Error as Refusal, ErrorType};
use meilisearch_sdk::indexes::IndexesQuery;
use meilisearch_sdk::request::{HttpClient, Method};
use meilisearch_sdk::search::SearchResults;
use meilisearch_sdk::task_info::TaskInfo;
use meilisearch_sdk::tasks::{Task, TasksDeleteQuery};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::document::Indexed;
use super::engine::Changes;
use super::query::{Facets, Found, Query, Sort, Wanted};
use crate::breaker::Breaker;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::{ChannelId, MemberId, WorkspaceId};
use filter::Filter;
use http::Http;
use message::{Held, Message};

/// How long a search or a question may take.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long a change may take until it is confirmed. Shorter than the lease of who feeds the index.
const CONFIRMED: Duration = Duration::from_secs(25);
/// How often it is asked whether a change is confirmed: at first, and at most.
const ASK: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(250)];
/// Finished tasks are kept for so long.
const TASKS_KEPT: time::Duration = time::Duration::days(1);
/// The hits that are counted; above it is an estimate.
pub const COUNTED: usize = 10_000;
/// Documents of one answer when the index is compared with the tables.
const PAGE: usize = 1_000;
const PREFIX: &str = "confab_";

/// A Meilisearch server.
#[derive(Debug, Clone)]
pub struct Engine {
    url: String,
    http: Http,
    client: Client<Http>,
    breaker: Breaker,
    /// When the indexes were made that this process has opened.
    opened: Arc<Mutex<HashMap<Uuid, OffsetDateTime>>>,
}

/// One index of it.
#[derive(Debug, Clone)]
pub struct Index {
    id: Uuid,
    engine: Engine,
}

/// A search as it is sent.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    q: &'a str,
    filter: &'a Filter,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sort: &'a [&'a str],
    matching_strategy: &'a str,
    attributes_to_retrieve: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    facets: &'a [&'a str],
    #[serde(flatten)]
    part: Part,
}

/// Which of the hits are wanted. Counted they are only by pages.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Part {
    Slice { offset: usize, limit: usize },
    Count { page: usize, hits_per_page: usize },
}

type Answer<T> = std::result::Result<T, Refusal>;

impl Engine {
    /// A server at a URL. Nothing is asked yet.
    ///
    /// # Errors
    /// `UNAVAILABLE` for a key that no header can hold.
    pub fn new(url: &str, key: Option<&str>) -> Result<Self> {
        let http = Http::new(key)?;
        let url = url.trim_end_matches('/').to_owned();
        let client = Client::new_with_client(url.clone(), key, http.clone());
        Ok(Self { url, http, client, breaker: Breaker::new("meilisearch"), opened: Arc::default() })
    }

    /// Whether it is taken to be away.
    pub fn is_away(&self) -> bool {
        self.breaker.is_open()
    }

    /// The version of the server.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn version(&self) -> Result<String> {
        self.call(self.client.get_version()).await.map(|version| version.pkg_version)
    }

    /// The indexes that are there. One that was removed and made again by whoever wrote to it, without settings and
    /// nearly empty, is another.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ids(&self) -> Result<Vec<Uuid>> {
        let made = self.made().await?;
        let opened = self.opened();
        let is_same = |id: &Uuid, at: &OffsetDateTime| opened.get(id).is_none_or(|known| known == at);
        Ok(made.into_iter().filter(|(id, at)| is_same(id, at)).map(|(id, _)| id).collect())
    }

    /// The indexes, and when they were made.
    async fn made(&self) -> Result<HashMap<Uuid, OffsetDateTime>> {
        let mut query = IndexesQuery::new(&self.client);
        query.with_limit(PAGE);
        let indexes = self.call(self.client.list_all_indexes_with(&query)).await?.results;
        let made = indexes.into_iter();
        Ok(made.filter_map(|index| Some((index.uid.strip_prefix(PREFIX)?.parse().ok()?, index.created_at?))).collect())
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<Uuid, OffsetDateTime>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens an index, making it if it is not there.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn open(&self, id: Uuid) -> Result<Index> {
        let index = Index { id, engine: self.clone() };
        if !self.ids().await?.contains(&id) {
            let created = self.call(self.client.create_index(index.uid(), Some("id"))).await?;
            // Another process may have been first, with the same settings.
            match self.confirmed(created).await {
                Err(Error::Conflict(_)) => {}
                done => done?,
            }
        }
        // Always: whoever made it may have been killed before. The same settings again cost nothing.
        let set = self.call(self.client.index(index.uid()).set_settings(&settings::settings())).await?;
        self.confirmed(set).await?;
        let made = self.made().await?;
        self.opened().extend(made.get(&id).map(|at| (id, *at)));
        Ok(index)
    }

    /// Removes an index for ever.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn remove(&self, id: Uuid) -> Result<()> {
        let uid = Index { id, engine: self.clone() }.uid();
        match self.call(self.client.delete_index(uid)).await {
            Ok(task) => {
                self.confirmed(task).await.or_else(|error| if error.is_passing() { Err(error) } else { Ok(()) })
            }
            Err(error) if error.is_passing() => Err(error),
            Err(_) => Ok(()),
        }
    }

    /// Waits until a change is confirmed.
    async fn confirmed(&self, task: TaskInfo) -> Result<()> {
        let until = Instant::now() + CONFIRMED;
        let mut pause = ASK[0];
        while Instant::now() < until {
            match self.call(self.client.get_task(&task)).await? {
                Task::Succeeded { .. } => return Ok(()),
                Task::Failed { content }
                    if content.error.error_code == meilisearch_sdk::errors::ErrorCode::IndexAlreadyExists =>
                {
                    return Err(Error::Conflict("The index is there already.".into()));
                }
                Task::Failed { content } => return Err(self.refused(&content.error)),
                Task::Enqueued { .. } | Task::Processing { .. } => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(ASK[1]);
        }
        tracing::warn!(task = task.get_task_uid(), "Meilisearch did not confirm a change in time");
        Err(Error::Away("search"))
    }

    /// Asks, with a deadline, unless the server is taken to be away.
    async fn call<T>(&self, asked: impl Future<Output = Answer<T>>) -> Result<T> {
        let Some(pass) = self.breaker.enter() else { return Err(Error::Away("search")) };
        match tokio::time::timeout(DEADLINE, asked).await {
            Ok(Ok(answer)) => {
                pass.succeeded();
                Ok(answer)
            }
            Ok(Err(Refusal::Meilisearch(refusal))) => {
                let error = self.refused(&refusal);
                if error.is_passing() {
                    pass.failed();
                } else {
                    pass.succeeded();
                }
                Err(error)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "Meilisearch did not answer");
                pass.failed();
                Err(Error::Away("search"))
            }
            Err(_) => {
                tracing::warn!("Meilisearch did not answer in time");
                pass.failed();
                Err(Error::Away("search"))
            }
        }
    }

    /// What the server refuses because of itself (disk full, wrong key) may pass; the rest is a defect.
    fn refused(&self, refusal: &meilisearch_sdk::errors::MeilisearchError) -> Error {
        match refusal.error_type {
            ErrorType::InvalidRequest => Error::internal(format!("Meilisearch refused: {refusal}")),
            _ => {
                tracing::warn!(%refusal, "Meilisearch refused");
                Error::Away("search")
            }
        }
    }
}

impl Index {
    /// Its id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    fn uid(&self) -> String {
        format!("{PREFIX}{}", self.id.simple())
    }

    fn at(&self) -> meilisearch_sdk::indexes::Index<Http> {
        self.engine.client.index(self.uid())
    }

    /// Changes it; durable and found when it answers.
    ///
    /// # Errors
    /// `UNAVAILABLE`; `INTERNAL` if the index is not there.
    pub async fn apply(&self, changes: Changes) -> Result<()> {
        let index = self.at();
        let mut last = None;
        if !changes.gone.is_empty() {
            let ids: Vec<String> = changes.gone.iter().map(|id| id.0.to_string()).collect();
            last = Some(self.engine.call(index.delete_documents(&ids)).await?);
        }
        if !changes.documents.is_empty() {
            let messages: Vec<Message> = changes.documents.iter().map(Message::of).collect();
            last = Some(self.engine.call(index.add_or_replace(&messages, Some("id"))).await?);
        }
        // Tasks are done in their order.
        match last {
            Some(task) => self.engine.confirmed(task).await,
            None => Ok(()),
        }
    }

    /// Searches.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn search(&self, query: &Query, wanted: &Wanted) -> Result<Found> {
        let base = Asked {
            q: &filter::typed(&query.terms),
            filter: &filter::filter(query, wanted),
            sort: match wanted.sort {
                Sort::Relevance => &[],
                Sort::Newest => &["seq:desc"],
                Sort::Oldest => &["seq:asc"],
            },
            matching_strategy: "all",
            attributes_to_retrieve: &["id", "seq", "version"],
            facets: &[],
            part: Part::Slice { offset: wanted.offset, limit: wanted.limit + 1 },
        };
        let hits = async { self.ask(&base).await };
        let counted = async {
            if !wanted.total && !wanted.facets {
                return Ok(None);
            }
            let facets: &[&str] = if wanted.facets { &["channel", "author", "month"] } else { &[] };
            let counting = Asked { facets, part: Part::Count { page: 1, hits_per_page: 0 }, ..base };
            self.ask(&counting).await.map(Some)
        };
        let (hits, counted) = futures_util::try_join!(hits, counted)?;
        Ok(found(hits, counted, wanted.limit))
    }

    /// Not by the client's own query, which has no filter of this form.
    async fn ask(&self, asked: &Asked<'_>) -> Result<SearchResults<Held>> {
        let url = format!("{}/indexes/{}/search", self.engine.url, self.uid());
        let method = Method::Post { query: (), body: asked };
        let asked = self.engine.call(self.engine.http.request::<_, _, SearchResults<Held>>(&url, method, 200)).await;
        // Refused is what an index that is gone, or not yet set up, does: who feeds it will see to that.
        asked.map_err(|error| match error {
            Error::Internal(why) => {
                tracing::warn!(why, "Meilisearch refused a search");
                Error::Away("search")
            }
            other => other,
        })
    }

    /// What it holds of the messages of a workspace with `after < seq <= to`.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn held(&self, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Result<Vec<Indexed>> {
        let index = self.at();
        let filter = filter::within(workspace_id, after, to);
        let mut held = Vec::new();
        loop {
            let mut query = DocumentsQuery::new(&index);
            query.with_filter(&filter).with_fields(["id", "seq", "version"]).with_limit(PAGE).with_offset(held.len());
            let page = self.engine.call(index.get_documents_with::<Held>(&query)).await?.results;
            let is_last = page.len() < PAGE;
            held.extend(page.into_iter().map(|one| Indexed { id: one.hit().id, version: one.version }));
            if is_last {
                return Ok(held);
            }
        }
    }

    /// Has the server forget its finished tasks.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn tidy(&self, now: Moment) -> Result<()> {
        let now = OffsetDateTime::from_unix_timestamp(now.0.div_euclid(1000)).map_err(Error::internal)?;
        let before = now - TASKS_KEPT;
        let mut query = TasksDeleteQuery::new(&self.engine.client);
        query.with_statuses(["succeeded", "failed", "canceled"]).with_before_finished_at(&before);
        let task = self.engine.call(query.execute()).await?;
        self.engine.confirmed(task).await
    }

    /// Bytes of the whole database of the server.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn size(&self) -> Result<u64> {
        let stats = self.engine.call(self.engine.client.get_stats()).await?;
        Ok(stats.database_size as u64)
    }
}

fn found(hits: SearchResults<Held>, counted: Option<SearchResults<Held>>, limit: usize) -> Found {
    let has_more = hits.hits.len() > limit;
    let hits = hits.hits.into_iter().take(limit).map(|hit| hit.result.hit()).collect();
    let Some(counted) = counted else { return Found { hits, has_more, ..Found::default() } };
    let total = counted.total_hits.unwrap_or(0);
    let facets = counted.facet_distribution.unwrap_or_default();
    Found { hits, has_more, total: total as u64, is_exact: total < COUNTED, facets: spread(&facets) }
}

fn spread(counts: &HashMap<String, HashMap<String, usize>>) -> Facets {
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
    months.truncate(super::query::FACETS_MAX);
    Facets {
        channels: ids("channel").take(super::query::FACETS_MAX).map(|(id, count)| (ChannelId(id), count)).collect(),
        authors: ids("author").take(super::query::FACETS_MAX).map(|(id, count)| (MemberId(id), count)).collect(),
        months,
    }
}
