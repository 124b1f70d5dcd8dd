//! Transactions. Each has a scope that determines which rows it sees.
//!
//! On Postgres, row-level security (defense in depth) restricts a transaction to the rows of its workspace,
//! whatever its statements. Transactions for callers have the scope of a member: the database itself checks the
//! membership, so a check forgotten in code yields no rows. The scope is set in the message that begins the
//! transaction and only for it, so it never leaks to other uses of a pooled connection. SQLite has no row-level
//! security and ignores the scope.

use std::time::Duration;

use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use super::guarded::GuardedConnection;
use super::pool::Pool;
use super::query_counters::QueryCounters;
use crate::ground::id::{AccountId, WorkspaceId};

/// The rows that a transaction sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The rows of a workspace if the account is an active member, otherwise none. For everything that callers
    /// request.
    Member(WorkspaceId, AccountId),
    /// The rows of a workspace. For work on behalf of all its members, and for holders of a link.
    Workspace(WorkspaceId),
    /// The rows of all workspaces. For work of the server itself, never for callers.
    Server,
}

impl Scope {
    /// Returns the SQL that sets the scope. The table owner sees all rows. Connections that already use the
    /// owner need the `confab.scope` setting.
    fn sql(self) -> String {
        match self {
            // The member row is only visible within the workspace. If it exists, the workspace stays set.
            Self::Member(id, account) => format!(
                "SET LOCAL confab.workspace = '{0}'; SELECT set_config('confab.workspace', (SELECT '{0}' FROM member \
                 WHERE workspace_id = '{0}' AND account_id = '{1}' AND active), true)",
                id.0, account.0
            ),
            Self::Workspace(id) => format!("SET LOCAL confab.workspace = '{}'", id.0),
            Self::Server => "SET LOCAL ROLE NONE; SET LOCAL confab.scope = 'server'".to_owned(),
        }
    }
}

/// The purpose of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// READ COMMITTED, or the single writer of SQLite.
    Write,
    /// A snapshot, fixed by the first statement.
    Read,
}

/// Whether a connection is outside of a transaction. Others must not be reused: when a statement or commit hits
/// a full disk, SQLite ends the transaction by itself and the rollback of the driver fails. The driver would
/// then treat later transactions as nested, and their commits would commit nothing.
pub(super) fn is_idle(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

/// A transaction with a scope. Dropping it rolls it back.
#[derive(Debug)]
pub struct Transaction {
    inner: Inner,
    purpose: Purpose,
    counters: QueryCounters,
}

#[derive(Debug)]
enum Inner {
    Sqlite(DatabaseTransaction),
    Postgres(GuardedConnection),
}

impl Transaction {
    pub(super) async fn begin(
        pool: &Pool,
        purpose: Purpose,
        scope: Scope,
        counters: QueryCounters,
    ) -> Result<Self, DbErr> {
        let inner = match pool {
            Pool::Sqlite(pool) => Inner::Sqlite(begin_on_sqlite(pool.clone(), purpose).await?),
            Pool::Postgres(pool) => {
                let begin = match purpose {
                    Purpose::Write => "BEGIN",
                    Purpose::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                };
                Inner::Postgres(pool.begin(&format!("{begin}; {}", scope.sql())).await?)
            }
        };
        Ok(Self { inner, purpose, counters })
    }

    /// Raises the timeout of each statement to `timeout`.
    pub async fn extend_timeout(&self, timeout: Duration) -> Result<(), DbErr> {
        match &self.inner {
            Inner::Sqlite(_) => Ok(()),
            Inner::Postgres(connection) => connection.extend_timeout(timeout).await,
        }
    }

    /// Changes the scope. The snapshot stays the same. If it fails, the scope is unknown.
    pub async fn set_scope(&self, scope: Scope) -> Result<(), DbErr> {
        match &self.inner {
            Inner::Sqlite(_) => Ok(()),
            Inner::Postgres(_) => self.execute_unprepared(&scope.sql()).await.map(drop),
        }
    }

    /// Commits the transaction.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Sqlite(transaction) => transaction.commit().await,
            Inner::Postgres(connection) => connection.commit().await,
        }?;
        if self.purpose == Purpose::Write {
            self.counters.record_commit();
        }
        Ok(())
    }

    /// Rolls the transaction back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Sqlite(transaction) => transaction.rollback().await,
            Inner::Postgres(connection) => connection.rollback().await,
        }
    }
}

/// Begins in a separate task. If the caller were cancelled midway, the driver would return the connection to
/// the pool within an open transaction.
async fn begin_on_sqlite(pool: DatabaseConnection, purpose: Purpose) -> Result<DatabaseTransaction, DbErr> {
    let task = tokio::spawn(async move {
        let sqlite_transaction_mode = (purpose == Purpose::Write).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        pool.begin_with_options(options).await
    });
    task.await.unwrap_or_else(|stopping| Err(DbErr::Conn(RuntimeErr::Internal(stopping.to_string()))))
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DatabaseBackend {
        match &self.inner {
            Inner::Sqlite(transaction) => transaction.get_database_backend(),
            Inner::Postgres(connection) => connection.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let result = match &self.inner {
            Inner::Sqlite(transaction) => transaction.execute_raw(statement).await,
            Inner::Postgres(connection) => connection.execute_raw(statement).await,
        }?;
        self.counters.record_statement(0);
        Ok(result)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let result = match &self.inner {
            Inner::Sqlite(transaction) => transaction.execute_unprepared(sql).await,
            Inner::Postgres(connection) => connection.execute_unprepared(sql).await,
        }?;
        self.counters.record_statement(0);
        Ok(result)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let row = match &self.inner {
            Inner::Sqlite(transaction) => transaction.query_one_raw(statement).await,
            Inner::Postgres(connection) => connection.query_one_raw(statement).await,
        }?;
        self.counters.record_statement(usize::from(row.is_some()));
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = match &self.inner {
            Inner::Sqlite(transaction) => transaction.query_all_raw(statement).await,
            Inner::Postgres(connection) => connection.query_all_raw(statement).await,
        }?;
        self.counters.record_statement(rows.len());
        Ok(rows)
    }
}
