//! Workspaces, members, invites.

use sea_orm_migration::prelude::*;

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("workspace")
            .id("workspace_id")
            .text("name")
            .big("created_at")
            .id("created_by")
            .key(["workspace_id"])
            .create(manager)
            .await?;
        table("member")
            .id("workspace_id")
            .id("id")
            .id("account_id")
            .text("handle")
            .text("name")
            .text("role")
            .flag("active")
            .big("joined_at")
            .big("joined_seq")
            .key(["workspace_id", "id"])
            .create(manager)
            .await?;
        index(manager, "member", "member_of_account", ["account_id", "workspace_id"], true).await?;
        table("member_stay")
            .id("workspace_id")
            .id("member_id")
            .big("joined_seq")
            .big_null("left_seq")
            .key(["workspace_id", "member_id", "joined_seq"])
            .create(manager)
            .await?;
        table("invite")
            .id("workspace_id")
            .id("id")
            .id("created_by")
            .big("created_at")
            .big_null("expires_at")
            .int_null("max_uses")
            .int("uses")
            .flag("revoked")
            .key(["workspace_id", "id"])
            .create(manager)
            .await?;
        table("invite_secret")
            .id("workspace_id")
            .id("invite_id")
            .text("secret")
            .key(["workspace_id", "invite_id"])
            .create(manager)
            .await?;
        Ok(())
    }
}
