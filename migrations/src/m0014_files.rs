//! Storage used by an account across all workspaces, and files pending inspection. The key that signs file links no
//! longer resides in the database: a copy of the database must not allow forging links.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::row_level_security::{OwnerAccess, as_server, enable};
use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("server_key").to_owned()).await?;
        // Belongs to an account, not to a workspace.
        table("account_use").id("account_id").big("bytes").key(["account_id"]).create(manager).await?;
        let sum = "INSERT INTO account_use (account_id, bytes) \
                   SELECT m.account_id, CAST(SUM(u.bytes) AS BIGINT) FROM member m JOIN storage_use u \
                   ON u.workspace_id = m.workspace_id AND u.member_id = m.id GROUP BY m.account_id";
        as_server(manager, sum).await?;
        table("preview_task")
            .id("workspace_id")
            .id("file_id")
            .id("account_id")
            .big("created_at")
            .int("attempts")
            .id_null("holder")
            .big("held_until")
            .key(["workspace_id", "file_id"])
            .create(manager)
            .await?;
        if manager.get_connection().get_database_backend() == DatabaseBackend::Postgres {
            enable(manager, "preview_task", OwnerAccess::detect(manager).await?).await?;
        }
        Ok(())
    }
}
