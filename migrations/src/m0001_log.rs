//! The log: heads, events, commands, follower cursors.

use sea_orm_migration::prelude::*;

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("log").id("workspace_id").big("last_seq").bytes("digest").key(["workspace_id"]).create(manager).await?;
        table("event")
            .id("workspace_id")
            .big("seq")
            .big("at")
            .int("version")
            .text("kind")
            .id("actor_id")
            .id("command_id")
            .id_null("subject_id")
            .text("skeleton")
            .bytes_null("salt")
            .text_null("body")
            .bytes("body_hash")
            .bytes("digest")
            .key(["workspace_id", "seq"])
            .create(manager)
            .await?;
        index(manager, "event", "event_of_subject", ["workspace_id", "subject_id"], false).await?;
        table("command")
            .id("workspace_id")
            .id("account_id")
            .id("id")
            .bytes("input_hash")
            .big("first_seq")
            .big("last_seq")
            .key(["workspace_id", "account_id", "id"])
            .create(manager)
            .await?;
        table("reader")
            .id("workspace_id")
            .text("name")
            .big("cursor")
            .key(["workspace_id", "name"])
            .create(manager)
            .await?;
        table("reader_failure")
            .id("workspace_id")
            .text("name")
            .big("seq")
            .int("attempts")
            .text("error")
            .big("at")
            .key(["workspace_id", "name", "seq"])
            .create(manager)
            .await?;
        Ok(())
    }
}
