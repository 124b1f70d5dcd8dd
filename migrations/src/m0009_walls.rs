//! Row level security: the second wall between workspaces, on Postgres.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::wall::{Walls, raise};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The tables that had rows of workspaces before there were walls. Not `log`: the heads of the logs are
/// numbers and digests without content, which the lane locks before it knows anything else, and which
/// every process asks for once a second for all of its workspaces in one question.
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
    "reading",
    "private",
    "notification",
];

/// The role as which the server works, where the owner may make one: it owns no table, and walls bind it.
/// It may read which migrations were applied, and no more.
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
        let walls = Walls::here(manager).await?;
        for table in TABLES {
            raise(manager, table, walls).await?;
        }
        Ok(())
    }
}
