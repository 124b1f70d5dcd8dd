//! Files: uploads, stored objects and their lifecycle, custom emoji, and member and workspace images.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::row_level_security::{OwnerAccess, enable};
use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        derived(manager).await?;
        private(manager).await?;
        for (name, mut column) in [
            ("message", ColumnDef::new("files").integer().not_null().default(0).to_owned()),
            ("member", ColumnDef::new("avatar_id").uuid().null().to_owned()),
            ("workspace", ColumnDef::new("icon_id").uuid().null().to_owned()),
        ] {
            manager.alter_table(Table::alter().table(name).add_column(&mut column).to_owned()).await?;
        }
        if manager.get_connection().get_database_backend() == sea_orm_migration::sea_orm::DatabaseBackend::Postgres {
            let owner_access = OwnerAccess::detect(manager).await?;
            for table in ["file", "emoji", "upload", "storage_use", "file_text"] {
                enable(manager, table, owner_access).await?;
            }
        }
        Ok(())
    }
}

/// Derived from the log.
async fn derived(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("file")
        .id("workspace_id")
        .id("id")
        .big("seq")
        .id("uploader_id")
        .big("created_at")
        .text("kind")
        .big("size")
        .text("description")
        .text_null("purpose")
        .id_null("message_id")
        .id_null("channel_id")
        .int("place")
        .big_null("removed_at")
        .key(["workspace_id", "id"])
        .create(manager)
        .await?;
    index(manager, "file", "file_of_message", ["workspace_id", "message_id"], false).await?;
    index(manager, "file", "file_of_channel", ["workspace_id", "channel_id", "seq"], false).await?;
    table("emoji")
        .id("workspace_id")
        .id("id")
        .text("name")
        .id("file_id")
        .id("creator_id")
        .key(["workspace_id", "id"])
        .create(manager)
        .await
}

/// Not derived from the log: uploads in progress, storage usage, and the extracted text of documents.
async fn private(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("upload")
        .id("workspace_id")
        .id("id")
        .id("member_id")
        .text("name")
        .text("media_type")
        .big("size")
        .bytes_null("sha256")
        .flag("is_voice")
        .text("state")
        .big("created_at")
        .big("expires_at")
        .id_null("checker")
        .big_null("checker_until")
        .key(["workspace_id", "id"])
        .create(manager)
        .await?;
    index(manager, "upload", "upload_of_member", ["workspace_id", "member_id", "state"], false).await?;
    index(manager, "upload", "upload_by_state", ["workspace_id", "state", "expires_at"], false).await?;
    // The nil member id stands for the entire workspace.
    table("storage_use")
        .id("workspace_id")
        .id("member_id")
        .big("bytes")
        .key(["workspace_id", "member_id"])
        .create(manager)
        .await?;
    table("file_text")
        .id("workspace_id")
        .id("file_id")
        .text("text")
        .key(["workspace_id", "file_id"])
        .create(manager)
        .await?;
    // Belongs to the server, not to a workspace.
    table("server_key").text("name").bytes("key").key(["name"]).create(manager).await
}
