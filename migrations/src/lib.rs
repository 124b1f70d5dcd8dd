//! The database schema: one file per migration, identical for SQLite and Postgres.
//!
//! Primary keys of workspace tables begin with `workspace_id`, so that the tables can be sharded by workspace.
//! Migrations only go forward; a released migration never changes.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m0001_log;
mod m0002_account;
mod m0003_workspace;
mod m0004_channel;
mod m0005_message;
mod m0006_read_state;
mod m0007_bus;
mod m0008_keys;
mod m0009_row_level_security;
mod m0010_search;
mod m0011_file;
mod m0012_accounts;
mod m0013_notification_cost;
mod m0014_files;
mod m0017_current_members;
mod m0018_open_invites;
mod m0020_vocabulary;
mod m0021_reaction_totals;
mod m0022_archived_channels;
mod row_level_security;

pub use row_level_security::ROLE;

/// All migrations, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_log::Migration),
            Box::new(m0002_account::Migration),
            Box::new(m0003_workspace::Migration),
            Box::new(m0004_channel::Migration),
            Box::new(m0005_message::Migration),
            Box::new(m0006_read_state::Migration),
            Box::new(m0007_bus::Migration),
            Box::new(m0008_keys::Migration),
            Box::new(m0009_row_level_security::Migration),
            Box::new(m0010_search::Migration),
            Box::new(m0011_file::Migration),
            Box::new(m0012_accounts::Migration),
            Box::new(m0013_notification_cost::Migration),
            Box::new(m0014_files::Migration),
            Box::new(m0017_current_members::Migration),
            Box::new(m0018_open_invites::Migration),
            Box::new(m0020_vocabulary::Migration),
            Box::new(m0021_reaction_totals::Migration),
            Box::new(m0022_archived_channels::Migration),
        ]
    }
}

/// Builds a table. Columns are `NOT NULL` unless declared nullable.
pub(crate) struct TableBuilder(TableCreateStatement, Vec<&'static str>);

/// Starts a table definition.
pub(crate) fn table(name: &'static str) -> TableBuilder {
    TableBuilder(Table::create().table(name).to_owned(), Vec::new())
}

impl TableBuilder {
    fn column(mut self, name: &'static str, build: impl FnOnce(&mut ColumnDef) -> &mut ColumnDef, null: bool) -> Self {
        let mut column = ColumnDef::new(name);
        build(&mut column);
        if !null {
            column.not_null();
        }
        self.0.col(column);
        self
    }
    pub(crate) fn id(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::uuid, false)
    }
    pub(crate) fn id_null(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::uuid, true)
    }
    pub(crate) fn text(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::text, false)
    }
    pub(crate) fn text_null(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::text, true)
    }
    pub(crate) fn big(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::big_integer, false)
    }
    pub(crate) fn big_null(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::big_integer, true)
    }
    pub(crate) fn int(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::integer, false)
    }
    pub(crate) fn int_null(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::integer, true)
    }
    pub(crate) fn flag(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::boolean, false)
    }
    pub(crate) fn bytes(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::blob, false)
    }
    pub(crate) fn bytes_null(self, name: &'static str) -> Self {
        self.column(name, ColumnDef::blob, true)
    }
    pub(crate) fn key(mut self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        self.1 = columns.into_iter().collect();
        self
    }
    pub(crate) async fn create(mut self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut key = Index::create();
        for column in self.1 {
            key.col(column);
        }
        self.0.primary_key(&mut key);
        manager.create_table(self.0).await
    }
}

/// Creates an index.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: impl IntoIterator<Item = &'static str>,
    unique: bool,
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(column);
    }
    if unique {
        index.unique();
    }
    manager.create_index(index).await
}
