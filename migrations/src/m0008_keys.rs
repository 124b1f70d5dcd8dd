//! Fixes the only workspace table whose primary key did not begin with `workspace_id`: an account is a member of a
//! workspace at most once.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "member", "member_by_account", ["workspace_id", "account_id"], true).await?;
        // A plain index: finds the workspaces of an account.
        index(manager, "member", "memberships_of_account", ["account_id"], false).await?;
        manager.drop_index(Index::drop().name("member_of_account").table("member").to_owned()).await
    }
}
