//! Leases: logs that a process holds for a while, to work on them outside of any transaction.
//!
//! A lease is a reader's row with a holder and an expiry by the database's clock.
//!
//! - No other process holds a leased log until it is released or the lease expires.
//! - Acquiring or releasing any number of logs is one transaction.
//! - A cursor moves only for its holder, and only from the position it had when the lease was acquired.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseBackend, Value};
use uuid::Uuid;

use crate::ground::db::batch_query::rows;
use crate::ground::db::{Database, Scope, clock_sql, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::model::event::Seq;

/// Duration of a lease. Renewed while work is in progress.
pub const LEASE_DURATION: Duration = Duration::from_secs(30);

/// The holder of leases: a cursor name and a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeaseHolder<'a> {
    pub name: &'a str,
    pub process: Uuid,
}

/// A lease to release: the cursor's position at acquisition, and its new position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Release {
    pub id: WorkspaceId,
    pub from: Seq,
    pub to: Seq,
}

impl LeaseHolder<'_> {
    /// Leases the logs that no other process holds. Returns their cursors.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn acquire(
        self,
        database: &Database,
        logs: impl IntoIterator<Item = WorkspaceId>,
    ) -> Result<BTreeMap<WorkspaceId, Seq>> {
        let logs: Vec<Vec<Value>> = logs.into_iter().map(|id| vec![id.0.into()]).collect();
        if logs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let transaction = database.write(Scope::Server).await?;
        let (id_rows, ids) = rows(&transaction, 2, logs.clone());
        let insert = format!(
            "WITH wanted (id) AS ({id_rows}) INSERT INTO reader (workspace_id, name, cursor) \
             SELECT DISTINCT w.id, $1, 0 FROM wanted w \
             WHERE NOT EXISTS (SELECT 1 FROM reader r WHERE r.workspace_id = w.id AND r.name = $1) ORDER BY w.id \
             ON CONFLICT (workspace_id, name) DO NOTHING"
        );
        let values = [self.name.into()].into_iter().chain(ids);
        transaction.execute_raw(statement(&transaction, insert, values)).await?;
        let (id_rows, ids) = rows(&transaction, 3, logs);
        let backend = transaction.get_database_backend();
        let now = clock_sql(backend);
        // Skips locked rows: a process that waited would find the log leased anyway.
        let skip = if backend == DatabaseBackend::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
        let duration = LEASE_DURATION.as_millis();
        let update = format!(
            "WITH wanted (id) AS ({id_rows}) UPDATE reader SET holder = $2, held_until = {now} + {duration} \
             WHERE name = $1 AND workspace_id IN (SELECT r.workspace_id FROM reader r WHERE r.name = $1 \
             AND r.workspace_id IN (SELECT w.id FROM wanted w) \
             AND (r.holder IS NULL OR r.holder = $2 OR r.held_until < {now}){skip}) RETURNING workspace_id, cursor"
        );
        let values = [self.name.into(), self.process.into()].into_iter().chain(ids);
        let leased = transaction.query_all_raw(statement(&transaction, update, values)).await?;
        let leased = leased.iter().map(|row| Ok((row.try_get("", "workspace_id")?, row.try_get("", "cursor")?)));
        let leased = leased.collect::<Result<_>>()?;
        transaction.commit().await?;
        Ok(leased)
    }

    /// Releases leases and moves their cursors. Returns the logs that were still held.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn release(self, database: &Database, logs: &[Release]) -> Result<HashSet<WorkspaceId>> {
        if logs.is_empty() {
            return Ok(HashSet::new());
        }
        let transaction = database.write(Scope::Server).await?;
        let each = logs.iter().map(|log| vec![log.id.0.into(), log.from.into(), log.to.into()]);
        let (releases, values) = rows(&transaction, 3, each.collect());
        let sql = format!(
            "WITH done (id, was, cursor) AS ({releases}) UPDATE reader SET cursor = done.cursor, holder = NULL, \
             held_until = NULL FROM done WHERE reader.workspace_id = done.id AND reader.name = $1 \
             AND reader.holder = $2 AND reader.cursor = done.was RETURNING reader.workspace_id AS id"
        );
        let values = [self.name.into(), self.process.into()].into_iter().chain(values);
        let released = transaction.query_all_raw(statement(&transaction, sql, values)).await?;
        let released = released.iter().map(|row| Ok(row.try_get("", "id")?)).collect::<Result<_>>()?;
        transaction.commit().await?;
        Ok(released)
    }
}

/// A leased log.
#[derive(Debug)]
pub struct Lease {
    workspace_id: WorkspaceId,
    name: String,
    process: Uuid,
    /// The position of its cursor.
    pub cursor: Seq,
}

/// Leases one log. Returns `None` if another process holds it.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn acquire(
    database: &Database,
    workspace_id: WorkspaceId,
    name: &str,
    process: Uuid,
) -> Result<Option<Lease>> {
    let leased = LeaseHolder { name, process }.acquire(database, [workspace_id]).await?;
    let cursor = leased.get(&workspace_id).copied();
    Ok(cursor.map(|cursor| Lease::new(LeaseHolder { name, process }, workspace_id, cursor)))
}

/// The error for a lease that another process has taken over.
pub(super) fn lost_lease() -> Error {
    Error::Unavailable("Another process holds the lease.".into())
}

impl Lease {
    pub(super) fn new(holder: LeaseHolder<'_>, workspace_id: WorkspaceId, cursor: Seq) -> Self {
        Self { workspace_id, name: holder.name.to_owned(), process: holder.process, cursor }
    }

    /// Renews the lease periodically. Returns only when the lease is lost or cannot be renewed.
    pub async fn keep_renewed(&self, database: &Database) -> Error {
        loop {
            tokio::time::sleep(LEASE_DURATION / 3).await;
            match acquire(database, self.workspace_id, &self.name, self.process).await {
                Ok(Some(_)) => {}
                Ok(None) => return lost_lease(),
                Err(error) => return error,
            }
        }
    }

    /// Releases the lease and moves the cursor.
    ///
    /// # Errors
    /// Returns `UNAVAILABLE`, with nothing changed, if another process holds the lease by now.
    pub async fn release(&self, database: &Database, cursor: Seq) -> Result<()> {
        let holder = LeaseHolder { name: &self.name, process: self.process };
        let release = Release { id: self.workspace_id, from: self.cursor, to: cursor };
        let released = holder.release(database, &[release]).await?;
        if released.contains(&self.workspace_id) { Ok(()) } else { Err(lost_lease()) }
    }
}
