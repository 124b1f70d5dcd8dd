//! The durable reader that copies the whole log to JetStream, for programs outside.
//!
//! Promises: on `log.<workspace>` every event stands once and in order, however often this is
//! interrupted; a stream that was wiped or rebuilt is noticed, said once, and filled again from the
//! database as far back as the stream keeps events. The server's own log is not copied.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QuerySelect};

use crate::bus::log_stream::{LogStream, STREAM, Standing};
use crate::bus::sync::Sync;
use crate::db::{self, Database, Scope, Transaction, statement};
use crate::error::{Error, Result};
use crate::event::SharedEvent;
use crate::id::WorkspaceId;
use crate::log::entity::log_stream;
use crate::log::reader::Handler;
use crate::log::{failpoint, read};
use crate::planted::{self, Bug};

/// How often the stream is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The reader. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Publisher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stream: Arc<LogStream>,
    database: Database,
    /// Whether the stream is the one that the cursors are about, and keeps what it acknowledges.
    ready: AtomicBool,
    synced: AtomicBool,
    /// When the stream was made that this process knows the messages of.
    created: AtomicI64,
}

impl Publisher {
    /// For a stream, with a database of its own.
    pub fn new(stream: Arc<LogStream>, database: Database) -> Self {
        Self(Arc::new(Inner {
            stream,
            database,
            ready: AtomicBool::new(false),
            synced: AtomicBool::new(false),
            created: AtomicI64::new(0),
        }))
    }

    /// Looks at the stream for ever: makes it, checks it, and sees when it was wiped.
    pub async fn watch(self) {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let looked = self.look().await;
            let before = self.0.ready.swap(looked.is_ok(), Ordering::SeqCst);
            if let (true, Err(error)) = (before, looked) {
                tracing::warn!(%error, "the log is not copied to JetStream for now");
            }
        }
    }

    async fn look(&self) -> Result<()> {
        let inner = &self.0;
        if !inner.synced.load(Ordering::SeqCst) {
            if inner.stream.check_sync().await? == Sync::Unknown {
                return Err(Error::Unavailable("Whether NATS syncs what it acknowledges is not known.".into()));
            }
            inner.synced.store(true, Ordering::SeqCst);
        }
        let transaction = inner.database.write(Scope::Server).await?;
        let known = known(&transaction).await?;
        let standing = inner.stream.ensure().await?;
        if inner.created.swap(standing.created, Ordering::SeqCst) != standing.created {
            inner.stream.forget();
        }
        if known.is_none_or(|known| standing.created != known.created || standing.messages < known.messages) {
            if known.is_some() {
                tracing::warn!("JetStream was wiped or rebuilt; its copy of the log is filled again from the database");
            }
            inner.stream.forget();
            rewind(&transaction, inner.stream.retention()).await?;
        }
        if known != Some(standing) {
            remember(&transaction, standing).await?;
        }
        Ok(transaction.commit().await?)
    }
}

impl Handler for Publisher {
    type After = ();
    const NAME: &'static str = "publisher";

    async fn handle(&self, transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
        let stream = &self.0.stream;
        if !self.0.ready.load(Ordering::SeqCst) {
            return Err(Error::Away("copy of the log"));
        }
        let Some(first) = events.first() else { return Ok(()) };
        let tail = stream.tail(first.workspace_id).await?;
        if tail.message > 0 && tail.seq + 1 < first.seq {
            // It lost its end.
            let lost = read::range(transaction, first.workspace_id, tail.seq, first.seq - 1).await?;
            stream.append(&lost).await?;
        }
        // What it has already was acknowledged to nobody.
        let rest: Vec<SharedEvent> = events
            .iter()
            .filter(|event| event.seq > tail.seq)
            .skip(usize::from(planted::is(Bug::PublisherSkips)))
            .cloned()
            .collect();
        stream.append(&rest).await?;
        failpoint::pass("publisher.appended");
        Ok(())
    }

    async fn after(&self, (): ()) {}
}

/// How the stream stood; locked, so that one process at a time looks.
async fn known(transaction: &Transaction) -> Result<Option<Standing>> {
    let row = log_stream::Entity::find_by_id(STREAM).lock_exclusive().one(transaction).await?;
    Ok(row.map(|row| Standing { created: row.created, messages: row.messages }))
}

async fn remember(transaction: &Transaction, standing: Standing) -> Result<()> {
    let row = log_stream::ActiveModel {
        name: Set(STREAM.to_owned()),
        created: Set(standing.created),
        messages: Set(standing.messages),
    };
    let update = sea_orm::sea_query::OnConflict::column(log_stream::Column::Name)
        .update_columns([log_stream::Column::Created, log_stream::Column::Messages])
        .to_owned();
    log_stream::Entity::insert(row).on_conflict(update).exec_without_returning(transaction).await?;
    Ok(())
}

/// Sets every cursor back to where the stream's horizon is.
async fn rewind(transaction: &Transaction, retention: Duration) -> Result<()> {
    // Reads what was written within the horizon, once.
    transaction.be_patient(Duration::from_secs(60)).await?;
    let keeps = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
    let horizon = db::now(transaction).await?.0.saturating_sub(keeps);
    let sql = "INSERT INTO reader (workspace_id, name, cursor) \
               SELECT l.workspace_id, $1, COALESCE((SELECT max(e.seq) FROM event e \
                 WHERE e.workspace_id = l.workspace_id AND e.at < $2), 0) \
               FROM log l WHERE l.workspace_id <> $3 \
               ON CONFLICT (workspace_id, name) DO UPDATE SET cursor = EXCLUDED.cursor";
    let values = [Publisher::NAME.into(), horizon.into(), WorkspaceId::SERVER.0.into()];
    transaction.execute_raw(statement(transaction, sql, values)).await?;
    Ok(())
}
