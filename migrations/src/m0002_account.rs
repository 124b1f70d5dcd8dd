//! Accounts and sessions.

use sea_orm_migration::prelude::*;

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("account")
            .id("id")
            .text("email")
            .text("email_key")
            .text("name")
            .flag("is_server_admin")
            .big("created_at")
            .key(["id"])
            .create(manager)
            .await?;
        index(manager, "account", "account_by_email", ["email_key"], true).await?;
        table("credential").id("account_id").text("password_hash").key(["account_id"]).create(manager).await?;
        table("session")
            .id("id")
            .id("account_id")
            .text("user_agent")
            .big("created_at")
            .big_null("ended_seq")
            .key(["id"])
            .create(manager)
            .await?;
        index(manager, "session", "session_of_account", ["account_id"], false).await?;
        table("session_token")
            .bytes("token_hash")
            .id("session_id")
            .big("last_seen_at")
            .key(["token_hash"])
            .create(manager)
            .await?;
        index(manager, "session_token", "token_of_session", ["session_id"], false).await?;
        Ok(())
    }
}
