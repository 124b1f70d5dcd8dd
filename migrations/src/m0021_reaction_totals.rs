//! Reaction counts per message and emoji, and the first member to react, so that reading a message need not count.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::row_level_security::{OwnerAccess, as_server, enable};
use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("reaction_total")
            .id("workspace_id")
            .id("message_id")
            .text("emoji")
            .big("count")
            .big("first_seq")
            .key(["workspace_id", "message_id", "emoji"])
            .create(manager)
            .await?;
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            enable(manager, "reaction_total", OwnerAccess::detect(manager).await?).await?;
        }
        let order = ["workspace_id", "message_id", "emoji", "seq", "member_id"];
        index(manager, "reaction", "reaction_order", order, false).await?;
        let count = "INSERT INTO reaction_total (workspace_id, message_id, emoji, count, first_seq) \
                     SELECT workspace_id, message_id, emoji, count(*), min(seq) FROM reaction \
                     GROUP BY workspace_id, message_id, emoji";
        as_server(manager, count).await
    }
}
