//! Who checks an upload: one process at a time, so that nobody writes over what another has checked. (But for one that
//! hangs for longer than its lease just before its last write, while the client puts something else.)
//!
//! A claim is a lease by the database's clock: renewed while the process works, given back when it ends, and over
//! by itself when the process has died. What a process found is believed only while it has the claim.

use std::time::{Duration, Instant};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::command::claim_lost;
use super::entity::upload::{Column, Entity, Model, State};
use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Scope};
use crate::error::{Error, Result};
use crate::id::{CommandId, FileId, WorkspaceId};

/// How long a claim is good without a word to the database.
const LEASE: Duration = Duration::from_secs(6);

/// What a process holds while it checks an upload.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    workspace_id: WorkspaceId,
    upload_id: FileId,
    /// Stands in the row of the upload.
    pub id: Uuid,
}

impl Claim {
    /// Takes an upload; nothing if another process has it, or it is on its way no more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take(app: &App, upload: &Model) -> Result<Option<Self>> {
        let claim = Self { workspace_id: upload.workspace_id, upload_id: upload.id, id: CommandId::mint().0 };
        // SQLite has one process: whoever has it there is dead.
        let is_free = |now| match app.config.store.is_sqlite() {
            true => Condition::all(),
            false => Condition::any().add(Column::Checker.is_null()).add(Column::CheckerUntil.lt(now)),
        };
        Ok(claim.write(app, is_free, Some(claim.id)).await?.then_some(claim))
    }

    /// Goes on having it.
    ///
    /// # Errors
    /// `UNAVAILABLE` if another process has it by now, or it is on its way no more.
    pub async fn renew(&self, app: &App) -> Result<()> {
        self.renewed(app).await?.then_some(()).ok_or_else(claim_lost)
    }

    /// Goes on having it for ever; ends only when it is lost.
    pub async fn keep(&self, app: &App) -> Error {
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep(LEASE / 4).await;
            let asked = Instant::now();
            match self.renewed(app).await {
                Ok(true) => renewed = asked,
                Err(error) if error.is_passing() && renewed.elapsed() < LEASE => {}
                Ok(false) => return claim_lost(),
                Err(error) => return error,
            }
        }
    }

    /// Lets another process have it at once. What cannot be said is over by itself.
    pub async fn give_back(&self, app: &App) {
        if let Err(error) = self.write(app, |_| self.is_mine(), None).await {
            tracing::debug!(%error, "a claim was not given back");
        }
    }

    async fn renewed(&self, app: &App) -> Result<bool> {
        self.write(app, |_| self.is_mine(), Some(self.id)).await
    }

    fn is_mine(&self) -> Condition {
        Condition::all().add(Column::Checker.eq(self.id))
    }

    /// Says who has the upload, if it is on its way and this is so of it now; answers whether it was.
    async fn write(&self, app: &App, is_so: impl FnOnce(Moment) -> Condition, checker: Option<Uuid>) -> Result<bool> {
        let transaction = app.database.write(Scope::Workspace(self.workspace_id)).await?;
        let lease = i64::try_from(LEASE.as_secs()).unwrap_or(i64::MAX);
        let now = db::now(&transaction).await?;
        let done = Entity::update_many()
            .col_expr(Column::Checker, Expr::value(checker))
            .col_expr(Column::CheckerUntil, Expr::value(now.plus_seconds(lease)))
            .filter(Column::WorkspaceId.eq(self.workspace_id))
            .filter(Column::Id.eq(self.upload_id))
            .filter(Column::State.eq(State::Pending))
            .filter(is_so(now))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected == 1)
    }
}
