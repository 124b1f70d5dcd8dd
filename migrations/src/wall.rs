//! Walls: what a table of workspaces gets on Postgres, so that a transaction sees one workspace's rows.
//!
//! A new table of workspaces calls [`raise`] in its migration; a test reads the catalogue and says so.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// The role as which the server works. It is made without a password and cannot sign in: the owner takes it on.
pub const ROLE: &str = "confab_app";

/// On which side of the walls the owner of the tables is.
#[derive(Clone, Copy)]
pub(crate) enum Walls {
    /// The server works as another role, so the owner may see all: processes of the release before, which
    /// still work as the owner, and whoever makes a backup.
    AnotherRole,
    /// The server works as the owner, who is bound as well, unless a transaction says that it is the
    /// server's own.
    Owner,
}

impl Walls {
    /// Finds out by trying whether the owner can take on the other role.
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

/// Executes statements on the rows of all workspaces: an owner who is bound by the walls sees them only as the server.
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

/// Puts a wall between the workspaces of a table. Without a setting nothing is seen.
///
/// The wall compares with the setting alone, so that the planner checks it once for a query that names its
/// workspace, and not for every row.
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
