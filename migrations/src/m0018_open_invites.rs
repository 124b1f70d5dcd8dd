//! An index of valid invites, without revoked and used-up ones; listing and counting invites read it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE INDEX invite_open ON invite (workspace_id, expires_at) \
                   WHERE NOT revoked AND (max_uses IS NULL OR uses < max_uses)";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }
}
