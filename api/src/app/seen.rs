//! Last use of sessions: recorded in memory and stored once a minute in a single transaction, so that writes do not
//! grow with the number of sessions. A crash loses at most a minute. The use of a session that is about to expire from
//! inactivity is stored at once.

use std::collections::HashSet;

use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter};

use crate::ground::db::batch_query::among;
use crate::ground::db::{Database, Scope, clock_sql};
use crate::ground::error::Result;
use crate::ground::id::SessionId;
use crate::ground::mutex::Mutex;
use crate::model::session::entity::session_token::{Column, Entity};

/// Maximum number of recorded sessions. Further ones are recorded at their next use.
const MAX_RECORDED: usize = 100_000;
/// Maximum number of sessions per statement.
const STATEMENT_BATCH: usize = 10_000;

/// Sessions used since the last store.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashSet<SessionId>>);

impl Seen {
    /// Records the use of a session.
    pub fn record(&self, id: SessionId) {
        let mut seen = self.0.lock();
        if seen.len() < MAX_RECORDED {
            seen.insert(id);
        }
    }

    /// Stores all recorded uses in one transaction. After a failure they are retried with the next store.
    ///
    /// # Errors
    /// Fails if the database is unavailable.
    pub async fn store(&self, database: &Database) -> Result<()> {
        let mut ids: Vec<SessionId> = self.0.lock().drain().collect();
        if ids.is_empty() {
            return Ok(());
        }
        // The same order on all processes, to prevent deadlocks.
        ids.sort_unstable();
        let stored = store(database, &ids).await;
        if stored.is_err() {
            ids.into_iter().for_each(|id| self.record(id));
        }
        stored
    }
}

/// Sets the last use of these sessions to now, accurate to the minute.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn store(database: &Database, ids: &[SessionId]) -> Result<()> {
    let now = clock_sql(database.backend());
    let transaction = database.write(Scope::Server).await?;
    for part in ids.chunks(STATEMENT_BATCH) {
        Entity::update_many()
            .col_expr(Column::LastSeenAt, Expr::cust(now))
            .filter(among(&transaction, Column::SessionId, part.iter().copied()))
            .filter(Expr::cust(format!("last_seen_at / 60000 <> {now} / 60000")))
            .exec(&transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}
