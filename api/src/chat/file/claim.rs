//! Claims on uploads: one process checks an upload at a time, so that no process overwrites checked contents.
//!
//! A claim is a lease by the database's clock. It is renewed while the process works, released afterwards, and expires
//! if the process dies. Results are accepted only while the claim is held. One gap remains: a process that stalls for
//! longer than its lease right before its last write, while the client uploads other contents.

use std::time::{Duration, Instant};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::complete::claim_lost;
use crate::app::App;
use crate::ground::clock::Timestamp;
use crate::ground::db::{self, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::{CommandId, FileId, WorkspaceId};
use crate::model::file::entity::upload::{Column, Entity, Model, State};

/// Time after which a claim expires unless it is renewed.
const LEASE: Duration = Duration::from_secs(6);

/// A claim of this process on an upload.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    workspace_id: WorkspaceId,
    upload_id: FileId,
    /// Stored in the row of the upload.
    pub id: Uuid,
}

impl Claim {
    /// Claims an upload. Returns `None` if another process has claimed it or it is no longer pending.
    ///
    /// # Errors
    /// Fails if the database is unavailable.
    pub async fn take(app: &App, upload: &Model) -> Result<Option<Self>> {
        let claim = Self { workspace_id: upload.workspace_id, upload_id: upload.id, id: CommandId::mint().0 };
        // SQLite is used by one process, so any earlier claim is from a process that has ended.
        let is_free = |now| match app.config.store.is_sqlite() {
            true => Condition::all(),
            false => Condition::any().add(Column::Checker.is_null()).add(Column::CheckerUntil.lt(now)),
        };
        Ok(claim.write(app, is_free, Some(claim.id)).await?.then_some(claim))
    }

    /// Renews the claim.
    ///
    /// # Errors
    /// `UNAVAILABLE` if another process has claimed the upload or it is no longer pending.
    pub async fn renew(&self, app: &App) -> Result<()> {
        self.try_renew(app).await?.then_some(()).ok_or_else(claim_lost)
    }

    /// Renews the claim periodically. Returns only when the claim is lost.
    pub async fn keep_renewed(&self, app: &App) -> Error {
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep(LEASE / 4).await;
            let requested = Instant::now();
            match self.try_renew(app).await {
                Ok(true) => renewed = requested,
                Err(error) if error.is_transient() && renewed.elapsed() < LEASE => {}
                Ok(false) => return claim_lost(),
                Err(error) => return error,
            }
        }
    }

    /// Releases the claim for other processes. If this fails, the claim expires.
    pub async fn release(&self, app: &App) {
        if let Err(error) = self.write(app, |_| self.is_mine(), None).await {
            tracing::debug!(%error, "releasing a claim failed");
        }
    }

    async fn try_renew(&self, app: &App) -> Result<bool> {
        self.write(app, |_| self.is_mine(), Some(self.id)).await
    }

    fn is_mine(&self) -> Condition {
        Condition::all().add(Column::Checker.eq(self.id))
    }

    /// Sets the claim of an upload that is pending and meets the condition. Returns whether it did.
    async fn write(
        &self,
        app: &App,
        condition: impl FnOnce(Timestamp) -> Condition,
        checker: Option<Uuid>,
    ) -> Result<bool> {
        let transaction = app.database.write(Scope::Workspace(self.workspace_id)).await?;
        let lease = i64::try_from(LEASE.as_secs()).unwrap_or(i64::MAX);
        let now = db::now(&transaction).await?;
        let done = Entity::update_many()
            .col_expr(Column::Checker, Expr::value(checker))
            .col_expr(Column::CheckerUntil, Expr::value(now.plus_seconds(lease)))
            .filter(Column::WorkspaceId.eq(self.workspace_id))
            .filter(Column::Id.eq(self.upload_id))
            .filter(Column::State.eq(State::Pending))
            .filter(condition(now))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected == 1)
    }
}
