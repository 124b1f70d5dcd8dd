//! Leases: logs that a process has for a while, to work on them outside of any transaction.
//!
//! A lease is a reader's row with a holder and a time by the database's clock. Promises: nobody else has what is taken
//! until it is given back or the time is over; however many logs are taken or given back together, it is one
//! transaction; a cursor moves only for its holder, and only from where it stood when the log was taken.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseBackend, Value};
use uuid::Uuid;

use crate::db::many::rows;
use crate::db::{Database, Scope, clock_sql, statement};
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::WorkspaceId;

/// For how long a log is taken, and taken again while there is work.
pub const LEASE: Duration = Duration::from_secs(30);

/// Who takes logs: the name of the cursor, and the process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder<'a> {
    pub name: &'a str,
    pub process: Uuid,
}

/// A cursor that is given back: where it stood, and where it is to stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Returned {
    pub id: WorkspaceId,
    pub from: Seq,
    pub to: Seq,
}

impl Holder<'_> {
    /// Takes those of the logs that no other process has; answers where their cursors stand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take(
        self,
        database: &Database,
        logs: impl IntoIterator<Item = WorkspaceId>,
    ) -> Result<BTreeMap<WorkspaceId, Seq>> {
        let logs: Vec<Vec<Value>> = logs.into_iter().map(|id| vec![id.0.into()]).collect();
        if logs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let transaction = database.write(Scope::Server).await?;
        let (wanted, ids) = rows(&transaction, 2, logs.clone());
        let begin = format!(
            "WITH wanted (id) AS ({wanted}) INSERT INTO reader (workspace_id, name, cursor) \
             SELECT DISTINCT w.id, $1, 0 FROM wanted w \
             WHERE NOT EXISTS (SELECT 1 FROM reader r WHERE r.workspace_id = w.id AND r.name = $1) ORDER BY w.id \
             ON CONFLICT (workspace_id, name) DO NOTHING"
        );
        let values = [self.name.into()].into_iter().chain(ids);
        transaction.execute_raw(statement(&transaction, begin, values)).await?;
        let (wanted, ids) = rows(&transaction, 3, logs);
        let backend = transaction.get_database_backend();
        let now = clock_sql(backend);
        // Who waited for one would find it taken.
        let skip = if backend == DatabaseBackend::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
        let lease = LEASE.as_millis();
        let take = format!(
            "WITH wanted (id) AS ({wanted}) UPDATE reader SET holder = $2, held_until = {now} + {lease} \
             WHERE name = $1 AND workspace_id IN (SELECT r.workspace_id FROM reader r WHERE r.name = $1 \
             AND r.workspace_id IN (SELECT w.id FROM wanted w) \
             AND (r.holder IS NULL OR r.holder = $2 OR r.held_until < {now}){skip}) RETURNING workspace_id, cursor"
        );
        let values = [self.name.into(), self.process.into()].into_iter().chain(ids);
        let taken = transaction.query_all_raw(statement(&transaction, take, values)).await?;
        let taken = taken.iter().map(|row| Ok((row.try_get("", "workspace_id")?, row.try_get("", "cursor")?)));
        let taken = taken.collect::<Result<_>>()?;
        transaction.commit().await?;
        Ok(taken)
    }

    /// Gives logs back, with their cursors there; answers those that nobody had taken over by then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn give_back(self, database: &Database, logs: &[Returned]) -> Result<HashSet<WorkspaceId>> {
        if logs.is_empty() {
            return Ok(HashSet::new());
        }
        let transaction = database.write(Scope::Server).await?;
        let each = logs.iter().map(|log| vec![log.id.0.into(), log.from.into(), log.to.into()]);
        let (done, values) = rows(&transaction, 3, each.collect());
        let sql = format!(
            "WITH done (id, was, cursor) AS ({done}) UPDATE reader SET cursor = done.cursor, holder = NULL, \
             held_until = NULL FROM done WHERE reader.workspace_id = done.id AND reader.name = $1 \
             AND reader.holder = $2 AND reader.cursor = done.was RETURNING reader.workspace_id AS id"
        );
        let values = [self.name.into(), self.process.into()].into_iter().chain(values);
        let given = transaction.query_all_raw(statement(&transaction, sql, values)).await?;
        let given = given.iter().map(|row| Ok(row.try_get("", "id")?)).collect::<Result<_>>()?;
        transaction.commit().await?;
        Ok(given)
    }
}

/// A log that is taken.
#[derive(Debug)]
pub struct Taken {
    workspace_id: WorkspaceId,
    name: String,
    process: Uuid,
    /// Where its cursor stands.
    pub cursor: Seq,
}

/// Takes one log; `None` if another process has it.
///
/// # Errors
/// When the database does not answer.
pub async fn take(database: &Database, workspace_id: WorkspaceId, name: &str, process: Uuid) -> Result<Option<Taken>> {
    let taken = Holder { name, process }.take(database, [workspace_id]).await?;
    let cursor = taken.get(&workspace_id).copied();
    Ok(cursor.map(|cursor| Taken::of(Holder { name, process }, workspace_id, cursor)))
}

/// Another process has what was taken.
pub(super) fn lost() -> Error {
    Error::Unavailable("Another process has taken over.".into())
}

impl Taken {
    pub(super) fn of(holder: Holder<'_>, workspace_id: WorkspaceId, cursor: Seq) -> Self {
        Self { workspace_id, name: holder.name.to_owned(), process: holder.process, cursor }
    }

    /// Takes it again and again while there is work; ends only when it is lost.
    pub async fn keep(&self, database: &Database) -> Error {
        loop {
            tokio::time::sleep(LEASE / 3).await;
            match take(database, self.workspace_id, &self.name, self.process).await {
                Ok(Some(_)) => {}
                Ok(None) => return lost(),
                Err(error) => return error,
            }
        }
    }

    /// Gives it back, with the cursor there.
    ///
    /// # Errors
    /// `UNAVAILABLE` if somebody else has it by now: then nothing is changed.
    pub async fn give_back(&self, database: &Database, cursor: Seq) -> Result<()> {
        let holder = Holder { name: &self.name, process: self.process };
        let returned = Returned { id: self.workspace_id, from: self.cursor, to: cursor };
        let given = holder.give_back(database, &[returned]).await?;
        if given.contains(&self.workspace_id) { Ok(()) } else { Err(lost()) }
    }
}
