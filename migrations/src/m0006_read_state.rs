//! A member's private data: read state and notifications.

use sea_orm_migration::prelude::*;

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("read_state")
            .id("workspace_id")
            .id("member_id")
            .id("channel_id")
            .big("last_read_seq")
            .int("epoch")
            .big("joined_seq")
            .key(["workspace_id", "member_id", "channel_id"])
            .create(manager)
            .await?;
        table("private")
            .id("workspace_id")
            .id("member_id")
            .big("rev")
            .big("notifications_read_seq")
            .key(["workspace_id", "member_id"])
            .create(manager)
            .await?;
        table("notification")
            .id("workspace_id")
            .id("member_id")
            .big("seq")
            .text("reason")
            .id("channel_id")
            .id("message_id")
            .big("created_at")
            .key(["workspace_id", "member_id", "seq"])
            .create(manager)
            .await?;
        index(manager, "notification", "notification_of_message", ["workspace_id", "message_id"], false).await?;
        Ok(())
    }
}
