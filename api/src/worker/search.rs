//! The follower that feeds the search index, and what takes care of it.
//!
//! It keeps no queue of its own: it asks which messages a run of events touches, reads those as they stand, and
//! gives them to the engine; the cursor moves when the engine has confirmed. So whatever comes twice, late or
//! after an outage ends in the same index. While a new index is being built, the one in use is fed before it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::app::App;
use crate::db::{Database, Transaction};
use crate::error::Result;
use crate::event::SharedEvent;
use crate::id::CommandId;
use crate::log::follower::{self, Follower};
use crate::log::troubles::Troubles;
use crate::log::wake::{Left, Logs};
use crate::search::engine::Changes;
use crate::search::generation::{Generation, Generations};
use crate::search::truth;

/// How long what was just appended may gather, so that under load one change of the index is for many messages.
const GATHER: Duration = Duration::from_millis(150);
/// A new index is put in use when it is at most so many events behind.
const CLOSE: i64 = 32;
/// An index that refuses so often what cannot pass is damaged.
const DAMAGED: u32 = 3;
/// How often it is measured how far behind the index is.
const TELL: Duration = Duration::from_secs(10);
/// How often it is looked which indexes there are to be.
const LOOK: Duration = Duration::from_secs(2);

/// Feeds one index.
struct Feed(Arc<Generation>);

impl Follower for Feed {
    type Work = Changes;

    fn name(&self) -> &str {
        &self.0.name
    }

    async fn read(&self, snapshot: &Transaction, events: &[SharedEvent]) -> Result<Changes> {
        let Some(workspace_id) = events.first().map(|event| event.workspace_id) else { return Ok(Changes::default()) };
        let mut gone = truth::touched(events);
        let documents = truth::of(snapshot, workspace_id, gone.iter().copied().collect()).await?;
        for document in &documents {
            gone.remove(&document.id);
        }
        Ok(Changes { documents, gone: gone.into_iter().collect() })
    }

    async fn work(&self, changes: Changes) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        metrics::counter!("confab_search_indexed_total").increment(changes.documents.len() as u64);
        self.0.index.apply(changes).await
    }
}

/// Feeds the indexes for ever.
pub async fn run(app: App, database: Database) {
    let mut keeper = Keeper::new(database);
    let mut looks = app.wake.listen();
    loop {
        let stepped = keeper.step(&app.search, &looks.take()).await;
        app.search.stepped();
        match stepped {
            Ok(left) => looks.rest(left, GATHER, keeper.due()).await,
            Err(error) => {
                tracing::warn!(%error, "the search index could not be fed");
                looks.rest_after_failure(GATHER).await;
            }
        }
    }
}

/// What it takes to feed the indexes.
pub struct Keeper {
    database: Database,
    process: Uuid,
    /// When it was last looked which indexes there are, and measured how far behind the one in use is.
    looked: Option<Instant>,
    told: Option<Instant>,
    troubles: [Troubles; 2],
}

impl Keeper {
    pub fn new(database: Database) -> Self {
        Self { database, process: CommandId::mint().0, looked: None, told: None, troubles: Default::default() }
    }

    fn is_in_trouble(&self) -> bool {
        self.troubles.iter().any(|troubles| !troubles.is_empty())
    }

    /// When a log is tried again that could not be gone on with.
    fn due(&self) -> Option<Instant> {
        self.troubles.iter().filter_map(Troubles::due).min()
    }

    /// Feeds once what there is in these logs; answers what is left.
    ///
    /// # Errors
    /// When the engine or the database does not answer.
    pub async fn step(&mut self, search: &Generations, logs: &Logs) -> Result<Left> {
        // They are closed.
        let Some(_turn) = search.turn().await else { return Ok(Left::default()) };
        if self.is_in_trouble() || self.looked.is_none_or(|looked| looked.elapsed() > LOOK) {
            self.looked = None;
            search.refresh(&self.database).await?;
            // Where nobody else has the indexes, what a killed process has taken is taken over at once.
            self.process = search.engine().place().await?.parse().unwrap_or(self.process);
            self.looked = Some(Instant::now());
        }
        let mut left = Left::default();
        for (generation, troubles) in search.all().into_iter().zip(&mut self.troubles) {
            let Some(generation) = generation.filter(|generation| generation.is_ours()) else {
                troubles.clear();
                continue;
            };
            let feed = Feed(generation);
            left = left.and(follower::round(&self.database, &feed, self.process, troubles, logs).await?);
            if troubles.worst() >= DAMAGED {
                troubles.clear();
                self.looked = None;
                search.give_up_damaged(&self.database, &feed.0).await?;
                return Ok(Left { more: true, ..left });
            }
        }
        let [live, building] = search.all();
        if let Some(building) = building
            && !left.more
            && follower::progress(&self.database, &building.name).await?.behind() <= CLOSE
        {
            search.put_in_use(&self.database, &building).await?;
            left.more = true;
        }
        if let Some(live) = live
            && self.told.is_none_or(|told| told.elapsed() > TELL)
        {
            self.told = Some(Instant::now());
            let behind = follower::progress(&self.database, &live.name).await?.behind();
            metrics::gauge!("confab_search_behind_events").set(behind as f64);
        }
        Ok(left)
    }
}
