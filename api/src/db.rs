//! The database: SQLite in the data directory, or Postgres; the same entities and migrations for both.
//!
//! Everything in which the two differ stands here: how to connect, how a writing and a reading
//! transaction begin, the clock. SQLite has one writing connection, so writers queue in the process
//! and never meet a lock; reads have a pool of their own on both, so that a slow read never keeps a
//! write waiting. Durability is the strictest of each: WAL with `synchronous=FULL`, and
//! `synchronous_commit=on`.

pub mod many;

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database as Connector, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, IsolationLevel, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, Value,
};

use crate::error::Result;
use crate::planted::{self, Bug};

/// How long a lock, a statement or an idle transaction may take before the database ends it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the rows are.
#[derive(Clone)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Where migrations connect by themselves: they may take longer than any request.
    postgres_url: Option<String>,
}

impl std::fmt::Debug for Database {
    /// Without the URL, in which a password may stand.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the SQLite file, making it if it is not there.
    pub async fn sqlite(file: &Path) -> Result<Self> {
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let mut writer = options(&url, 1);
        writer.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(if planted::is(Bug::NotDurable) {
                    SqliteSynchronous::Off
                } else {
                    SqliteSynchronous::Full
                })
                .foreign_keys(false)
                .busy_timeout(PATIENCE)
                .pragma("cache_size", "-16384")
        });
        let writer = Connector::connect(writer).await?;
        let mut reader = options(&url, 4);
        reader.map_sqlx_sqlite_opts(|sqlite| {
            sqlite.busy_timeout(PATIENCE).pragma("query_only", "true").pragma("cache_size", "-16384")
        });
        Ok(Self { writer, reader: Connector::connect(reader).await?, postgres_url: None })
    }

    /// Connects to Postgres 15 or newer.
    pub async fn postgres(url: &str) -> Result<Self> {
        Self::postgres_of(url, 12).await
    }

    /// The same database through few connections of its own. SQLite has its one writer for everybody.
    pub async fn isolated(&self) -> Result<Self> {
        match &self.postgres_url {
            Some(url) => Self::postgres_of(url, 2).await,
            None => Ok(self.clone()),
        }
    }

    async fn postgres_of(url: &str, size: u32) -> Result<Self> {
        let connect = async |size| {
            let mut options = options(url, size);
            options.map_sqlx_postgres_opts(|postgres| {
                let patience = format!("{}ms", PATIENCE.as_millis());
                postgres.options([
                    ("synchronous_commit", if planted::is(Bug::NotDurable) { "off" } else { "on" }),
                    ("lock_timeout", patience.as_str()),
                    ("statement_timeout", patience.as_str()),
                    ("idle_in_transaction_session_timeout", patience.as_str()),
                ])
            });
            Connector::connect(options).await
        };
        Ok(Self { writer: connect(size).await?, reader: connect(size).await?, postgres_url: Some(url.to_owned()) })
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DatabaseBackend {
        self.writer.get_database_backend()
    }

    /// Whether it is SQLite, which has a single writer for all logs.
    pub fn is_sqlite(&self) -> bool {
        self.backend() == DatabaseBackend::Sqlite
    }

    /// The pool for single writing statements.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// The pool for single reading statements.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a transaction that writes: READ COMMITTED, or SQLite's single writer at once.
    pub async fn write(&self) -> Result<DatabaseTransaction, DbErr> {
        let sqlite_transaction_mode = self.is_sqlite().then_some(SqliteTransactionMode::Immediate);
        begin(&self.writer, TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() }).await
    }

    /// Begins a transaction that reads one snapshot; it is fixed by the first statement.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = if self.is_sqlite() {
            TransactionOptions::default()
        } else {
            TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            }
        };
        begin(&self.reader, options).await
    }

    /// Brings the schema up to date, however long that takes.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        use migrations::{Migrator, MigratorTrait};
        let Some(url) = &self.postgres_url else { return Migrator::up(&self.writer, None).await };
        let patient = Connector::connect(options(url, 1)).await?;
        Migrator::up(&patient, None).await?;
        patient.close().await
    }

    /// How many migrations are still to come.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        use migrations::{Migrator, MigratorTrait};
        Ok(Migrator::get_pending_migrations(&self.writer).await?.len())
    }

    /// Whether it answers now.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.reader.execute_unprepared("SELECT 1").await.map(drop)
    }
}

/// Begins a transaction in a task of its own. Where the caller goes away in the middle (a request that was
/// hung up), the driver would give the connection back to the pool with a transaction that nobody ends.
async fn begin(connection: &DatabaseConnection, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
    let connection = connection.clone();
    let begun = tokio::spawn(async move { connection.begin_with_options(options).await }).await;
    begun.unwrap_or_else(|stopping| Err(DbErr::Conn(RuntimeErr::Internal(stopping.to_string()))))
}

fn options(url: &str, size: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(size)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .sqlx_logging(false);
    options
}

/// The SQL of the database's clock in milliseconds since 1970.
pub fn clock_sql(backend: DatabaseBackend) -> &'static str {
    match backend {
        DatabaseBackend::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        _ => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    }
}

/// A statement with `$1`, `$2` … which both databases understand.
pub fn statement(
    connection: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// `$from, $from+1 …`: places for `count` values of an `IN` list.
pub fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
