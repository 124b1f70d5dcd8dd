//! The durable reader that copies all workspace logs to JetStream, for external programs.
//!
//! - On `log.<workspace>` every event appears exactly once and in order, however often the reader is interrupted.
//! - A wiped or rebuilt stream is detected, logged once, and refilled from the database for the stream's retention.
//!
//! The server's log is not copied.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QuerySelect};

use crate::adapter::bus::log_stream::{LogStream, STREAM, StreamState};
use crate::adapter::bus::sync::SyncCheck;
use crate::ground::db::{self, Database, Scope, Transaction, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::planted;
use crate::log::reader::Handler;
use crate::log::{failpoint, read};
use crate::model::event::SharedEvent;
use crate::model::log::entity::log_stream;

/// How often the stream is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// The durable reader. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Publisher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stream: Arc<LogStream>,
    database: Database,
    /// Whether the stream matches the cursors and persists what it acknowledges.
    is_ready: AtomicBool,
    is_sync_checked: AtomicBool,
    /// Creation time of the stream whose messages this process knows.
    created: AtomicI64,
}

impl Publisher {
    /// Creates a publisher for a stream, with its own database connections.
    pub fn new(stream: Arc<LogStream>, database: Database) -> Self {
        Self(Arc::new(Inner {
            stream,
            database,
            is_ready: AtomicBool::new(false),
            is_sync_checked: AtomicBool::new(false),
            created: AtomicI64::new(0),
        }))
    }

    /// Checks the stream forever: creates it, verifies its configuration, and detects that it was wiped.
    pub async fn watch(self) {
        let mut ticks = tokio::time::interval(CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let result = self.check().await;
            let was_ready = self.0.is_ready.swap(result.is_ok(), Ordering::SeqCst);
            if let (true, Err(error)) = (was_ready, result) {
                tracing::warn!(%error, "log export to JetStream is paused");
            }
        }
    }

    async fn check(&self) -> Result<()> {
        let inner = &self.0;
        if !inner.is_sync_checked.load(Ordering::SeqCst) {
            if inner.stream.check_sync().await? == SyncCheck::Unknown {
                return Err(Error::Unavailable("Cannot verify that NATS syncs acknowledged messages to disk.".into()));
            }
            inner.is_sync_checked.store(true, Ordering::SeqCst);
        }
        let transaction = inner.database.write(Scope::Server).await?;
        let recorded = recorded_state(&transaction).await?;
        let current = inner.stream.ensure().await?;
        if inner.created.swap(current.created, Ordering::SeqCst) != current.created {
            inner.stream.clear_tails();
        }
        if recorded.is_none_or(|recorded| current.created != recorded.created || current.messages < recorded.messages) {
            if recorded.is_some() {
                tracing::warn!("JetStream stream was wiped or rebuilt; refilling it from the database");
            }
            inner.stream.clear_tails();
            rewind(&transaction, inner.stream.retention()).await?;
        }
        if recorded != Some(current) {
            store_state(&transaction, current).await?;
        }
        Ok(transaction.commit().await?)
    }
}

impl Handler for Publisher {
    type After = ();
    const NAME: &'static str = "publisher";

    async fn handle(&self, transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
        let stream = &self.0.stream;
        if !self.0.is_ready.load(Ordering::SeqCst) {
            return Err(Error::DependencyUnavailable("log stream"));
        }
        let Some(first) = events.first() else { return Ok(()) };
        let tail = stream.tail(first.workspace_id).await?;
        if tail.message > 0 && tail.seq + 1 < first.seq {
            // The stream lost its latest messages.
            let missing = read::range(transaction, first.workspace_id, tail.seq, first.seq - 1).await?;
            stream.append(&missing).await?;
        }
        // Events that the stream already has were appended, but not acknowledged.
        let rest: Vec<SharedEvent> =
            events.iter().filter(|event| event.seq > tail.seq).skip(planted::publisher_skips()).cloned().collect();
        stream.append(&rest).await?;
        failpoint::pass("publisher.appended");
        Ok(())
    }

    async fn after(&self, (): ()) {}
}

/// Returns the last known state of the stream. The row is locked, so that one process at a time checks the stream.
async fn recorded_state(transaction: &Transaction) -> Result<Option<StreamState>> {
    let row = log_stream::Entity::find_by_id(STREAM).lock_exclusive().one(transaction).await?;
    Ok(row.map(|row| StreamState { created: row.created, messages: row.messages }))
}

async fn store_state(transaction: &Transaction, state: StreamState) -> Result<()> {
    let row = log_stream::ActiveModel {
        name: Set(STREAM.to_owned()),
        created: Set(state.created),
        messages: Set(state.messages),
    };
    let update = sea_orm::sea_query::OnConflict::column(log_stream::Column::Name)
        .update_columns([log_stream::Column::Created, log_stream::Column::Messages])
        .to_owned();
    log_stream::Entity::insert(row).on_conflict(update).exec_without_returning(transaction).await?;
    Ok(())
}

/// Moves every cursor back to the start of the stream's retention.
async fn rewind(transaction: &Transaction, retention: Duration) -> Result<()> {
    // Reads all events within the retention once.
    transaction.extend_timeout(Duration::from_secs(60)).await?;
    let retention_ms = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
    let retained_since = db::now(transaction).await?.0.saturating_sub(retention_ms);
    let sql = "INSERT INTO reader (workspace_id, name, cursor) \
               SELECT l.workspace_id, $1, COALESCE((SELECT max(e.seq) FROM event e \
                 WHERE e.workspace_id = l.workspace_id AND e.at < $2), 0) \
               FROM log l WHERE l.workspace_id <> $3 \
               ON CONFLICT (workspace_id, name) DO UPDATE SET cursor = EXCLUDED.cursor";
    let values = [Publisher::NAME.into(), retained_since.into(), WorkspaceId::SERVER.0.into()];
    transaction.execute_raw(statement(transaction, sql, values)).await?;
    Ok(())
}
