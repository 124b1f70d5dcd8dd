//! Channels and the periods of their memberships.

use sea_orm_migration::prelude::*;

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("channel")
            .id("workspace_id")
            .id("id")
            .text("kind")
            .text("name")
            .text("topic")
            .id("created_by")
            .big("created_at")
            .big("created_seq")
            .key(["workspace_id", "id"])
            .create(manager)
            .await?;
        table("channel_member")
            .id("workspace_id")
            .id("channel_id")
            .id("member_id")
            .big("joined_seq")
            .big_null("left_seq")
            .key(["workspace_id", "channel_id", "member_id", "joined_seq"])
            .create(manager)
            .await?;
        index(manager, "channel_member", "channels_of_member", ["workspace_id", "member_id", "channel_id"], false)
            .await?;
        Ok(())
    }
}
