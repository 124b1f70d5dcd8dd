//! When sessions were last used: noted in memory, and stored once a minute for all of them together, so that writes do
//! not grow with the sessions. A process that crashes loses a minute of it at most; a session that is about to expire
//! for want of use is stored at once.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter};

use super::entity::sign_in_token::{Column, Entity};
use crate::db::many::among;
use crate::db::{Database, Scope, clock_sql};
use crate::error::Result;
use crate::id::SignInId;

/// Sessions that are noted, at most; those beyond are noted when they are next used.
const MOST: usize = 100_000;
/// Sessions of one statement.
const PART: usize = 10_000;

/// The sessions that were used since it was last stored.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashSet<SignInId>>);

impl Seen {
    /// A session is used now.
    pub fn note(&self, id: SignInId) {
        let mut seen = self.seen();
        if seen.len() < MOST {
            seen.insert(id);
        }
    }

    /// Stores all that were noted, in one transaction. What cannot be stored now is stored the next time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn store(&self, database: &Database) -> Result<()> {
        let mut ids: Vec<SignInId> = self.seen().drain().collect();
        if ids.is_empty() {
            return Ok(());
        }
        // In the order of all processes.
        ids.sort_unstable();
        let stored = store(database, &ids).await;
        if stored.is_err() {
            ids.into_iter().for_each(|id| self.note(id));
        }
        stored
    }

    fn seen(&self) -> MutexGuard<'_, HashSet<SignInId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores that these sessions are used now, to the minute.
///
/// # Errors
/// When the database does not answer.
pub async fn store(database: &Database, ids: &[SignInId]) -> Result<()> {
    let now = clock_sql(database.backend());
    let transaction = database.write(Scope::Server).await?;
    for part in ids.chunks(PART) {
        Entity::update_many()
            .col_expr(Column::LastSeenAt, Expr::cust(now))
            .filter(among(&transaction, Column::SignInId, part.iter().copied()))
            .filter(Expr::cust(format!("last_seen_at / 60000 <> {now} / 60000")))
            .exec(&transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}
