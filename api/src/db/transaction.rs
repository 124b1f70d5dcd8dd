//! Transactions: every one has a scope, which says whose rows it sees.
//!
//! On Postgres the scope is a wall: row level security shows a transaction the rows of the workspace that
//! it was begun for, and no others, whatever its statements ask. It is set for the transaction alone, in the
//! same message that begins it, so it costs nothing and never stays behind on a connection of the pool.
//! SQLite has no such wall, and takes no notice.

use std::sync::Arc;

use sea_orm::sqlx::{self, Executor};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Mutex;

use crate::id::WorkspaceId;

/// Whose rows a transaction sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of one workspace.
    Workspace(WorkspaceId),
    /// Those of all workspaces: for what the server does for itself, and never for what somebody may ask.
    Server,
}

impl Scope {
    /// What sets it. The owner of the tables sees them all; where connections are the owner's already, the
    /// setting says so.
    fn sql(self) -> String {
        match self {
            Self::Workspace(id) => format!("SET LOCAL confab.workspace = '{}'", id.0),
            Self::Server => "SET LOCAL ROLE NONE; SET LOCAL confab.scope = 'server'".to_owned(),
        }
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// READ COMMITTED, or SQLite's single writer at once.
    Write,
    /// One snapshot, fixed by the first statement.
    Read,
}

/// A transaction within a scope. Dropping it rolls it back.
#[derive(Debug)]
pub struct Transaction(Inner);

#[derive(Debug)]
enum Inner {
    Sqlite(DatabaseTransaction),
    Postgres(Mutex<sqlx::Transaction<'static, sqlx::Postgres>>),
}

impl Transaction {
    /// Begins in a task of its own. Where the caller goes away in the middle (a request that was hung up),
    /// the driver would give the connection back to the pool with a transaction that nobody ends.
    pub(super) async fn begin(pool: &DatabaseConnection, purpose: Purpose, scope: Scope) -> Result<Self, DbErr> {
        let pool = pool.clone();
        let begun = tokio::spawn(async move {
            match pool.get_database_backend() {
                DatabaseBackend::Postgres => Self::begin_on_postgres(&pool, purpose, scope).await,
                _ => Self::begin_on_sqlite(&pool, purpose).await,
            }
        });
        begun.await.unwrap_or_else(|stopping| Err(DbErr::Conn(RuntimeErr::Internal(stopping.to_string()))))
    }

    async fn begin_on_sqlite(pool: &DatabaseConnection, purpose: Purpose) -> Result<Self, DbErr> {
        let sqlite_transaction_mode = (purpose == Purpose::Write).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        Ok(Self(Inner::Sqlite(pool.begin_with_options(options).await?)))
    }

    async fn begin_on_postgres(pool: &DatabaseConnection, purpose: Purpose, scope: Scope) -> Result<Self, DbErr> {
        let begin = match purpose {
            Purpose::Write => "BEGIN",
            Purpose::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let sql = sqlx::AssertSqlSafe(format!("{begin}; {}", scope.sql()));
        let begun = pool.get_postgres_connection_pool().begin_with(sql).await;
        Ok(Self(Inner::Postgres(Mutex::new(begun.map_err(|error| DbErr::Conn(driver(error)))?))))
    }

    /// Makes what was written true, for all.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.0 {
            Inner::Sqlite(transaction) => transaction.commit().await,
            Inner::Postgres(transaction) => transaction.into_inner().commit().await.map_err(query),
        }
    }

    /// Ends it, with nothing done.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.0 {
            Inner::Sqlite(transaction) => transaction.rollback().await,
            Inner::Postgres(transaction) => transaction.into_inner().rollback().await.map_err(query),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DatabaseBackend {
        match &self.0 {
            Inner::Sqlite(_) => DatabaseBackend::Sqlite,
            Inner::Postgres(_) => DatabaseBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Inner::Sqlite(transaction) => transaction.execute_raw(statement).await,
            Inner::Postgres(held) => {
                let done = held.lock().await.execute(prepared(statement)).await;
                done.map(Into::into).map_err(|error| DbErr::Exec(driver(error)))
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Inner::Sqlite(transaction) => transaction.execute_unprepared(sql).await,
            Inner::Postgres(held) => {
                let done = held.lock().await.execute(sqlx::AssertSqlSafe(sql.to_owned())).await;
                done.map(Into::into).map_err(|error| DbErr::Exec(driver(error)))
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Inner::Sqlite(transaction) => transaction.query_one_raw(statement).await,
            Inner::Postgres(held) => {
                let row = held.lock().await.fetch_optional(prepared(statement)).await.map_err(query)?;
                Ok(row.map(Into::into))
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Inner::Sqlite(transaction) => transaction.query_all_raw(statement).await,
            Inner::Postgres(held) => {
                let rows = held.lock().await.fetch_all(prepared(statement)).await.map_err(query)?;
                Ok(rows.into_iter().map(Into::into).collect())
            }
        }
    }
}

fn prepared(statement: Statement) -> sqlx::query::Query<'static, sqlx::Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
    sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn query(error: sqlx::Error) -> DbErr {
    DbErr::Query(driver(error))
}

fn driver(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}
