//! Tables that belong to no workspace, and single statements on them.
//!
//! Only marked tables are accessible here. A query of a workspace table does not compile, and requires a
//! transaction with a scope.

use sea_orm::{DbErr, EntityTrait, Select, UpdateMany};

use super::pool::Pool;
use super::query_counters::QueryCounters;

/// Marks a table that belongs to no workspace.
pub trait GlobalTable: EntityTrait {}

/// Runs single statements on tables that belong to no workspace.
#[derive(Debug)]
pub struct GlobalTables<'a> {
    pub(super) reader: &'a Pool,
    pub(super) writer: &'a Pool,
    pub(super) counters: &'a QueryCounters,
}

impl GlobalTables<'_> {
    /// Returns all rows of a query.
    pub async fn all<E: GlobalTable>(&self, query: Select<E>) -> Result<Vec<E::Model>, DbErr>
    where
        E::Model: Send + Sync,
    {
        let rows = match self.reader {
            Pool::Sqlite(reader) => query.all(reader).await,
            Pool::Postgres(reader) => query.all(&reader.single().await?).await,
        }?;
        self.counters.record_statement(rows.len());
        Ok(rows)
    }

    /// Returns the first row of a query.
    pub async fn one<E: GlobalTable>(&self, query: Select<E>) -> Result<Option<E::Model>, DbErr>
    where
        E::Model: Send + Sync,
    {
        let row = match self.reader {
            Pool::Sqlite(reader) => query.one(reader).await,
            Pool::Postgres(reader) => query.one(&reader.single().await?).await,
        }?;
        self.counters.record_statement(usize::from(row.is_some()));
        Ok(row)
    }

    /// Updates rows.
    pub async fn update<E: GlobalTable>(&self, update: UpdateMany<E>) -> Result<(), DbErr> {
        match self.writer {
            Pool::Sqlite(writer) => update.exec(writer).await,
            Pool::Postgres(writer) => update.exec(&writer.single().await?).await,
        }?;
        self.counters.record_statement(0);
        self.counters.record_commit();
        Ok(())
    }
}
