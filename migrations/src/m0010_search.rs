//! Search indexes, saved searches, and leases of followers that work outside of transactions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::row_level_security::{OwnerAccess, enable};
use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The holder of the lease, and the time at which it expires.
        for column in [ColumnDef::new("holder").uuid().null(), ColumnDef::new("held_until").big_integer().null()] {
            manager.alter_table(Table::alter().table("reader").add_column(column).to_owned()).await?;
        }
        table("search_index")
            .text("engine")
            .text("place")
            .flag("is_live")
            .id("id")
            .int("version")
            .key(["engine", "place", "is_live"])
            .create(manager)
            .await?;
        table("saved_search")
            .id("workspace_id")
            .id("member_id")
            .id("id")
            .text("name")
            .text("query")
            .big("created_at")
            .key(["workspace_id", "member_id", "id"])
            .create(manager)
            .await?;
        if manager.get_connection().get_database_backend() == sea_orm_migration::sea_orm::DatabaseBackend::Postgres {
            enable(manager, "saved_search", OwnerAccess::detect(manager).await?).await?;
        }
        Ok(())
    }
}
