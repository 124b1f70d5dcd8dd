//! Row-level security for workspace tables on Postgres: a transaction sees only the rows of its workspace.
//!
//! Every new workspace table calls [`raise`] in its migration; a test verifies this against the catalog.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// The role that the server switches to. It has no password and cannot log in: the owner assumes it.
pub const ROLE: &str = "confab_app";

/// Whether row-level security applies to the owner of the tables.
#[derive(Clone, Copy)]
pub(crate) enum Walls {
    /// Not enforced: the server works as another role. The owner sees all rows, which the previous release (still
    /// working as the owner) and backups rely on.
    AnotherRole,
    /// Enforced: the server works as the owner, and policies apply except in transactions marked as the server's own.
    Owner,
}

impl Walls {
    /// Tests whether the owner can assume the server role.
    pub(crate) async fn here(manager: &SchemaManager<'_>) -> Result<Self, DbErr> {
        let connection = manager.get_connection();
        let sql = format!(
            "DO $$ BEGIN SET LOCAL ROLE {ROLE}; SET LOCAL ROLE NONE; PERFORM set_config('confab.apart', 'yes', true); \
             EXCEPTION WHEN invalid_parameter_value OR undefined_object OR insufficient_privilege THEN \
             PERFORM set_config('confab.apart', 'no', true); END $$"
        );
        connection.execute_unprepared(&sql).await?;
        let apart = "SELECT 1 FROM (SELECT current_setting('confab.apart') AS apart) s WHERE apart = 'yes'";
        let apart = connection.execute_unprepared(apart).await?.rows_affected() > 0;
        Ok(if apart { Self::AnotherRole } else { Self::Owner })
    }
}

/// Executes statements on the rows of all workspaces. If row-level security is enforced for the owner, it sees them
/// only in transactions marked as the server's own.
pub(crate) async fn as_server(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return connection.execute_unprepared(sql).await.map(drop);
    }
    let sql = format!(
        "SELECT set_config('confab.scope', 'server', true); {sql}; SELECT set_config('confab.scope', '', true)"
    );
    connection.execute_unprepared(&sql).await.map(drop)
}

/// Enables row-level security on a table. Without the workspace setting, no row is visible.
///
/// The policy compares with the setting alone, so the planner evaluates it once for a query that names its workspace,
/// not for every row.
pub(crate) async fn raise(manager: &SchemaManager<'_>, table: &str, walls: Walls) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    let owner_sees = match walls {
        Walls::AnotherRole => "true",
        Walls::Owner => "current_setting('confab.scope', true) = 'server'",
    };
    let sql = format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; \
         ALTER TABLE {table} FORCE ROW LEVEL SECURITY; \
         CREATE POLICY wall ON {table} \
           USING (workspace_id = NULLIF(current_setting('confab.workspace', true), '')::uuid); \
         CREATE POLICY owner ON {table} TO CURRENT_USER USING ({owner_sees})"
    );
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}
