//! The event vocabulary version that a log requires. An older release detects an unsupported log before reading it. All
//! event kinds so far are of version 1.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut version = ColumnDef::new("version").integer().not_null().default(1).to_owned();
        manager.alter_table(Table::alter().table("log").add_column(&mut version).to_owned()).await
    }
}
