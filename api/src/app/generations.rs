//! Index generations: the live index, and the one being built to replace it.
//!
//! The `search_index` table records both, so that all processes agree. Each generation has its own follower, named
//! after it: a new generation is filled from the start of the logs and can be interrupted and resumed at any point. A
//! lost index (deleted files, wiped engine) is replaced by a new generation.

use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::{Mutex, MutexGuard, watch};
use uuid::Uuid;

use crate::adapter::search::engine::{Engine, Index};
use crate::ground::db::{Database, Scope};
use crate::ground::error::{Error, Result};
use crate::log::follower::{self, Progress};
use crate::model::search::entity::{ActiveModel, Column, Entity, Model};

/// The version of the index settings and documents. Raise it with any change of either: a new index is then built
/// beside the live one.
pub const VERSION: i32 = 2;

/// An index and the follower that feeds it.
#[derive(Debug, Clone)]
pub struct Generation {
    pub index: Index,
    /// The name of the follower.
    pub name: String,
    row: Model,
}

impl Generation {
    /// Whether this release supports the generation's documents.
    pub fn is_supported(&self) -> bool {
        self.row.version <= VERSION
    }
}

/// The index generations of an engine.
#[derive(Debug)]
pub struct Generations {
    engine: Engine,
    /// The generations that this process has open.
    opened: RwLock<OpenGenerations>,
    /// Locked while the generations are fed; true once they are closed.
    is_closed: Mutex<bool>,
    /// Incremented by every feeding step.
    steps: watch::Sender<u64>,
}

#[derive(Debug, Clone, Default)]
struct OpenGenerations {
    live: Option<Arc<Generation>>,
    building: Option<Arc<Generation>>,
}

impl Generations {
    pub fn new(engine: Engine) -> Self {
        Self { engine, opened: RwLock::default(), is_closed: Mutex::new(false), steps: watch::Sender::new(0) }
    }

    /// The search engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The generation to search and whether it is complete: the live one, or the incomplete one being built if none is
    /// live.
    ///
    /// # Errors
    /// `UNAVAILABLE` before the first generation is open.
    pub fn searchable(&self) -> Result<(Arc<Generation>, bool)> {
        let open = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let live = open.live.clone().map(|generation| (generation, true));
        let building = || open.building.clone().map(|generation| (generation, false));
        live.or_else(building).ok_or(Error::DependencyUnavailable("search"))
    }

    /// Whether searches are served now.
    pub fn is_available(&self) -> bool {
        self.searchable().is_ok() && !self.engine.is_unavailable()
    }

    /// The progress of the generation being built, if any.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the database does not respond.
    pub async fn building(&self, database: &Database) -> Result<Option<Progress>> {
        match self.rows(database).await?.into_iter().find(|row| !row.is_live) {
            Some(row) => follower::progress(database, &follower_name(row.id)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Acquires the lock for feeding; `None` once closed.
    pub async fn lock_feed(&self) -> Option<MutexGuard<'_, bool>> {
        let is_closed = self.is_closed.lock().await;
        (!*is_closed).then_some(is_closed)
    }

    /// Closes the generations, so that another process may open them. Searches are unavailable from then on.
    pub async fn close(&self) {
        *self.is_closed.lock().await = true;
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = OpenGenerations::default();
    }

    /// Notifies waiters of a feeding step.
    pub fn notify_step(&self) {
        self.steps.send_modify(|steps| *steps = steps.wrapping_add(1));
    }

    /// Waits for the next feeding step.
    pub async fn wait_for_step(&self) {
        // The sender lives as long as `self`.
        let _ = self.steps.subscribe().changed().await;
    }

    /// Waits until a live generation includes everything logged before the call.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the database does not respond.
    pub async fn wait_until_current(&self, database: &Database) -> Result<()> {
        let mut steps = self.steps.subscribe();
        let mut target = None;
        loop {
            if let Ok((generation, true)) = self.searchable() {
                let progress = follower::progress(database, &generation.name).await?;
                if progress.done >= *target.get_or_insert(progress.all) {
                    return Ok(());
                }
            }
            steps.changed().await.map_err(Error::internal)?;
        }
    }

    /// The live generation and the one being built.
    pub fn all(&self) -> [Option<Arc<Generation>>; 2] {
        let open = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        [open.live.clone(), open.building.clone()]
    }

    /// Reconciles with the table: opens the generations it lists, and starts a new one if none is usable.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the engine or the database does not respond.
    pub async fn refresh(&self, database: &Database) -> Result<()> {
        let open: Vec<Uuid> = self.all().into_iter().flatten().map(|generation| generation.row.id).collect();
        // Rows before indexes: an index exists before its row does.
        let rows = self.rows(database).await?;
        let existing = self.engine.ids().await?;
        self.remove_orphans(&rows, &existing).await?;
        let (usable, missing): (Vec<Model>, Vec<Model>) =
            rows.into_iter().partition(|row| existing.contains(&row.id) || (!row.is_live && !open.contains(&row.id)));
        if !missing.is_empty() && !self.rows(database).await?.iter().any(|row| missing.contains(row)) {
            // Another process has just replaced it; the next refresh picks that up.
            return Ok(());
        }
        let (mut live, mut building) = (None, None);
        for row in usable {
            match self.open(&row).await {
                Ok(generation) if row.is_live => live = Some(generation),
                Ok(generation) => building = Some(generation),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, index = %row.id, "search index damaged; rebuilding");
                    self.discard(database, row).await?;
                }
            }
        }
        for row in missing {
            tracing::warn!(index = %row.id, "search index missing; rebuilding");
            self.discard(database, row).await?;
        }
        // A generation of a newer release running alongside is left alone.
        let is_current = |generation: &Arc<Generation>| generation.row.version >= VERSION;
        if let Some(outdated) = building.take_if(|building| !is_current(building)) {
            self.discard(database, outdated.row.clone()).await?;
        }
        if building.is_none() && !live.as_ref().is_some_and(is_current) {
            building = Some(self.start_build(database).await?);
        }
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = OpenGenerations { live, building };
        Ok(())
    }

    /// Requests that a new generation be built, unless one is being built.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the database does not respond.
    pub async fn request_rebuild(&self, database: &Database) -> Result<()> {
        let new = ActiveModel {
            engine: Set(self.engine.name().to_owned()),
            place: Set(self.engine.location().await?),
            is_live: Set(false),
            id: Set(mint()),
            version: Set(VERSION),
        };
        let transaction = database.write(Scope::Server).await?;
        let key = [Column::Engine, Column::Place, Column::IsLive];
        Entity::insert(new)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Starts building a new generation, unless another process has.
    async fn start_build(&self, database: &Database) -> Result<Arc<Generation>> {
        self.request_rebuild(database).await?;
        let row = self.rows(database).await?.into_iter().find(|row| !row.is_live);
        let row = row.ok_or_else(|| Error::internal("search index row missing after insert"))?;
        self.open(&row).await
    }

    /// Makes a built generation the live one, and deletes the previous one.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the engine or the database does not respond.
    pub async fn promote(&self, database: &Database, built: &Generation) -> Result<()> {
        let old: Vec<Model> = self.rows(database).await?.into_iter().filter(|row| row.is_live).collect();
        let transaction = database.write(Scope::Server).await?;
        let here = |is_live: bool| {
            Entity::delete_many()
                .filter(Column::Engine.eq(&built.row.engine))
                .filter(Column::Place.eq(&built.row.place))
                .filter(Column::IsLive.eq(is_live))
        };
        let was_building = here(false).filter(Column::Id.eq(built.row.id)).exec(&transaction).await?;
        if was_building.rows_affected == 0 {
            // Another process has promoted it.
            return Ok(transaction.rollback().await?);
        }
        here(true).exec(&transaction).await?;
        let live = Model { is_live: true, ..built.row.clone() };
        Entity::insert(ActiveModel::from(live)).exec_without_returning(&transaction).await?;
        for row in &old {
            follower::forget(&transaction, &follower_name(row.id)).await?;
        }
        transaction.commit().await?;
        tracing::info!(index = %built.row.id, "search index generation promoted");
        self.refresh(database).await?;
        for row in old {
            self.engine.remove(row.id).await?;
        }
        Ok(())
    }

    /// Discards a damaged generation, so that a new one is built.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the engine or the database does not respond.
    pub async fn discard_damaged(&self, database: &Database, generation: &Generation) -> Result<()> {
        tracing::error!(index = %generation.row.id, "search index damaged; rebuilding");
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = OpenGenerations::default();
        self.discard(database, generation.row.clone()).await
    }

    /// Deletes a generation and its follower's state.
    async fn discard(&self, database: &Database, row: Model) -> Result<()> {
        let transaction = database.write(Scope::Server).await?;
        Entity::delete_many().filter(Column::Id.eq(row.id)).exec(&transaction).await?;
        follower::forget(&transaction, &follower_name(row.id)).await?;
        transaction.commit().await?;
        self.engine.remove(row.id).await
    }

    /// Deletes indexes left behind by a killed process. Only for engines that are not shared.
    async fn remove_orphans(&self, rows: &[Model], existing: &[Uuid]) -> Result<()> {
        if !self.engine.is_shared() {
            for id in existing.iter().filter(|id| rows.iter().all(|row| row.id != **id)) {
                self.engine.remove(*id).await?;
            }
        }
        Ok(())
    }

    async fn rows(&self, database: &Database) -> Result<Vec<Model>> {
        let place = self.engine.location().await?;
        let here = Entity::find().filter(Column::Engine.eq(self.engine.name())).filter(Column::Place.eq(place));
        Ok(database.global_tables().all(here).await?)
    }

    async fn open(&self, row: &Model) -> Result<Arc<Generation>> {
        let open = self.all().into_iter().flatten().find(|generation| generation.row.id == row.id);
        let index = match open {
            Some(open) if open.row == *row => return Ok(open),
            Some(open) => open.index.clone(),
            None => self.engine.open(row.id).await?,
        };
        Ok(Arc::new(Generation { index, name: follower_name(row.id), row: row.clone() }))
    }
}

/// The follower name of an index.
fn follower_name(id: Uuid) -> String {
    format!("search {id}")
}

/// Generates an index id.
fn mint() -> Uuid {
    crate::ground::id::CommandId::mint().0
}
