//! Bounds the cost of notifications: a channel-wide mention is a single row, and an index finds unread notifications.

use sea_orm_migration::prelude::*;

use crate::index;
use crate::row_level_security::as_server;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["mention", "notification"] {
            let mut in_thread = ColumnDef::new("in_thread").boolean().not_null().default(false).to_owned();
            manager.alter_table(Table::alter().table(table).add_column(&mut in_thread).to_owned()).await?;
            let replies = format!(
                "UPDATE {table} SET in_thread = TRUE WHERE EXISTS (SELECT 1 FROM message t \
                 WHERE t.workspace_id = {table}.workspace_id AND t.id = {table}.message_id AND t.thread_id IS NOT NULL)"
            );
            as_server(manager, &replies).await?;
        }
        // The mention itself is the single row for all members of the channel.
        let per_member = "DELETE FROM notification WHERE reason = 'channel_mention'";
        as_server(manager, per_member).await?;
        let unread = ["workspace_id", "member_id", "channel_id", "in_thread", "seq"];
        index(manager, "notification", "notification_unread", unread, false).await?;
        let unread = ["workspace_id", "channel_id", "target_id", "in_thread", "seq", "author_id"];
        index(manager, "mention", "mention_unread", unread, false).await?;
        let age = ["workspace_id", "created_at"];
        index(manager, "notification", "notification_by_age", age, false).await?;
        index(manager, "command", "command_by_age", ["workspace_id", "last_seq"], false).await?;
        let mut who = ColumnDef::new("channel_mentions").text().not_null().default("everyone").to_owned();
        manager.alter_table(Table::alter().table("workspace").add_column(&mut who).to_owned()).await
    }
}
