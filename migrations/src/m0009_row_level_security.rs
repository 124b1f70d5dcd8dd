//! Row-level security on Postgres: tenant isolation as defense in depth.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::row_level_security::{OwnerAccess, enable};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The workspace tables that predate row-level security. Excludes `log`: its heads are sequence numbers and digests
/// without content. The lane locks them before it knows the workspace, and every process reads those of all its
/// workspaces once a second in one query.
const TABLES: [&str; 17] = [
    "event",
    "command",
    "reader",
    "reader_failure",
    "workspace",
    "member",
    "member_stay",
    "invite",
    "invite_secret",
    "channel",
    "channel_member",
    "message",
    "mention",
    "reaction",
    "read_state",
    "private",
    "notification",
];

/// Creates the role that the server switches to, if the owner may create one. The role owns no table, so row-level
/// security applies to it. It may only read which migrations were applied.
const ROLE: &str = "
DO $$
DECLARE
  here text := quote_ident(current_schema());
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'confab_app') THEN
    BEGIN
      CREATE ROLE confab_app NOLOGIN;
    EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'confab_app') THEN RETURN; END IF;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
    BEGIN
      EXECUTE 'GRANT confab_app TO ' || quote_ident(session_user);
    EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation OR internal_error THEN NULL;
    END;
  END IF;
  IF NOT has_schema_privilege('confab_app', current_schema(), 'USAGE') THEN
    EXECUTE 'GRANT USAGE ON SCHEMA ' || here || ' TO confab_app';
  END IF;
  EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ' || here || ' TO confab_app';
  EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA ' || here
    || ' GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO confab_app';
  REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM confab_app;
END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        manager.get_connection().execute_unprepared(ROLE).await?;
        let owner_access = OwnerAccess::detect(manager).await?;
        for table in TABLES {
            enable(manager, table, owner_access).await?;
        }
        Ok(())
    }
}
