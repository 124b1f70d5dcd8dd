//! Leaving the workspace.

use serde::Serialize;

use super::membership::{left, require_another_owner};
use crate::ground::error::Result;
use crate::ground::id::AccountId;
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::workspace::state::Workspace;

/// Removes the acting member from the workspace.
#[derive(Debug, Serialize)]
pub struct LeaveWorkspace;

impl Command for LeaveWorkspace {
    fn name(&self) -> &'static str {
        "member.leave"
    }

    /// # Errors
    /// `CONFLICT` for the last owner.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        require_another_owner(workspace, me)?;
        Ok(vec![left(me.id, me.id)])
    }
}
