//! Row-level security for workspace tables on Postgres: a transaction sees only the rows of its workspace.
//!
//! Every new workspace table calls [`enable`] in its migration; a test verifies this against the catalog.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// The role that the server switches to. It has no password and cannot log in: the owner assumes it.
pub const ROLE: &str = "confab_app";

/// The rows that the owner of the tables sees.
#[derive(Clone, Copy)]
pub(crate) enum OwnerAccess {
    /// All rows: the server works as another role. The previous release (still working as the owner) and backups
    /// rely on it.
    Unrestricted,
    /// Those of a workspace: the server works as the owner, and policies apply except in transactions marked as the
    /// server's own.
    Restricted,
}

impl OwnerAccess {
    /// Tests whether the owner can assume the server role.
    pub(crate) async fn detect(manager: &SchemaManager<'_>) -> Result<Self, DbErr> {
        let connection = manager.get_connection();
        let sql = format!(
            "DO $$ BEGIN SET LOCAL ROLE {ROLE}; SET LOCAL ROLE NONE; PERFORM set_config('confab.has_role', 'yes', true); \
             EXCEPTION WHEN invalid_parameter_value OR undefined_object OR insufficient_privilege THEN \
             PERFORM set_config('confab.has_role', 'no', true); END $$"
        );
        connection.execute_unprepared(&sql).await?;
        let has_role = "SELECT 1 FROM (SELECT current_setting('confab.has_role') AS has_role) s WHERE has_role = 'yes'";
        let has_role = connection.execute_unprepared(has_role).await?.rows_affected() > 0;
        Ok(if has_role { Self::Unrestricted } else { Self::Restricted })
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
pub(crate) async fn enable(manager: &SchemaManager<'_>, table: &str, owner_access: OwnerAccess) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    let owner_sees = match owner_access {
        OwnerAccess::Unrestricted => "true",
        OwnerAccess::Restricted => "current_setting('confab.scope', true) = 'server'",
    };
    let sql = format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; \
         ALTER TABLE {table} FORCE ROW LEVEL SECURITY; \
         CREATE POLICY workspace_isolation ON {table} \
           USING (workspace_id = NULLIF(current_setting('confab.workspace', true), '')::uuid); \
         CREATE POLICY owner ON {table} TO CURRENT_USER USING ({owner_sees})"
    );
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}
