//! The follower that feeds the search indexes, and their maintenance.
//!
//! It has no queue of its own: for each batch of events it finds the affected messages, reads their current state, and
//! passes them to the engine. The cursor moves once the engine has confirmed. Repeated, delayed or recovered batches
//! therefore lead to the same index. While a new index is being built, the one in use is fed first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::adapter::search::document::IndexBatch;
use crate::app::App;
use crate::app::generations::{Generation, Generations};
use crate::chat::search::source;
use crate::ground::db::{Database, Transaction};
use crate::ground::error::Result;
use crate::ground::id::CommandId;
use crate::log::follower::{self, Follower};
use crate::log::retries::Retries;
use crate::log::wake::{LogSet, Remaining};
use crate::model::event::SharedEvent;

/// How long to wait after a wake-up, so that one index update covers many messages under load.
const BATCH_DELAY: Duration = Duration::from_millis(150);
/// Maximum number of pending events at which a new index is put into use.
const MAX_SWITCH_LAG: i64 = 32;
/// Number of permanent failures after which an index is considered damaged.
const DAMAGED_AFTER_FAILURES: u32 = 3;
/// How often the lag of the index is measured.
const MEASURE_INTERVAL: Duration = Duration::from_secs(10);
/// How often the set of indexes is refreshed.
const REFRESH_INTERVAL: Duration = Duration::from_secs(2);

/// The follower of one index.
struct IndexFollower(Arc<Generation>);

impl Follower for IndexFollower {
    type Work = IndexBatch;

    fn name(&self) -> &str {
        &self.0.name
    }

    async fn read(&self, snapshot: &Transaction, events: &[SharedEvent]) -> Result<IndexBatch> {
        let Some(workspace_id) = events.first().map(|event| event.workspace_id) else {
            return Ok(IndexBatch::default());
        };
        let mut deleted = source::affected_messages(events);
        let documents = source::documents(snapshot, workspace_id, deleted.iter().copied().collect()).await?;
        for document in &documents {
            deleted.remove(&document.id);
        }
        Ok(IndexBatch { documents, deleted: deleted.into_iter().collect() })
    }

    async fn work(&self, changes: IndexBatch) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        metrics::counter!("confab_search_indexed_total").increment(changes.documents.len() as u64);
        self.0.index.apply(changes).await
    }
}

/// Feeds the indexes forever.
pub async fn run(app: App, database: Database) {
    let mut feeder = IndexFeeder::new(database);
    let mut schedule = app.readers.subscribe();
    loop {
        let result = feeder.step(&app.search, &schedule.take()).await;
        app.search.notify_step();
        match result {
            Ok(remaining) => schedule.wait(remaining, BATCH_DELAY, feeder.next_retry()).await,
            Err(error) => {
                tracing::warn!(%error, "failed to feed the search index; retrying");
                schedule.wait_after_failure(BATCH_DELAY).await;
            }
        }
    }
}

/// Feeds the search indexes.
pub struct IndexFeeder {
    database: Database,
    process: Uuid,
    /// When the set of indexes was last refreshed, and when the lag of the live one was last measured.
    refreshed_at: Option<Instant>,
    measured_at: Option<Instant>,
    retries: [Retries; 2],
}

impl IndexFeeder {
    pub fn new(database: Database) -> Self {
        Self {
            database,
            process: CommandId::mint().0,
            refreshed_at: None,
            measured_at: None,
            retries: Default::default(),
        }
    }

    fn has_failures(&self) -> bool {
        self.retries.iter().any(|retries| !retries.is_empty())
    }

    /// Returns when the next failed log is retried.
    fn next_retry(&self) -> Option<Instant> {
        self.retries.iter().filter_map(Retries::next_due).min()
    }

    /// Feeds the indexes from these logs once. Returns what is left.
    ///
    /// # Errors
    /// Returns an error if the engine or the database does not respond.
    pub async fn step(&mut self, search: &Generations, logs: &LogSet) -> Result<Remaining> {
        // The indexes are closed.
        let Some(_permit) = search.lock_feed().await else { return Ok(Remaining::default()) };
        if self.has_failures() || self.refreshed_at.is_none_or(|at| at.elapsed() > REFRESH_INTERVAL) {
            self.refreshed_at = None;
            search.refresh(&self.database).await?;
            // A process with exclusive indexes identifies itself by their location, so that it takes over the leases of
            // a killed predecessor at once.
            self.process = search.engine().location().await?.parse().unwrap_or(self.process);
            self.refreshed_at = Some(Instant::now());
        }
        let mut remaining = Remaining::default();
        for (generation, retries) in search.all().into_iter().zip(&mut self.retries) {
            let Some(generation) = generation.filter(|generation| generation.is_supported()) else {
                retries.clear();
                continue;
            };
            let index = IndexFollower(generation);
            remaining = remaining.and(follower::poll(&self.database, &index, self.process, retries, logs).await?);
            if retries.max_failures() >= DAMAGED_AFTER_FAILURES {
                retries.clear();
                self.refreshed_at = None;
                search.discard_damaged(&self.database, &index.0).await?;
                return Ok(Remaining { has_more: true, ..remaining });
            }
        }
        let [live, building] = search.all();
        if let Some(building) = building
            && !remaining.has_more
            && follower::progress(&self.database, &building.name).await?.behind() <= MAX_SWITCH_LAG
        {
            search.promote(&self.database, &building).await?;
            remaining.has_more = true;
        }
        if let Some(live) = live
            && self.measured_at.is_none_or(|at| at.elapsed() > MEASURE_INTERVAL)
        {
            self.measured_at = Some(Instant::now());
            let behind = follower::progress(&self.database, &live.name).await?.behind();
            metrics::gauge!("confab_search_behind_events").set(behind as f64);
        }
        Ok(remaining)
    }
}
