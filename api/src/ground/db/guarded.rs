//! Guarded connections to Postgres.
//!
//! Guarantees that no statement takes longer than [`TIMEOUT`], even if the network silently drops packets. A
//! connection that times out is discarded and its slot in the pool is free at once. A connection dropped within
//! a transaction is rolled back before reuse.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, Connection, Executor, PgConnection, PgPool, Postgres};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::Error as SqlxError,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Mutex;

use crate::ground::breaker::{Attempt, Breaker};
use crate::ground::supervise;

/// Timeout of locks, statements and idle transactions, enforced by the database, and of waiting for a
/// connection.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(2);
/// Allowance for the network round trip.
const ROUND_TRIP_ALLOWANCE: Duration = Duration::from_secs(1);
/// Timeout of a statement. Postgres itself cancels statements after [`STATEMENT_TIMEOUT`].
const TIMEOUT: Duration = STATEMENT_TIMEOUT.saturating_add(ROUND_TRIP_ALLOWANCE);

/// A connection pool behind a circuit breaker. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct GuardedPool {
    pub pool: PgPool,
    pub breaker: Breaker,
}

/// A guarded connection. Its statements run one after another.
#[derive(Debug)]
pub(super) struct GuardedConnection(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None` after the connection was lost.
    connection: Option<PoolConnection<Postgres>>,
    pool: GuardedPool,
    in_transaction: bool,
    timeout: Duration,
}

impl GuardedPool {
    /// Acquires a connection and begins a transaction with `sql`.
    pub async fn begin(&self, sql: &str) -> Result<GuardedConnection, DbErr> {
        self.acquire(Some(sql)).await
    }

    /// Acquires a connection for a single statement.
    pub async fn single(&self) -> Result<GuardedConnection, DbErr> {
        self.acquire(None).await
    }

    async fn acquire(&self, begin: Option<&str>) -> Result<GuardedConnection, DbErr> {
        let unavailable = || DbErr::Conn(driver(SqlxError::Io(std::io::ErrorKind::NotConnected.into())));
        let attempt = self.breaker.try_acquire().ok_or_else(unavailable)?;
        // Idle connections may have been closed meanwhile, which the first statement reveals.
        for _ in 0..=self.pool.size() {
            let connection = match self.pool.acquire().await {
                Ok(connection) => connection,
                Err(SqlxError::PoolTimedOut) if self.is_exhausted() => {
                    return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
                }
                Err(error) => return Err(refused(attempt, error)),
            };
            let in_transaction = begin.is_some();
            let mut inner =
                Inner { connection: Some(connection), pool: self.clone(), in_transaction, timeout: TIMEOUT };
            let begin_or_ping = async |connection: &mut PgConnection| match begin {
                Some(sql) => connection.execute(sqlx::AssertSqlSafe(sql)).await.map(drop),
                None => connection.ping().await,
            };
            match inner.run_with_timeout(begin_or_ping).await {
                Ok(()) => {
                    attempt.succeeded();
                    return Ok(GuardedConnection(Mutex::new(inner)));
                }
                Err(error) if is_closed_by_peer(&error) => inner.discard(),
                Err(error) => return Err(refused(attempt, error)),
            }
        }
        attempt.failed();
        Err(unavailable())
    }

    /// Whether all connections are in use by this process, which does not indicate an unavailable database.
    fn is_exhausted(&self) -> bool {
        self.pool.size() >= self.pool.options().get_max_connections()
    }

    /// Discards all idle connections. When one connection times out, the others likely do as well, each after
    /// its own timeout.
    fn discard_idle(&self) {
        while let Some(idle) = self.pool.try_acquire() {
            drop(idle.detach());
        }
    }
}

fn refused(attempt: Attempt, error: SqlxError) -> DbErr {
    attempt.failed();
    DbErr::Conn(driver(error))
}

/// Whether the peer closed the connection before the statement: the network, an operator or a shutdown (57P01
/// to 57P03).
fn is_closed_by_peer(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(error) => error.kind() != std::io::ErrorKind::TimedOut,
        SqlxError::Database(error) => {
            error.code().is_some_and(|code| matches!(code.as_ref(), "57P01" | "57P02" | "57P03"))
        }
        _ => false,
    }
}

impl GuardedConnection {
    /// Raises the timeout of each statement of this transaction.
    pub async fn extend_timeout(&self, timeout: Duration) -> Result<(), DbErr> {
        let limit = timeout.as_millis();
        let sql =
            format!("SET LOCAL statement_timeout = {limit}; SET LOCAL idle_in_transaction_session_timeout = {limit}");
        self.execute_unprepared(&sql).await?;
        self.0.lock().await.timeout = timeout.saturating_add(ROUND_TRIP_ALLOWANCE);
        Ok(())
    }

    /// Commits the transaction.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.end("COMMIT").await
    }

    /// Rolls the transaction back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.end("ROLLBACK").await
    }

    async fn end(self, sql: &'static str) -> Result<(), DbErr> {
        let mut inner = self.0.into_inner();
        inner.run(async |connection| connection.execute(sql).await.map(drop)).await.map_err(query)?;
        inner.in_transaction = false;
        Ok(())
    }
}

impl Inner {
    /// Runs an operation with the timeout.
    async fn run_with_timeout<T>(
        &mut self,
        act: impl AsyncFnOnce(&mut PgConnection) -> Result<T, SqlxError>,
    ) -> Result<T, SqlxError> {
        let Some(connection) = &mut self.connection else {
            return Err(SqlxError::Io(std::io::ErrorKind::NotConnected.into()));
        };
        match tokio::time::timeout(self.timeout, act(connection)).await {
            Ok(Err(SqlxError::Io(error))) => {
                self.discard();
                Err(SqlxError::Io(error))
            }
            Ok(result) => result,
            Err(_) => {
                self.discard();
                self.pool.discard_idle();
                Err(SqlxError::Io(std::io::ErrorKind::TimedOut.into()))
            }
        }
    }

    /// Runs an operation on an established connection. Losing the connection counts as a failure of the
    /// breaker.
    async fn run<T>(
        &mut self,
        act: impl AsyncFnOnce(&mut PgConnection) -> Result<T, SqlxError>,
    ) -> Result<T, SqlxError> {
        let was_connected = self.connection.is_some();
        let result = self.run_with_timeout(act).await;
        if was_connected && self.connection.is_none() {
            self.pool.breaker.failed();
        }
        result
    }

    /// Discards the connection without notifying the peer.
    fn discard(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}

impl Drop for Inner {
    /// Returns the connection to the pool, which pings it. The timeout frees the slot of a connection that
    /// never responds.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let in_transaction = self.in_transaction;
        supervise::spawn("rollback", async move {
            if in_transaction {
                match tokio::time::timeout(TIMEOUT, connection.execute("ROLLBACK")).await {
                    Ok(Ok(_)) => {}
                    _ => return drop(connection.detach()),
                }
            }
            let _ = tokio::time::timeout(TIMEOUT, connection.return_to_pool()).await;
        });
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for GuardedConnection {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut inner = self.0.lock().await;
        let result = inner.run(async |connection| connection.execute(prepared(statement)).await).await;
        result.map(Into::into).map_err(|error| DbErr::Exec(driver(error)))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut inner = self.0.lock().await;
        let result = inner.run(async |connection| connection.execute(sqlx::AssertSqlSafe(sql)).await).await;
        result.map(Into::into).map_err(|error| DbErr::Exec(driver(error)))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut inner = self.0.lock().await;
        let row = inner.run(async |connection| connection.fetch_optional(prepared(statement)).await).await;
        Ok(row.map_err(query)?.map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut inner = self.0.lock().await;
        let rows = inner.run(async |connection| connection.fetch_all(prepared(statement)).await).await;
        Ok(rows.map_err(query)?.into_iter().map(Into::into).collect())
    }
}

fn prepared(statement: Statement) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
    sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn query(error: SqlxError) -> DbErr {
    DbErr::Query(driver(error))
}

fn driver(error: SqlxError) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}
