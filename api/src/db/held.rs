//! A connection to Postgres in somebody's hands.
//!
//! Promises: nothing that is asked of it takes longer than [`DEADLINE`], even where the network swallows
//! every answer and never says so; a connection that did not answer is thrown away and its place in the
//! pool is free at once; one that was let go in the middle of a transaction is rolled back before anybody
//! else gets it. It knows no SQL but the beginning and the end of transactions.

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

use super::PATIENCE;
use crate::breaker::{Breaker, Pass};
use crate::supervise;

/// How long question and answer may be on the way.
const ON_THE_WAY: Duration = Duration::from_secs(1);
/// Postgres itself ends what takes longer than [`PATIENCE`].
const DEADLINE: Duration = PATIENCE.saturating_add(ON_THE_WAY);

/// The pool of connections with the breaker in front of it. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Guarded {
    pub pool: PgPool,
    pub breaker: Breaker,
}

/// The connection. Statements on it run one after another.
#[derive(Debug)]
pub(super) struct Held(Mutex<Hand>);

#[derive(Debug)]
struct Hand {
    /// None once it was lost.
    connection: Option<PoolConnection<Postgres>>,
    of: Guarded,
    in_transaction: bool,
    deadline: Duration,
}

impl Guarded {
    /// A connection on which a transaction was begun by `sql`.
    pub async fn begin(&self, sql: &str) -> Result<Held, DbErr> {
        self.take(Some(sql)).await
    }

    /// A connection for a single statement.
    pub async fn single(&self) -> Result<Held, DbErr> {
        self.take(None).await
    }

    async fn take(&self, begin: Option<&str>) -> Result<Held, DbErr> {
        let away = || DbErr::Conn(driver(SqlxError::Io(std::io::ErrorKind::NotConnected.into())));
        let pass = self.breaker.enter().ok_or_else(away)?;
        // Each connection that waited in the pool may have ended meanwhile; the first question says so.
        for _ in 0..=self.pool.size() {
            let connection = match self.pool.acquire().await {
                Ok(connection) => connection,
                Err(SqlxError::PoolTimedOut) if self.is_exhausted() => {
                    return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
                }
                Err(error) => return Err(refused(pass, error)),
            };
            let in_transaction = begin.is_some();
            let mut hand = Hand { connection: Some(connection), of: self.clone(), in_transaction, deadline: DEADLINE };
            let asked = async |connection: &mut PgConnection| match begin {
                Some(sql) => connection.execute(sqlx::AssertSqlSafe(sql)).await.map(drop),
                None => connection.ping().await,
            };
            match hand.ask(asked).await {
                Ok(()) => {
                    pass.succeeded();
                    return Ok(Held(Mutex::new(hand)));
                }
                Err(error) if has_ended(&error) => hand.lose(),
                Err(error) => return Err(refused(pass, error)),
            }
        }
        pass.failed();
        Err(away())
    }

    /// Whether all connections are in use by ourselves, which says nothing of the database.
    fn is_exhausted(&self) -> bool {
        self.pool.size() >= self.pool.options().get_max_connections()
    }

    /// Throws away what waits in the pool: where one connection fell silent the others did as well, and
    /// to find that out one by one takes a deadline for each.
    fn empty(&self) {
        while let Some(idle) = self.pool.try_acquire() {
            drop(idle.detach());
        }
    }
}

fn refused(pass: Pass, error: SqlxError) -> DbErr {
    pass.failed();
    DbErr::Conn(driver(error))
}

/// Whether the connection was ended from the other side before it was asked: by a network, or by an
/// operator or a shutdown (57P01 to 57P03).
fn has_ended(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(error) => error.kind() != std::io::ErrorKind::TimedOut,
        SqlxError::Database(error) => {
            error.code().is_some_and(|code| matches!(code.as_ref(), "57P01" | "57P02" | "57P03"))
        }
        _ => false,
    }
}

impl Held {
    /// Each statement of this transaction may take longer.
    pub async fn be_patient(&self, patience: Duration) -> Result<(), DbErr> {
        let limit = patience.as_millis();
        let sql =
            format!("SET LOCAL statement_timeout = {limit}; SET LOCAL idle_in_transaction_session_timeout = {limit}");
        self.execute_unprepared(&sql).await?;
        self.0.lock().await.deadline = patience.saturating_add(ON_THE_WAY);
        Ok(())
    }

    /// Makes what was written true, for all.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.end("COMMIT").await
    }

    /// Ends the transaction, with nothing done.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.end("ROLLBACK").await
    }

    async fn end(self, sql: &'static str) -> Result<(), DbErr> {
        let mut hand = self.0.into_inner();
        hand.go_on(async |connection| connection.execute(sql).await.map(drop)).await.map_err(query)?;
        hand.in_transaction = false;
        Ok(())
    }
}

impl Hand {
    /// Asks within the deadline.
    async fn ask<T>(
        &mut self,
        act: impl AsyncFnOnce(&mut PgConnection) -> Result<T, SqlxError>,
    ) -> Result<T, SqlxError> {
        let Some(connection) = &mut self.connection else {
            return Err(SqlxError::Io(std::io::ErrorKind::NotConnected.into()));
        };
        match tokio::time::timeout(self.deadline, act(connection)).await {
            Ok(Err(SqlxError::Io(error))) => {
                self.lose();
                Err(SqlxError::Io(error))
            }
            Ok(done) => done,
            Err(_) => {
                self.lose();
                self.of.empty();
                Err(SqlxError::Io(std::io::ErrorKind::TimedOut.into()))
            }
        }
    }

    /// Asks in the middle of something: a connection that is lost then counts as a failure.
    async fn go_on<T>(
        &mut self,
        act: impl AsyncFnOnce(&mut PgConnection) -> Result<T, SqlxError>,
    ) -> Result<T, SqlxError> {
        let was_there = self.connection.is_some();
        let done = self.ask(act).await;
        if was_there && self.connection.is_none() {
            self.of.breaker.failed();
        }
        done
    }

    /// Throws the connection away without a word to the other side.
    fn lose(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}

impl Drop for Hand {
    /// Back to the pool, which asks the connection whether it is well: within the deadline, so that one
    /// that never answers does not keep its place.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let in_transaction = self.in_transaction;
        supervise::spawn("rollback", async move {
            if in_transaction {
                match tokio::time::timeout(DEADLINE, connection.execute("ROLLBACK")).await {
                    Ok(Ok(_)) => {}
                    _ => return drop(connection.detach()),
                }
            }
            let _ = tokio::time::timeout(DEADLINE, connection.return_to_pool()).await;
        });
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Held {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut hand = self.0.lock().await;
        let done = hand.go_on(async |connection| connection.execute(prepared(statement)).await).await;
        done.map(Into::into).map_err(|error| DbErr::Exec(driver(error)))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut hand = self.0.lock().await;
        let done = hand.go_on(async |connection| connection.execute(sqlx::AssertSqlSafe(sql)).await).await;
        done.map(Into::into).map_err(|error| DbErr::Exec(driver(error)))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut hand = self.0.lock().await;
        let row = hand.go_on(async |connection| connection.fetch_optional(prepared(statement)).await).await;
        Ok(row.map_err(query)?.map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut hand = self.0.lock().await;
        let rows = hand.go_on(async |connection| connection.fetch_all(prepared(statement)).await).await;
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
