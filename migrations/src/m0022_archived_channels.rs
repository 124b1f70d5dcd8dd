//! When a channel was archived. `NULL` unless it is.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut archived_at = ColumnDef::new("archived_at").big_integer().null().to_owned();
        manager.alter_table(Table::alter().table("channel").add_column(&mut archived_at).to_owned()).await
    }
}
