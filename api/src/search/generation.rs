//! Generations: the index in use, and the one that is being built to take its place.
//!
//! The table `search_index` says which they are, so that all processes agree. A generation has a follower of its
//! own, named after it, so a new one is filled from the beginning of the logs, and can be left and taken up
//! again at any point. Whatever is lost (files removed, an engine wiped) is replaced by a new generation.

use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::{Mutex, MutexGuard, watch};
use uuid::Uuid;

use super::engine::{Engine, Index};
use super::entity::{ActiveModel, Column, Entity, Model};
use crate::db::{Database, Scope};
use crate::error::{Error, Result};
use crate::log::follower::{self, Progress};

/// The version of the settings and documents that this program makes. A change of either raises it, and a new
/// index is built beside the one in use.
pub const VERSION: i32 = 2;

/// An index with the follower that fills it.
#[derive(Debug, Clone)]
pub struct Generation {
    pub index: Index,
    /// The name of its follower.
    pub name: String,
    row: Model,
}

impl Generation {
    /// Whether this program makes its documents, and not a newer release.
    pub fn is_ours(&self) -> bool {
        self.row.version <= VERSION
    }
}

/// The generations of an engine.
#[derive(Debug)]
pub struct Generations {
    engine: Engine,
    /// What this process knows of them.
    known: RwLock<Known>,
    /// Held by who feeds them while they do; says that nobody shall any more.
    is_closed: Mutex<bool>,
    /// Raised by every step of who feeds them.
    steps: watch::Sender<u64>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    live: Option<Arc<Generation>>,
    building: Option<Arc<Generation>>,
}

impl Generations {
    pub fn new(engine: Engine) -> Self {
        Self { engine, known: RwLock::default(), is_closed: Mutex::new(false), steps: watch::Sender::new(0) }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What is searched: the one in use, or, while there is none, what is there of the one being built. And
    /// whether it is all there.
    ///
    /// # Errors
    /// `UNAVAILABLE` before the first is open.
    pub fn searched(&self) -> Result<(Arc<Generation>, bool)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let live = known.live.clone().map(|generation| (generation, true));
        let building = || known.building.clone().map(|generation| (generation, false));
        live.or_else(building).ok_or(Error::Away("search"))
    }

    /// Whether searches are answered now.
    pub fn is_there(&self) -> bool {
        self.searched().is_ok() && !self.engine.is_away()
    }

    /// How far the one that is being built has come; `None` where none is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn building(&self, database: &Database) -> Result<Option<Progress>> {
        match self.rows(database).await?.into_iter().find(|row| !row.is_live) {
            Some(row) => follower::progress(database, &name(row.id)).await.map(Some),
            None => Ok(None),
        }
    }

    /// The turn to feed them; `None` once they are closed.
    pub async fn turn(&self) -> Option<MutexGuard<'_, bool>> {
        let is_closed = self.is_closed.lock().await;
        (!*is_closed).then_some(is_closed)
    }

    /// Closes them: another process may have them then. What is searched for is away.
    pub async fn close(&self) {
        *self.is_closed.lock().await = true;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known::default();
    }

    /// Says that they were fed.
    pub fn stepped(&self) {
        self.steps.send_modify(|steps| *steps = steps.wrapping_add(1));
    }

    /// Waits until they are fed once more.
    pub async fn stepped_once(&self) {
        // The sender lives as long as this does.
        let _ = self.steps.subscribe().changed().await;
    }

    /// Waits until one is in use that has everything that was done before this was asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn caught_up(&self, database: &Database) -> Result<()> {
        let mut steps = self.steps.subscribe();
        let mut wanted = None;
        loop {
            if let Ok((generation, true)) = self.searched() {
                let progress = follower::progress(database, &generation.name).await?;
                if progress.done >= *wanted.get_or_insert(progress.all) {
                    return Ok(());
                }
            }
            steps.changed().await.map_err(Error::internal)?;
        }
    }

    /// The one in use and the one being built.
    pub fn all(&self) -> [Option<Arc<Generation>>; 2] {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        [known.live.clone(), known.building.clone()]
    }

    /// Looks which generations there are to be; opens them, and begins a new one where none can be used.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the engine or the database does not answer.
    pub async fn refresh(&self, database: &Database) -> Result<()> {
        let open: Vec<Uuid> = self.all().into_iter().flatten().map(|generation| generation.row.id).collect();
        // The rows first: what a row says is there was there before it.
        let rows = self.rows(database).await?;
        let there = self.engine.ids().await?;
        self.remove_orphans(&rows, &there).await?;
        let (usable, lost): (Vec<Model>, Vec<Model>) =
            rows.into_iter().partition(|row| there.contains(&row.id) || (!row.is_live && !open.contains(&row.id)));
        if !lost.is_empty() && !self.rows(database).await?.iter().any(|row| lost.contains(row)) {
            // Another process has just replaced it; the next look sees how.
            return Ok(());
        }
        let (mut live, mut building) = (None, None);
        for row in usable {
            match self.open(&row).await {
                Ok(generation) if row.is_live => live = Some(generation),
                Ok(generation) => building = Some(generation),
                Err(error) if error.is_passing() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, index = %row.id, "a search index is damaged and will be built anew");
                    self.forget(database, row).await?;
                }
            }
        }
        for row in lost {
            tracing::warn!(index = %row.id, "a search index is gone and will be built anew");
            self.forget(database, row).await?;
        }
        // One of a newer release, which runs beside this one, is left to it.
        let is_current = |generation: &Arc<Generation>| generation.row.version >= VERSION;
        if let Some(outdated) = building.take_if(|building| !is_current(building)) {
            self.forget(database, outdated.row.clone()).await?;
        }
        if building.is_none() && !live.as_ref().is_some_and(is_current) {
            building = Some(self.begin(database).await?);
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known { live, building };
        Ok(())
    }

    /// Has a new generation be built by whoever feeds them, unless one is being built.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ask_for_new(&self, database: &Database) -> Result<()> {
        let new = ActiveModel {
            engine: Set(self.engine.name().to_owned()),
            place: Set(self.engine.place().await?),
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

    /// Begins to build a new generation, unless another process has.
    async fn begin(&self, database: &Database) -> Result<Arc<Generation>> {
        self.ask_for_new(database).await?;
        let row = self.rows(database).await?.into_iter().find(|row| !row.is_live);
        let row = row.ok_or_else(|| Error::internal("the index that was begun is not there"))?;
        self.open(&row).await
    }

    /// Puts the one that was built in the place of the one in use, which is removed.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the engine or the database does not answer.
    pub async fn put_in_use(&self, database: &Database, built: &Generation) -> Result<()> {
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
            // Another process has done it.
            return Ok(transaction.rollback().await?);
        }
        here(true).exec(&transaction).await?;
        let live = Model { is_live: true, ..built.row.clone() };
        Entity::insert(ActiveModel::from(live)).exec_without_returning(&transaction).await?;
        for row in &old {
            follower::forget(&transaction, &name(row.id)).await?;
        }
        transaction.commit().await?;
        tracing::info!(index = %built.row.id, "a new search index is in use");
        self.refresh(database).await?;
        for row in old {
            self.engine.remove(row.id).await?;
        }
        Ok(())
    }

    /// Gives one up that is damaged: another is built.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the engine or the database does not answer.
    pub async fn give_up_damaged(&self, database: &Database, generation: &Generation) -> Result<()> {
        tracing::error!(index = %generation.row.id, "a search index is damaged and will be built anew");
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known::default();
        self.forget(database, generation.row.clone()).await
    }

    /// Forgets a generation, with what its follower did.
    async fn forget(&self, database: &Database, row: Model) -> Result<()> {
        let transaction = database.write(Scope::Server).await?;
        Entity::delete_many().filter(Column::Id.eq(row.id)).exec(&transaction).await?;
        follower::forget(&transaction, &name(row.id)).await?;
        transaction.commit().await?;
        self.engine.remove(row.id).await
    }

    /// Removes what a process left behind that was killed. Only where nobody else has indexes.
    async fn remove_orphans(&self, rows: &[Model], there: &[Uuid]) -> Result<()> {
        if !self.engine.is_shared() {
            for id in there.iter().filter(|id| rows.iter().all(|row| row.id != **id)) {
                self.engine.remove(*id).await?;
            }
        }
        Ok(())
    }

    async fn rows(&self, database: &Database) -> Result<Vec<Model>> {
        let place = self.engine.place().await?;
        let here = Entity::find().filter(Column::Engine.eq(self.engine.name())).filter(Column::Place.eq(place));
        Ok(database.outside().all(here).await?)
    }

    async fn open(&self, row: &Model) -> Result<Arc<Generation>> {
        let open = self.all().into_iter().flatten().find(|generation| generation.row.id == row.id);
        let index = match open {
            Some(open) if open.row == *row => return Ok(open),
            Some(open) => open.index.clone(),
            None => self.engine.open(row.id).await?,
        };
        Ok(Arc::new(Generation { index, name: name(row.id), row: row.clone() }))
    }
}

/// The name of the follower of an index.
fn name(id: Uuid) -> String {
    format!("search {id}")
}

/// A new id for an index.
fn mint() -> Uuid {
    crate::id::CommandId::mint().0
}
