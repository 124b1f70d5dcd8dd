//! Transactions: every one has a scope, which says whose rows it sees.
//!
//! On Postgres the scope is a wall: row level security shows a transaction the rows of the workspace that
//! it was begun for, and no others, whatever its statements ask. What somebody asks is begun for a member: the
//! database itself looks whether they are one, so a check that the code forgot shows no rows. It is set for the
//! transaction alone, in the same message that begins it, so it never stays behind on a connection of the pool.
//! SQLite has no such wall, and takes no notice.

use std::time::Duration;

use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use super::Pool;
use super::held::Held;
use super::tally::Tally;
use crate::id::{AccountId, WorkspaceId};

/// Whose rows a transaction sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of one workspace, if the account is a member of it, and none otherwise: for what somebody asks.
    Member(WorkspaceId, AccountId),
    /// Those of one workspace: for what its members cause together, and for whoever has a link.
    Workspace(WorkspaceId),
    /// Those of all workspaces: for what the server does for itself, and never for what somebody may ask.
    Server,
}

impl Scope {
    /// What sets it. The owner of the tables sees them all; where connections are the owner's already, the
    /// setting says so.
    fn sql(self) -> String {
        match self {
            // The row is seen only within the workspace; if it is there, the workspace stays set.
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

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// READ COMMITTED, or SQLite's single writer at once.
    Write,
    /// One snapshot, fixed by the first statement.
    Read,
}

/// Whether a connection is in no transaction. One that is must not be used again: where a statement or a commit
/// meets a full disk SQLite ends the transaction by itself, so that the driver's own end fails, and what the
/// driver begins from then on it takes for parts of that transaction, whose commits commit nothing.
pub(super) fn is_idle(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

/// A transaction within a scope. Dropping it rolls it back.
#[derive(Debug)]
pub struct Transaction {
    inner: Inner,
    purpose: Purpose,
    tally: Tally,
}

#[derive(Debug)]
enum Inner {
    Sqlite(DatabaseTransaction),
    Postgres(Held),
}

impl Transaction {
    pub(super) async fn begin(pool: &Pool, purpose: Purpose, scope: Scope, tally: Tally) -> Result<Self, DbErr> {
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
        Ok(Self { inner, purpose, tally })
    }

    /// Lets each statement take up to `patience`, where the database would end it sooner.
    pub async fn be_patient(&self, patience: Duration) -> Result<(), DbErr> {
        match &self.inner {
            Inner::Sqlite(_) => Ok(()),
            Inner::Postgres(held) => held.be_patient(patience).await,
        }
    }

    /// Makes what was written true, for all.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Sqlite(transaction) => transaction.commit().await,
            Inner::Postgres(held) => held.commit().await,
        }?;
        if self.purpose == Purpose::Write {
            self.tally.committed();
        }
        Ok(())
    }

    /// Ends it, with nothing done.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Sqlite(transaction) => transaction.rollback().await,
            Inner::Postgres(held) => held.rollback().await,
        }
    }
}

/// In a task of its own. Where the caller goes away in the middle (a request that was hung up), the
/// driver would give the connection back to the pool with a transaction that nobody ends.
async fn begin_on_sqlite(pool: DatabaseConnection, purpose: Purpose) -> Result<DatabaseTransaction, DbErr> {
    let begun = tokio::spawn(async move {
        let sqlite_transaction_mode = (purpose == Purpose::Write).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        pool.begin_with_options(options).await
    });
    begun.await.unwrap_or_else(|stopping| Err(DbErr::Conn(RuntimeErr::Internal(stopping.to_string()))))
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DatabaseBackend {
        match &self.inner {
            Inner::Sqlite(transaction) => transaction.get_database_backend(),
            Inner::Postgres(held) => held.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let done = match &self.inner {
            Inner::Sqlite(transaction) => transaction.execute_raw(statement).await,
            Inner::Postgres(held) => held.execute_raw(statement).await,
        }?;
        self.tally.asked(0);
        Ok(done)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let done = match &self.inner {
            Inner::Sqlite(transaction) => transaction.execute_unprepared(sql).await,
            Inner::Postgres(held) => held.execute_unprepared(sql).await,
        }?;
        self.tally.asked(0);
        Ok(done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let row = match &self.inner {
            Inner::Sqlite(transaction) => transaction.query_one_raw(statement).await,
            Inner::Postgres(held) => held.query_one_raw(statement).await,
        }?;
        self.tally.asked(usize::from(row.is_some()));
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = match &self.inner {
            Inner::Sqlite(transaction) => transaction.query_all_raw(statement).await,
            Inner::Postgres(held) => held.query_all_raw(statement).await,
        }?;
        self.tally.asked(rows.len());
        Ok(rows)
    }
}
