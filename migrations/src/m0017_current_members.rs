//! An index of current channel memberships, without ended ones; loading a workspace reads it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE INDEX current_members ON channel_member (workspace_id, channel_id, member_id) \
                   WHERE left_seq IS NULL";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }
}
