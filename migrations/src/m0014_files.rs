//! What the files of an account take in all workspaces, and files that wait to be looked into. The key that signs
//! links to files is no longer kept beside the rows: who has a copy of the database could make links with it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::table;
use crate::wall::{Walls, as_server, raise};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("server_key").to_owned()).await?;
        // Of an account, and so of no workspace.
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
            raise(manager, "preview_task", Walls::here(manager).await?).await?;
        }
        Ok(())
    }
}
