//! Direct read access to the database, Postgres or a SQLite file, without the server. It relies only on the catalog
//! and `docs/event-format.md`.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, Statement};

use crate::postgres::Postgres;
use crate::{Failure, Result};

/// The database.
#[derive(Debug)]
pub enum Rows<'a> {
    Postgres(&'a Postgres),
    Sqlite(PathBuf),
}

/// Formats an id, 16 bytes in SQLite, as Postgres does.
const HYPHENATED: &str = "lower(substr(hex({}), 1, 8) || '-' || substr(hex({}), 9, 4) || '-' || \
     substr(hex({}), 13, 4) || '-' || substr(hex({}), 17, 4) || '-' || substr(hex({}), 21))";

impl Rows<'_> {
    /// Executes a query with one text column.
    ///
    /// # Errors
    /// The query failed.
    async fn execute(&self, sql: &str) -> Result<Vec<String>> {
        match self {
            Self::Postgres(postgres) => Ok(postgres.execute_in_confab(sql).await?.lines().map(str::to_owned).collect()),
            Self::Sqlite(file) => {
                let database = open(file).await?;
                let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
                let rows = database.query_all_raw(statement).await.map_err(Failure::new)?;
                let lines = rows.iter().map(|row| row.try_get_by_index::<String>(0).map_err(Failure::new)).collect();
                database.close().await.map_err(Failure::new)?;
                lines
            }
        }
    }

    /// Checkpoints and truncates SQLite's write-ahead log, so that the next commit needs disk space.
    ///
    /// # Errors
    /// The checkpoint failed.
    pub async fn cut_journal(&self) -> Result<()> {
        let Self::Sqlite(file) = self else { return Ok(()) };
        let database = open(file).await?;
        database.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.map_err(Failure::new)?;
        database.close().await.map_err(Failure::new)
    }

    /// The log of a workspace in order, each event as JSON: `seq`, `at`, `kind`, `actor`, `command`, `skeleton`,
    /// `body`.
    ///
    /// # Errors
    /// The query failed.
    pub async fn log(&self, workspace: &str) -> Result<Vec<String>> {
        let is_sqlite = matches!(self, Self::Sqlite(_));
        let id = |column: &str| if is_sqlite { HYPHENATED.replace("{}", column) } else { column.to_owned() };
        let (object, text, json) = match self {
            Self::Postgres(_) => ("json_build_object", "::text", ["skeleton::json", "COALESCE(body, '{}')::json"]),
            Self::Sqlite(_) => ("json_object", "", ["json(skeleton)", "json(COALESCE(body, '{}'))"]),
        };
        let ([skeleton, body], actor, command, of) = (json, id("actor_id"), id("command_id"), id("workspace_id"));
        self.execute(&format!(
            "SELECT {object}('seq', seq, 'at', at, 'kind', kind, 'actor', {actor}, 'command', {command}, \
             'skeleton', {skeleton}, 'body', {body}){text} \
             FROM event WHERE {of} = '{workspace}' ORDER BY seq"
        ))
        .await
    }

    /// Every row of every table as text, prefixed with its table and sorted.
    ///
    /// # Errors
    /// A query failed.
    pub async fn dump(&self) -> Result<Vec<String>> {
        let tables = match self {
            Self::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            Self::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
        };
        let mut lines = Vec::new();
        for table in self.execute(tables).await? {
            let sql = match self {
                Self::Postgres(_) => format!("SELECT replace(t::text, E'\\n', '\\n') FROM {table} t"),
                Self::Sqlite(_) => {
                    let columns = self.execute(&format!("SELECT name FROM pragma_table_info('{table}')")).await?;
                    let quoted: Vec<String> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
                    format!("SELECT {} FROM {table}", quoted.join(" || ', ' || "))
                }
            };
            lines.extend(self.execute(&sql).await?.into_iter().map(|line| format!("{table}: {line}")));
        }
        lines.sort_unstable();
        Ok(lines)
    }
}

/// Not `mode=ro`: the first connection after a crash recovers the journal.
async fn open(file: &Path) -> Result<DatabaseConnection> {
    Database::connect(format!("sqlite://{}?mode=rw", file.display())).await.map_err(Failure::new)
}
