//! The tables that belong to no workspace, and the one way to ask for them by single statements.
//!
//! Only what is marked as such can be asked for here: a query of a workspace's table does not compile, and
//! needs a transaction with a scope.

use sea_orm::{DbErr, EntityTrait, Select, UpdateMany};

use super::Pool;
use super::tally::Tally;

/// Marks a table that belongs to no workspace.
pub trait OfNoWorkspace: EntityTrait {}

/// Single statements on tables that belong to no workspace.
#[derive(Debug)]
pub struct Outside<'a> {
    pub(super) reader: &'a Pool,
    pub(super) writer: &'a Pool,
    pub(super) tally: &'a Tally,
}

impl Outside<'_> {
    /// All rows of a query.
    pub async fn all<E: OfNoWorkspace>(&self, query: Select<E>) -> Result<Vec<E::Model>, DbErr>
    where
        E::Model: Send + Sync,
    {
        let rows = match self.reader {
            Pool::Sqlite(reader) => query.all(reader).await,
            Pool::Postgres(reader) => query.all(&reader.single().await?).await,
        }?;
        self.tally.asked(rows.len());
        Ok(rows)
    }

    /// The first row of a query.
    pub async fn one<E: OfNoWorkspace>(&self, query: Select<E>) -> Result<Option<E::Model>, DbErr>
    where
        E::Model: Send + Sync,
    {
        let row = match self.reader {
            Pool::Sqlite(reader) => query.one(reader).await,
            Pool::Postgres(reader) => query.one(&reader.single().await?).await,
        }?;
        self.tally.asked(usize::from(row.is_some()));
        Ok(row)
    }

    /// Changes rows.
    pub async fn update<E: OfNoWorkspace>(&self, update: UpdateMany<E>) -> Result<(), DbErr> {
        match self.writer {
            Pool::Sqlite(writer) => update.exec(writer).await,
            Pool::Postgres(writer) => update.exec(&writer.single().await?).await,
        }?;
        self.tally.asked(0);
        self.tally.committed();
        Ok(())
    }
}
