//! The state of the log's replication to JetStream.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("log_stream").text("name").big("created").big("messages").key(["name"]).create(manager).await
    }
}
