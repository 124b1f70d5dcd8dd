//! A database snapshot of a request, shared by its views.
//!
//! Views of several workspaces need only one, so none waits for a second snapshot while it holds one.

use std::ops::Deref;

use tokio::sync::{Mutex, MutexGuard};

use crate::app::App;
use crate::ground::budget::Owner;
use crate::ground::db::{Scope, Transaction};
use crate::ground::error::Result;
use crate::ground::fair_semaphore::FairPermit;
use crate::ground::id::{AccountId, WorkspaceId};

/// A database snapshot. Its statements run one after another, each in the scope of its workspace.
pub struct SharedSnapshot {
    account_id: AccountId,
    scoped: Mutex<Scoped>,
    /// Held as long as the snapshot.
    _permit: FairPermit<Owner>,
}

/// A transaction, and the workspace whose rows it sees: none while the scope changes.
pub struct Scoped {
    transaction: Transaction,
    workspace_id: Option<WorkspaceId>,
}

impl SharedSnapshot {
    /// Begins a snapshot of an account, in the scope of a workspace.
    ///
    /// # Errors
    /// Fails if the database is unavailable.
    pub async fn begin(
        app: &App,
        account_id: AccountId,
        workspace_id: WorkspaceId,
        permit: FairPermit<Owner>,
    ) -> Result<Self> {
        let transaction = app.database.snapshot(Scope::Member(workspace_id, account_id)).await?;
        let scoped = Mutex::new(Scoped { transaction, workspace_id: Some(workspace_id) });
        Ok(Self { account_id, scoped, _permit: permit })
    }

    /// Returns the snapshot in the scope of a workspace.
    ///
    /// # Errors
    /// Fails if the database is unavailable.
    pub async fn enter(&self, workspace_id: WorkspaceId) -> Result<Snapshot<'_>> {
        let mut scoped = self.scoped.lock().await;
        if scoped.workspace_id != Some(workspace_id) {
            scoped.workspace_id = None;
            scoped.transaction.set_scope(Scope::Member(workspace_id, self.account_id)).await?;
            scoped.workspace_id = Some(workspace_id);
        }
        Ok(Snapshot::Shared(scoped))
    }
}

/// A database snapshot, exclusively used by one statement at a time.
pub enum Snapshot<'a> {
    Shared(MutexGuard<'a, Scoped>),
    /// With its permit, unless the view holds one.
    Owned(Box<(Transaction, Option<FairPermit<Owner>>)>),
}

impl Deref for Snapshot<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        match self {
            Self::Shared(scoped) => &scoped.transaction,
            Self::Owned(owned) => &owned.0,
        }
    }
}
