//! The rows as they stand, looked at past the server: in Postgres, or in the file of SQLite. It changes
//! no row, and knows of the tables only what the catalogue and `docs/event-format.md` say.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, Statement};

use crate::postgres::Postgres;
use crate::{Failure, Result};

/// Where they are.
#[derive(Debug)]
pub enum Rows<'a> {
    Postgres(&'a Postgres),
    Sqlite(PathBuf),
}

/// Ids are 16 bytes in SQLite; this writes one as Postgres does.
const HYPHENATED: &str = "lower(substr(hex({}), 1, 8) || '-' || substr(hex({}), 9, 4) || '-' || \
     substr(hex({}), 13, 4) || '-' || substr(hex({}), 17, 4) || '-' || substr(hex({}), 21))";

impl Rows<'_> {
    /// The answer of a question with one column of text.
    ///
    /// # Errors
    /// The question cannot be asked.
    async fn ask(&self, sql: &str) -> Result<Vec<String>> {
        match self {
            Self::Postgres(postgres) => Ok(postgres.of_confab(sql).await?.lines().map(str::to_owned).collect()),
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

    /// Brings what stands in SQLite's journal into the file and cuts the journal off: the next commit needs room.
    ///
    /// # Errors
    /// The question cannot be asked.
    pub async fn cut_journal(&self) -> Result<()> {
        let Self::Sqlite(file) = self else { return Ok(()) };
        let database = open(file).await?;
        database.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.map_err(Failure::new)?;
        database.close().await.map_err(Failure::new)
    }

    /// The log of a workspace in order, each event as JSON: `seq`, `at`, `kind`, `actor`, `command`,
    /// `skeleton`, `body`.
    ///
    /// # Errors
    /// The question cannot be asked.
    pub async fn log(&self, workspace: &str) -> Result<Vec<String>> {
        let is_sqlite = matches!(self, Self::Sqlite(_));
        let id = |column: &str| if is_sqlite { HYPHENATED.replace("{}", column) } else { column.to_owned() };
        let (object, text, json) = match self {
            Self::Postgres(_) => ("json_build_object", "::text", ["skeleton::json", "COALESCE(body, '{}')::json"]),
            Self::Sqlite(_) => ("json_object", "", ["json(skeleton)", "json(COALESCE(body, '{}'))"]),
        };
        let ([skeleton, body], actor, command, of) = (json, id("actor_id"), id("command_id"), id("workspace_id"));
        self.ask(&format!(
            "SELECT {object}('seq', seq, 'at', at, 'kind', kind, 'actor', {actor}, 'command', {command}, \
             'skeleton', {skeleton}, 'body', {body}){text} \
             FROM event WHERE {of} = '{workspace}' ORDER BY seq"
        ))
        .await
    }

    /// Every row of every table, as text after the name of its table, in an order of its own.
    ///
    /// # Errors
    /// A question cannot be asked.
    pub async fn dump(&self) -> Result<Vec<String>> {
        let tables = match self {
            Self::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            Self::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
        };
        let mut lines = Vec::new();
        for table in self.ask(tables).await? {
            let sql = match self {
                Self::Postgres(_) => format!("SELECT replace(t::text, E'\\n', '\\n') FROM {table} t"),
                Self::Sqlite(_) => {
                    let columns = self.ask(&format!("SELECT name FROM pragma_table_info('{table}')")).await?;
                    let quoted: Vec<String> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
                    format!("SELECT {} FROM {table}", quoted.join(" || ', ' || "))
                }
            };
            lines.extend(self.ask(&sql).await?.into_iter().map(|line| format!("{table}: {line}")));
        }
        lines.sort_unstable();
        Ok(lines)
    }
}

/// Not `mode=ro`: whoever comes first after a crash recovers the journal.
async fn open(file: &Path) -> Result<DatabaseConnection> {
    Database::connect(format!("sqlite://{}?mode=rw", file.display())).await.map_err(Failure::new)
}
