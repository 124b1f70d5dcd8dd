//! The tables that belong to no workspace, and the one way to ask for them by single statements.
//!
//! Only what is marked as such can be asked for here: a query of a workspace's table does not compile, and
//! needs a transaction with a scope.

use sea_orm::{DatabaseConnection, DbErr, EntityTrait, Select, UpdateMany};

/// Marks a table that belongs to no workspace.
pub trait OfNoWorkspace: EntityTrait {}

/// Single statements on tables that belong to no workspace.
#[derive(Debug)]
pub struct Outside<'a> {
    pub(super) reader: &'a DatabaseConnection,
    pub(super) writer: &'a DatabaseConnection,
}

impl Outside<'_> {
    /// All rows of a query.
    pub async fn all<E: OfNoWorkspace>(&self, query: Select<E>) -> Result<Vec<E::Model>, DbErr>
    where
        E::Model: Send + Sync,
    {
        query.all(self.reader).await
    }

    /// The first row of a query.
    pub async fn one<E: OfNoWorkspace>(&self, query: Select<E>) -> Result<Option<E::Model>, DbErr>
    where
        E::Model: Send + Sync,
    {
        query.one(self.reader).await
    }

    /// Changes rows.
    pub async fn update<E: OfNoWorkspace>(&self, update: UpdateMany<E>) -> Result<(), DbErr> {
        update.exec(self.writer).await.map(drop)
    }
}
