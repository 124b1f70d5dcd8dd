//! The database: SQLite in the data directory, or Postgres. Both use the same entities and migrations.
//!
//! All differences between the two are in this module: connecting, beginning transactions, the clock. SQLite
//! has a single write connection, so writers queue within the process and never hit a lock. Reads have a
//! separate pool on both, so slow reads never block writes. Both use their strictest durability: WAL with
//! `synchronous=FULL`, and `synchronous_commit=on`.

pub mod batch_insert;
pub mod batch_query;
mod entity;
mod global_tables;
mod guarded;
mod pool;
mod query_counters;
pub mod store;
mod transaction;

use std::future::ready;
use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Connector, DatabaseBackend, DbErr, RuntimeErr, Statement, Value,
};

pub(crate) use entity::without_relations;
pub use global_tables::{GlobalTable, GlobalTables};
use guarded::{GuardedPool, STATEMENT_TIMEOUT};
use pool::Pool;
use query_counters::QueryCounters;
pub use query_counters::QueryCounts;
use transaction::Purpose;
pub use transaction::{Scope, Transaction};

use crate::ground::breaker::Breaker;
use crate::ground::clock::Timestamp;
use crate::ground::error::Result;
use crate::ground::planted;

/// Connections of each kind in an isolated pool.
const ISOLATED_CONNECTIONS: u32 = 2;

/// Key of the advisory lock held during migrations: "confab" in ASCII. Must never change.
pub const MIGRATION_LOCK: i64 = 0x63_6f_6e_66_61_62;

/// A handle to the database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    writer: Pool,
    reader: Pool,
    postgres: Option<Postgres>,
    /// URL of the SQLite file.
    sqlite: Option<String>,
    counters: QueryCounters,
}

#[derive(Clone)]
struct Postgres {
    /// URL for migrations, which use separate connections without timeouts.
    url: String,
    /// Whether the pools use a separate role instead of the table owner.
    uses_app_role: bool,
    /// Shared by all pools of this process, since they use the same database.
    breaker: Breaker,
}

impl std::fmt::Debug for Database {
    /// Omits the URL, which may contain a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the SQLite file. Creates it if it does not exist.
    pub async fn sqlite(file: &Path) -> Result<Self> {
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let mut writer = options(&url, 1);
        writer.map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(ready(Ok(transaction::is_idle(connection)))));
        writer.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(planted::synchronous(SqliteSynchronous::Full))
                .foreign_keys(false)
                .busy_timeout(STATEMENT_TIMEOUT)
                .pragma("cache_size", "-16384")
        });
        let writer = Pool::Sqlite(Connector::connect(writer).await?);
        let reader = sqlite_reader(&url, 4).await?;
        Ok(Self { writer, reader, postgres: None, sqlite: Some(url), counters: QueryCounters::default() })
    }

    /// Connects to Postgres 15 or later.
    pub async fn postgres(url: &str) -> Result<Self> {
        let uses_app_role = can_assume_app_role(url).await?;
        let postgres = Postgres { url: url.to_owned(), uses_app_role, breaker: Breaker::new("postgres") };
        Self::connect_postgres(postgres, 12).await
    }

    /// Opens separate connections to the same database. SQLite keeps its single writer.
    pub async fn isolated(&self) -> Result<Self> {
        self.isolated_with(ISOLATED_CONNECTIONS).await
    }

    /// Opens `connections` separate connections to the same database.
    pub async fn isolated_with(&self, connections: u32) -> Result<Self> {
        match (&self.postgres, &self.sqlite) {
            (Some(postgres), _) => Self::connect_postgres(postgres.clone(), connections).await,
            (None, Some(url)) => Ok(Self { reader: sqlite_reader(url, connections).await?, ..self.clone() }),
            (None, None) => Ok(self.clone()),
        }
    }

    async fn connect_postgres(postgres: Postgres, size: u32) -> Result<Self> {
        let connect = async |size| {
            let mut options = options(&postgres.url, size);
            let role = postgres.uses_app_role.then_some(("role", migrations::ROLE));
            options.map_sqlx_postgres_opts(move |postgres| {
                let timeout = format!("{}ms", STATEMENT_TIMEOUT.as_millis());
                let settings = [
                    ("synchronous_commit", planted::synchronous_commit("on")),
                    ("lock_timeout", timeout.as_str()),
                    ("statement_timeout", timeout.as_str()),
                    ("idle_in_transaction_session_timeout", timeout.as_str()),
                ];
                postgres.options(settings.into_iter().chain(role))
            });
            let pool = Connector::connect(options).await?.get_postgres_connection_pool().clone();
            Ok::<_, DbErr>(Pool::Postgres(GuardedPool { pool, breaker: postgres.breaker.clone() }))
        };
        let (writer, reader) = (connect(size).await?, connect(size).await?);
        Ok(Self { writer, reader, postgres: Some(postgres), sqlite: None, counters: QueryCounters::default() })
    }

    /// Returns the backend.
    pub fn backend(&self) -> DatabaseBackend {
        match self.writer {
            Pool::Sqlite(_) => DatabaseBackend::Sqlite,
            Pool::Postgres(_) => DatabaseBackend::Postgres,
        }
    }

    /// Whether the backend is SQLite, which has a single writer for all logs.
    pub fn is_sqlite(&self) -> bool {
        self.backend() == DatabaseBackend::Sqlite
    }

    /// Returns access to tables that belong to no workspace, by single statements.
    pub fn global_tables(&self) -> GlobalTables<'_> {
        GlobalTables { reader: &self.reader, writer: &self.writer, counters: &self.counters }
    }

    /// Begins a write transaction: READ COMMITTED on Postgres, the single writer on SQLite.
    pub async fn write(&self, scope: Scope) -> Result<Transaction, DbErr> {
        Transaction::begin(&self.writer, Purpose::Write, scope, self.counters.clone()).await
    }

    /// Begins a read transaction on a snapshot, which its first statement fixes.
    pub async fn snapshot(&self, scope: Scope) -> Result<Transaction, DbErr> {
        Transaction::begin(&self.reader, Purpose::Read, scope, self.counters.clone()).await
    }

    /// Returns the counts of queries through this handle and its clones since it was opened.
    pub fn query_counts(&self) -> QueryCounts {
        self.counters.counts()
    }

    /// Applies pending migrations, without a timeout. If several processes start at once, one migrates while
    /// the others wait. Returns the database with connections that use the role a migration may have created.
    pub async fn migrate(self) -> Result<Self> {
        use migrations::{Migrator, MigratorTrait};
        let Some(Postgres { url, uses_app_role, .. }) = &self.postgres else {
            Migrator::up(&self.writer.driver_pool(), None).await?;
            return Ok(self);
        };
        // Uses a single connection, which holds the lock and releases it when it ends.
        let connection = Connector::connect(options(url, 1)).await?;
        connection.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
        // Waiting for a table lock blocks all other queries on the table, so the wait is short.
        connection.execute_unprepared("SET lock_timeout = '10s'").await?;
        let migrated = Migrator::up(&connection, None).await;
        connection.close().await?;
        migrated?;
        let migrated = if *uses_app_role { self } else { Self::postgres(url).await? };
        if migrated.postgres.as_ref().is_some_and(|postgres| !postgres.uses_app_role) {
            tracing::warn!(
                role = migrations::ROLE,
                "table owner may not assume the application role; row-level security is ineffective for superusers \
                 and roles with BYPASSRLS"
            );
        }
        Ok(migrated)
    }

    /// Returns the number of pending migrations.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        use migrations::{Migrator, MigratorTrait};
        Ok(Migrator::get_pending_migrations_read_only(&self.reader.driver_pool()).await?.len())
    }

    /// Checks that the database responds.
    pub async fn ping(&self) -> Result<(), DbErr> {
        match &self.reader {
            Pool::Sqlite(pool) => pool.execute_unprepared("SELECT 1").await.map(drop),
            Pool::Postgres(pool) => pool.single().await.map(drop),
        }
    }

    /// Whether the circuit is open, so queries fail without waiting.
    pub fn is_unavailable(&self) -> bool {
        self.postgres.as_ref().is_some_and(|postgres| postgres.breaker.is_open())
    }
}

/// Opens read-only connections to a SQLite file.
async fn sqlite_reader(url: &str, size: u32) -> Result<Pool, DbErr> {
    let mut reader = options(url, size);
    reader.map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(ready(Ok(transaction::is_idle(connection)))));
    reader.map_sqlx_sqlite_opts(|sqlite| {
        sqlite.busy_timeout(STATEMENT_TIMEOUT).pragma("query_only", "true").pragma("cache_size", "-16384")
    });
    Connector::connect(reader).await.map(Pool::Sqlite)
}

/// Whether the role of the URL can assume the application role that row-level security binds, and the tables
/// exist. Before the first migration they do not.
async fn can_assume_app_role(url: &str) -> Result<bool, DbErr> {
    let once = Connector::connect(options(url, 1)).await?;
    let tried = once.execute_unprepared(&format!("SET ROLE {}; SELECT 1 FROM event LIMIT 0", migrations::ROLE)).await;
    once.close().await?;
    match tried {
        Ok(_) => Ok(true),
        // Rejected: the role does not exist, may not be assumed, or the table does not exist.
        Err(DbErr::Exec(RuntimeErr::SqlxError(error)))
            if error.as_database_error().is_some_and(|error| {
                let code = error.code().unwrap_or_default();
                matches!(code.as_ref(), "22023" | "42704" | "42501" | "42P01")
            }) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn options(url: &str, size: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(size)
        .min_connections(1)
        .acquire_timeout(STATEMENT_TIMEOUT)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        // The first statement of each use detects closed connections.
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

/// Returns the SQL expression of the database clock in milliseconds since 1970.
pub fn clock_sql(backend: DatabaseBackend) -> &'static str {
    match backend {
        DatabaseBackend::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        _ => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    }
}

/// Returns the time of the database clock. Stored timestamps and comparisons with them use it, because the
/// clock of a process may be wrong.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn now(connection: &impl ConnectionTrait) -> Result<Timestamp, DbErr> {
    let sql = format!("SELECT {} AS at", clock_sql(connection.get_database_backend()));
    let row = connection.query_one_raw(statement(connection, sql, [])).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?.try_get("", "at")
}

/// Creates a statement with placeholders `$1`, `$2` …, which both databases accept.
pub fn statement(
    connection: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// Returns `$from, $from+1 …`: `count` placeholders for an `IN` list.
pub fn placeholders(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
