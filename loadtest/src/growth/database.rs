//! The database of a measured server: inserts rows that the API would take hours to create, and reads Postgres
//! statistics.
//!
//! Rows come from generated series, so that a million takes seconds. Ids derive from a kind and a number, so that rows
//! of different tables match.

use std::path::{Path, PathBuf};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use testbed::id::uuid_of;
use testbed::postgres;
use uuid::Uuid;

use crate::{Failure, Result};

/// The database.
#[derive(Debug, Clone)]
pub enum Database {
    Sqlite(PathBuf),
    Postgres(postgres::Database),
}

/// The kind of an id.
#[derive(Debug, Clone, Copy)]
pub enum IdKind {
    Account = 1,
    Member,
    Session,
    Workspace,
    Invite,
    Channel,
    Command,
    Message,
}

impl Database {
    /// The SQLite file of a data directory.
    pub fn in_directory(directory: &Path) -> Self {
        Self::Sqlite(directory.join("confab.sqlite"))
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// The connection URL of Postgres.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(database) => Some(database.url()),
        }
    }

    /// Drops a Postgres database. A SQLite file goes with its directory.
    ///
    /// # Errors
    /// Postgres rejects it.
    pub async fn remove(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(database) => database.remove().await,
        }
    }

    /// Executes statements.
    ///
    /// # Errors
    /// One of them failed.
    pub async fn execute(&self, statements: &[String]) -> Result<()> {
        match self {
            _ if statements.is_empty() => Ok(()),
            Self::Sqlite(file) => {
                let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
                for statement in statements {
                    sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut connection).await?;
                }
                Ok(connection.close().await?)
            }
            Self::Postgres(database) => {
                let mut connection = PgConnection::connect(&database.url()).await?;
                for statement in statements {
                    run(&mut connection, statement).await?;
                }
                // As autovacuum would within minutes.
                run(&mut connection, "VACUUM ANALYZE").await?;
                Ok(connection.close().await?)
            }
        }
    }

    /// A `FROM` item with a row `i` for each number from 1 to `n`.
    pub fn series(&self, n: u64) -> String {
        match self {
            Self::Sqlite(_) => format!(
                "(WITH RECURSIVE s(i) AS (SELECT 1 WHERE {n} > 0 UNION ALL SELECT i + 1 FROM s WHERE i < {n}) \
                 SELECT i FROM s) AS s"
            ),
            Self::Postgres(_) => format!("generate_series(1, {n}) AS s(i)"),
        }
    }

    /// SQL for an id of a kind, with a number given as expression.
    pub fn id(&self, kind: IdKind, number: &str) -> String {
        let prefix = prefix(kind);
        match self {
            Self::Sqlite(_) => format!("unhex('{prefix}' || printf('%015x', {number}))"),
            Self::Postgres(_) => format!("CAST('{prefix}' || lpad(to_hex({number}), 15, '0') AS uuid)"),
        }
    }

    /// SQL for an id as the API formats it.
    pub fn literal(&self, id: &str) -> String {
        let uuid = uuid_of(id).unwrap_or_default();
        match self {
            Self::Sqlite(_) => format!("x'{}'", uuid.simple()),
            Self::Postgres(_) => format!("CAST('{uuid}' AS uuid)"),
        }
    }

    /// SQL for bytes.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sqlite(_) => format!("x'{digits}'"),
            Self::Postgres(_) => format!("CAST('\\x{digits}' AS bytea)"),
        }
    }

    /// SQL for the current time in milliseconds since 1970.
    pub fn now(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Self::Postgres(_) => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }
}

/// The same id as from [`Database::id`].
pub fn id_of(kind: IdKind, number: u64) -> Uuid {
    Uuid::parse_str(&format!("{}{number:015x}", prefix(kind))).unwrap_or_default()
}

/// All but the last 15 digits of a version 7 UUID.
fn prefix(kind: IdKind) -> String {
    format!("01{:02x}0000000070008", kind as u8)
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
    Ok(())
}

/// Page statistics of a Postgres database, from the extension `pg_stat_statements`.
#[derive(Debug)]
pub struct PageCounter {
    connection: PgConnection,
    name: String,
}

impl PageCounter {
    /// Opens the statistics. `None` on SQLite.
    ///
    /// # Errors
    /// Postgres does not collect statistics.
    pub async fn open(database: &Database) -> Result<Option<Self>> {
        let Database::Postgres(postgres::Database { admin_url, name }) = database else { return Ok(None) };
        let mut connection = PgConnection::connect(admin_url).await?;
        run(&mut connection, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
        let mut page_counter = Self { connection, name: name.clone() };
        let missing_extension = |failure| {
            Failure::new(format!(
                "Postgres needs pg_stat_statements: start it with shared_preload_libraries=pg_stat_statements ({failure})"
            ))
        };
        page_counter.pages().await.map_err(missing_extension)?;
        Ok(Some(page_counter))
    }

    /// Table and index pages accessed by the database's statements so far.
    ///
    /// # Errors
    /// Postgres does not respond.
    pub async fn pages(&mut self) -> Result<f64> {
        let sql = "SELECT COALESCE(sum(shared_blks_hit + shared_blks_read), 0)::float8 FROM pg_stat_statements s \
                   JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = $1";
        let row = sqlx::query_as::<_, (f64,)>(sql).bind(&self.name).fetch_one(&mut self.connection).await?;
        Ok(row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::id::in_workspace;

    #[tokio::test]
    async fn inserts_generated_rows() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::in_directory(directory.path());
        let Database::Sqlite(file) = &database else { panic!("not SQLite") };
        std::fs::File::create(file).unwrap();
        let insert =
            format!("INSERT INTO t SELECT {}, i FROM {}", database.id(IdKind::Member, "i"), database.series(1000));
        database.execute(&["CREATE TABLE t (id BLOB PRIMARY KEY, i INTEGER)".to_owned(), insert]).await.unwrap();
        let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        let id: (Uuid,) = sqlx::query_as("SELECT id FROM t WHERE i = 77").fetch_one(&mut connection).await.unwrap();
        assert_eq!(id.0, id_of(IdKind::Member, 77));
        assert_eq!(id.0.get_version_num(), 7);
        let literal = format!("SELECT i FROM t WHERE id = {}", database.literal(&in_workspace("wks_", "mem_", id.0)));
        let found: (i64,) = sqlx::query_as(AssertSqlSafe(literal)).fetch_one(&mut connection).await.unwrap();
        assert_eq!(found.0, 77);
    }
}
