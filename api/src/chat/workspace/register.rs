//! Registering a workspace in the server's log.

use serde::Serialize;

use crate::chat::account::access::require_account;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, WorkspaceId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Registers a workspace in the server's log. The workspace's own log is created afterwards.
#[derive(Debug, Serialize)]
pub struct RegisterWorkspace {
    pub workspace_id: WorkspaceId,
    /// Whether the settings allow the account to create workspaces.
    #[serde(skip)]
    pub permitted: bool,
}

impl Command for RegisterWorkspace {
    fn name(&self) -> &'static str {
        "workspace.register"
    }

    fn add_reads(&self, account_id: AccountId, reads: &mut ReadSet) {
        reads.accounts.insert(account_id);
        reads.workspaces.insert(self.workspace_id);
    }

    /// # Errors
    /// `NOT_FOUND` for an unknown account, `FORBIDDEN` if it may not create workspaces, `CONFLICT` if the id is taken.
    fn decide(&self, account_id: AccountId, _server: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        require_account(facts, account_id)?;
        if !self.permitted {
            return Err(Error::Forbidden(
                Reason::ServerAdminRequired,
                "Only server administrators can create workspaces.",
            ));
        }
        if facts.workspaces.contains(&self.workspace_id) {
            return Err(Error::id_taken());
        }
        let skeleton = Skeleton::WorkspaceRegistered { workspace_id: self.workspace_id, account_id };
        Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
    }
}
