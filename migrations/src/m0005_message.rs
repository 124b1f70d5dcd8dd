//! Messages, mentions, reactions.

use sea_orm_migration::prelude::*;

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("message")
            .id("workspace_id")
            .id("id")
            .big("seq")
            .id("channel_id")
            .id_null("thread_id")
            .id("author_id")
            .text("text")
            .text("mentions")
            .big("created_at")
            .big_null("edited_at")
            .big_null("deleted_at")
            .int("edits")
            .int("replies")
            .big_null("last_reply_at")
            .key(["workspace_id", "id"])
            .create(manager)
            .await?;
        index(manager, "message", "message_in_order", ["workspace_id", "channel_id", "thread_id", "seq"], false)
            .await?;
        index(manager, "message", "reply_in_order", ["workspace_id", "thread_id", "seq"], false).await?;
        table("mention")
            .id("workspace_id")
            .id("channel_id")
            .id("target_id")
            .big("seq")
            .id("message_id")
            .id("author_id")
            .key(["workspace_id", "channel_id", "target_id", "seq"])
            .create(manager)
            .await?;
        index(manager, "mention", "mention_of_message", ["workspace_id", "message_id"], false).await?;
        table("reaction")
            .id("workspace_id")
            .id("message_id")
            .text("emoji")
            .id("member_id")
            .big("seq")
            // Does not lead with the emoji: the reactions with one emoji are found by the index that orders them.
            .key(["workspace_id", "message_id", "member_id", "emoji"])
            .create(manager)
            .await?;
        Ok(())
    }
}
