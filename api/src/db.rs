//! The database: SQLite in the data directory, or Postgres; the same entities and migrations for both.
//!
//! Everything in which the two differ stands here: how to connect, how a writing and a reading
//! transaction begin, the clock. SQLite has one writing connection, so writers queue in the process
//! and never meet a lock; reads have a pool of their own on both, so that a slow read never keeps a
//! write waiting. Durability is the strictest of each: WAL with `synchronous=FULL`, and
//! `synchronous_commit=on`.

mod held;
pub mod inserts;
pub mod many;
mod outside;
mod tally;
mod transaction;

use std::future::ready;
use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Connector, DatabaseBackend, DatabaseConnection, DbErr, RuntimeErr,
    SqlxPostgresConnector, Statement, Value,
};

use held::Guarded;
pub use outside::{OfNoWorkspace, Outside};
pub use tally::Asked;
use tally::Tally;
use transaction::Purpose;
pub use transaction::{Scope, Transaction};

use crate::breaker::Breaker;
use crate::clock::Moment;
use crate::error::Result;
use crate::planted::{self, Bug};

/// How long a lock, a statement or an idle transaction may take before the database ends it, and how long
/// anybody waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// Connections of each kind of what is isolated.
const ISOLATED: u32 = 2;

/// The advisory lock of the process that migrates: "confab" in ASCII. The same in every version, for ever.
pub const MIGRATING: i64 = 0x63_6f_6e_66_61_62;

/// Where the rows are.
#[derive(Clone)]
pub struct Database {
    writer: Pool,
    reader: Pool,
    postgres: Option<Postgres>,
    /// The URL of the SQLite file.
    sqlite: Option<String>,
    tally: Tally,
}

/// Connections, of which a statement takes one.
#[derive(Debug, Clone)]
enum Pool {
    Sqlite(DatabaseConnection),
    Postgres(Guarded),
}

impl Pool {
    /// The driver's own, without a deadline.
    fn bare(&self) -> DatabaseConnection {
        match self {
            Self::Sqlite(pool) => pool.clone(),
            Self::Postgres(guarded) => SqlxPostgresConnector::from_sqlx_postgres_pool(guarded.pool.clone()),
        }
    }
}

#[derive(Clone)]
struct Postgres {
    /// Where migrations connect by themselves: they may take longer than any request.
    url: String,
    /// Whether the pools work as a role of their own, and not as the owner of the tables.
    apart: bool,
    /// One for all pools of this process: it is one database.
    breaker: Breaker,
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
        writer.map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(ready(Ok(transaction::is_idle(connection)))));
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
        let writer = Pool::Sqlite(Connector::connect(writer).await?);
        let reader = sqlite_reader(&url, 4).await?;
        Ok(Self { writer, reader, postgres: None, sqlite: Some(url), tally: Tally::default() })
    }

    /// Connects to Postgres 15 or newer.
    pub async fn postgres(url: &str) -> Result<Self> {
        let apart = can_be_apart(url).await?;
        let postgres = Postgres { url: url.to_owned(), apart, breaker: Breaker::new("postgres") };
        Self::postgres_of(postgres, 12).await
    }

    /// The same database through few connections of its own. SQLite has its one writer for everybody.
    pub async fn isolated(&self) -> Result<Self> {
        self.isolated_by(ISOLATED).await
    }

    /// The same through so many.
    pub async fn isolated_by(&self, connections: u32) -> Result<Self> {
        match (&self.postgres, &self.sqlite) {
            (Some(postgres), _) => Self::postgres_of(postgres.clone(), connections).await,
            (None, Some(url)) => Ok(Self { reader: sqlite_reader(url, connections).await?, ..self.clone() }),
            (None, None) => Ok(self.clone()),
        }
    }

    async fn postgres_of(postgres: Postgres, size: u32) -> Result<Self> {
        let connect = async |size| {
            let mut options = options(&postgres.url, size);
            let role = postgres.apart.then_some(("role", migrations::ROLE));
            options.map_sqlx_postgres_opts(move |postgres| {
                let patience = format!("{}ms", PATIENCE.as_millis());
                let settings = [
                    ("synchronous_commit", if planted::is(Bug::NotDurable) { "off" } else { "on" }),
                    ("lock_timeout", patience.as_str()),
                    ("statement_timeout", patience.as_str()),
                    ("idle_in_transaction_session_timeout", patience.as_str()),
                ];
                postgres.options(settings.into_iter().chain(role))
            });
            let pool = Connector::connect(options).await?.get_postgres_connection_pool().clone();
            Ok::<_, DbErr>(Pool::Postgres(Guarded { pool, breaker: postgres.breaker.clone() }))
        };
        let (writer, reader) = (connect(size).await?, connect(size).await?);
        Ok(Self { writer, reader, postgres: Some(postgres), sqlite: None, tally: Tally::default() })
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DatabaseBackend {
        match self.writer {
            Pool::Sqlite(_) => DatabaseBackend::Sqlite,
            Pool::Postgres(_) => DatabaseBackend::Postgres,
        }
    }

    /// Whether it is SQLite, which has a single writer for all logs.
    pub fn is_sqlite(&self) -> bool {
        self.backend() == DatabaseBackend::Sqlite
    }

    /// Single statements on tables that belong to no workspace.
    pub fn outside(&self) -> Outside<'_> {
        Outside { reader: &self.reader, writer: &self.writer, tally: &self.tally }
    }

    /// Begins a transaction that writes: READ COMMITTED, or SQLite's single writer at once.
    pub async fn write(&self, scope: Scope) -> Result<Transaction, DbErr> {
        Transaction::begin(&self.writer, Purpose::Write, scope, self.tally.clone()).await
    }

    /// Begins a transaction that reads one snapshot; it is fixed by the first statement.
    pub async fn snapshot(&self, scope: Scope) -> Result<Transaction, DbErr> {
        Transaction::begin(&self.reader, Purpose::Read, scope, self.tally.clone()).await
    }

    /// What was asked through this value and its clones since it was opened.
    pub fn asked(&self) -> Asked {
        self.tally.read()
    }

    /// Brings the schema up to date, however long that takes. Of processes that start at once one does it,
    /// and the others wait for it. Answers the database as it is then: its connections work as the role that
    /// a migration may have made.
    pub async fn migrate(self) -> Result<Self> {
        use migrations::{Migrator, MigratorTrait};
        let Some(Postgres { url, apart, .. }) = &self.postgres else {
            Migrator::up(&self.writer.bare(), None).await?;
            return Ok(self);
        };
        // A single connection: the lock is held by it, and ends with it whatever happens.
        let patient = Connector::connect(options(url, 1)).await?;
        patient.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATING})")).await?;
        // Whoever waits for a table keeps all others from it, so not for long.
        patient.execute_unprepared("SET lock_timeout = '10s'").await?;
        let migrated = Migrator::up(&patient, None).await;
        patient.close().await?;
        migrated?;
        let migrated = if *apart { self } else { Self::postgres(url).await? };
        if migrated.postgres.as_ref().is_some_and(|postgres| !postgres.apart) {
            tracing::warn!(
                "the owner of the tables may not take on the role {}, so the server works as the owner: row level \
                 security binds it, unless it is a superuser or has BYPASSRLS",
                migrations::ROLE
            );
        }
        Ok(migrated)
    }

    /// How many migrations are still to come.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        use migrations::{Migrator, MigratorTrait};
        Ok(Migrator::get_pending_migrations_read_only(&self.reader.bare()).await?.len())
    }

    /// Whether it answers now.
    pub async fn ping(&self) -> Result<(), DbErr> {
        match &self.reader {
            Pool::Sqlite(pool) => pool.execute_unprepared("SELECT 1").await.map(drop),
            Pool::Postgres(pool) => pool.single().await.map(drop),
        }
    }

    /// Whether it is taken to be away, so that nobody waits for it.
    pub fn is_away(&self) -> bool {
        self.postgres.as_ref().is_some_and(|postgres| postgres.breaker.is_open())
    }
}

/// Connections to a SQLite file that only read.
async fn sqlite_reader(url: &str, size: u32) -> Result<Pool, DbErr> {
    let mut reader = options(url, size);
    reader.map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(ready(Ok(transaction::is_idle(connection)))));
    reader.map_sqlx_sqlite_opts(|sqlite| {
        sqlite.busy_timeout(PATIENCE).pragma("query_only", "true").pragma("cache_size", "-16384")
    });
    Connector::connect(reader).await.map(Pool::Sqlite)
}

/// Whether the role of the URL can take on the one that walls bind, and the tables are there for it. Before
/// the first migration they are not.
async fn can_be_apart(url: &str) -> Result<bool, DbErr> {
    let once = Connector::connect(options(url, 1)).await?;
    let tried = once.execute_unprepared(&format!("SET ROLE {}; SELECT 1 FROM event LIMIT 0", migrations::ROLE)).await;
    once.close().await?;
    match tried {
        Ok(_) => Ok(true),
        // Answered with no: no such role, not allowed, no such table.
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
        .acquire_timeout(PATIENCE)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        // Whoever takes one begins with a question anyway.
        .test_before_acquire(false)
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

/// The time by the database's clock. What is stored, or compared with what is stored, takes it from here: the
/// clock of a process may lie.
///
/// # Errors
/// When the database does not answer.
pub async fn now(connection: &impl ConnectionTrait) -> Result<Moment, DbErr> {
    let sql = format!("SELECT {} AS at", clock_sql(connection.get_database_backend()));
    let row = connection.query_one_raw(statement(connection, sql, [])).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?.try_get("", "at")
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
