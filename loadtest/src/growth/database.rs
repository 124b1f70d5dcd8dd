//! The database of a server that is measured: rows that the API would take hours to make, and what Postgres counts.
//!
//! Rows are made by statements that count, so that a million takes seconds. Ids follow from a kind and a number, so
//! that rows of several tables find each other. It knows the names of tables, and nothing of the server's modules.

use std::path::{Path, PathBuf};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::{Failure, Result};

/// Where rows are.
#[derive(Debug, Clone)]
pub enum Database {
    Sqlite(PathBuf),
    Postgres { admin: String, name: String },
}

/// What an id names.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Account = 1,
    Member,
    SignIn,
    Workspace,
    Invite,
    Channel,
    Command,
    Message,
}

impl Database {
    /// The SQLite file of a data directory.
    pub fn of_directory(directory: &Path) -> Self {
        Self::Sqlite(directory.join("confab.sqlite"))
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// How Postgres is reached.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { admin, name } => {
                let server = admin.rsplit_once('/').map_or(admin.as_str(), |(server, _)| server);
                Some(format!("{server}/{name}"))
            }
        }
    }

    /// Makes a new database on Postgres, as a copy of another one.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn create(admin: &str, name: &str, copy_of: Option<&str>) -> Result<Self> {
        let mut connection = PgConnection::connect(admin).await?;
        let template = copy_of.map(|name| format!(" TEMPLATE {name}")).unwrap_or_default();
        run(&mut connection, &format!("CREATE DATABASE {name}{template}")).await?;
        Ok(Self::Postgres { admin: admin.to_owned(), name: name.to_owned() })
    }

    /// Takes it away, if it is on Postgres. A directory goes by itself.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn remove(&self) -> Result<()> {
        if let Self::Postgres { admin, name } = self {
            let mut connection = PgConnection::connect(admin).await?;
            run(&mut connection, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }

    /// Executes statements.
    ///
    /// # Errors
    /// One of them fails.
    pub async fn execute(&self, statements: &[String]) -> Result<()> {
        match self {
            Self::Sqlite(file) => {
                let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
                for statement in statements {
                    sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut connection).await?;
                }
                Ok(connection.close().await?)
            }
            Self::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.url().unwrap_or_default()).await?;
                for statement in statements {
                    run(&mut connection, statement).await?;
                }
                // What Postgres would do by itself in the next minutes.
                run(&mut connection, "VACUUM ANALYZE").await?;
                Ok(connection.close().await?)
            }
        }
    }

    /// `SELECT … FROM` this: a row `i` for each number from 1 to `n`.
    pub fn series(&self, n: u64) -> String {
        match self {
            Self::Sqlite(_) => format!(
                "(WITH RECURSIVE s(i) AS (SELECT 1 WHERE {n} > 0 UNION ALL SELECT i + 1 FROM s WHERE i < {n}) \
                 SELECT i FROM s) AS s"
            ),
            Self::Postgres { .. } => format!("generate_series(1, {n}) AS s(i)"),
        }
    }

    /// The SQL of the id of a kind with a number, which is an expression.
    pub fn id(&self, kind: Kind, number: &str) -> String {
        let prefix = prefix(kind);
        match self {
            Self::Sqlite(_) => format!("unhex('{prefix}' || printf('%015x', {number}))"),
            Self::Postgres { .. } => format!("CAST('{prefix}' || lpad(to_hex({number}), 15, '0') AS uuid)"),
        }
    }

    /// The SQL of an id as the API writes it, with or without its prefix.
    pub fn literal(&self, id: &str) -> String {
        let uuid = id.rsplit('_').next().unwrap_or(id);
        match self {
            Self::Sqlite(_) => format!("x'{}'", uuid.replace('-', "")),
            Self::Postgres { .. } => format!("CAST('{uuid}' AS uuid)"),
        }
    }

    /// The SQL of bytes.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sqlite(_) => format!("x'{digits}'"),
            Self::Postgres { .. } => format!("CAST('\\x{digits}' AS bytea)"),
        }
    }

    /// The SQL of the time, in milliseconds since 1970.
    pub fn now(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Self::Postgres { .. } => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }
}

/// The id of a kind with a number, as [`Database::id`] has it.
pub fn id_of(kind: Kind, number: u64) -> Uuid {
    Uuid::parse_str(&format!("{}{number:015x}", prefix(kind))).unwrap_or_default()
}

/// All but the last 15 digits of a UUID of version 7.
fn prefix(kind: Kind) -> String {
    format!("01{:02x}0000000070008", kind as u8)
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
    Ok(())
}

/// What Postgres says of a database, by its extension `pg_stat_statements`.
#[derive(Debug)]
pub struct Counted {
    connection: PgConnection,
    name: String,
}

impl Counted {
    /// None on SQLite.
    ///
    /// # Errors
    /// Postgres does not count statements.
    pub async fn begin(database: &Database) -> Result<Option<Self>> {
        let Database::Postgres { admin, name } = database else { return Ok(None) };
        let mut connection = PgConnection::connect(admin).await?;
        run(&mut connection, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
        let mut counted = Self { connection, name: name.clone() };
        let lacking = |failure| {
            Failure::new(format!(
                "Postgres must count statements: start it with shared_preload_libraries=pg_stat_statements ({failure})"
            ))
        };
        counted.pages().await.map_err(lacking)?;
        Ok(Some(counted))
    }

    /// Pages of tables and indexes that its statements looked at since Postgres counts.
    ///
    /// # Errors
    /// Postgres does not answer.
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

    #[tokio::test]
    async fn rows_are_made_by_counting() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::of_directory(directory.path());
        let Database::Sqlite(file) = &database else { panic!("not SQLite") };
        std::fs::File::create(file).unwrap();
        let insert =
            format!("INSERT INTO t SELECT {}, i FROM {}", database.id(Kind::Member, "i"), database.series(1000));
        database.execute(&["CREATE TABLE t (id BLOB PRIMARY KEY, i INTEGER)".to_owned(), insert]).await.unwrap();
        let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        let id: (Uuid,) = sqlx::query_as("SELECT id FROM t WHERE i = 77").fetch_one(&mut connection).await.unwrap();
        assert_eq!(id.0, id_of(Kind::Member, 77));
        assert_eq!(id.0.get_version_num(), 7);
        let literal = format!("SELECT i FROM t WHERE id = {}", database.literal(&format!("mem_{}", id.0)));
        let found: (i64,) = sqlx::query_as(AssertSqlSafe(literal)).fetch_one(&mut connection).await.unwrap();
        assert_eq!(found.0, 77);
    }
}
