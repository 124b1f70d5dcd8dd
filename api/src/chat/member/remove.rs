//! Removing a member from the workspace.

use serde::Serialize;

use super::membership::{left, require_active, require_another_owner};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::member::Role;
use crate::model::workspace::state::Workspace;

/// Removes a member. Only for admins, and for owners if the member is one.
#[derive(Debug, Serialize)]
pub struct RemoveMember {
    pub member_id: MemberId,
}

impl Command for RemoveMember {
    fn name(&self) -> &'static str {
        "member.remove"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` for the last owner.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let member = require_active(workspace, self.member_id)?;
        if me.role < Role::Admin || me.role < member.role {
            let why = "Only owners and admins can remove members, and only owners can remove owners.";
            return Err(Error::Forbidden(Reason::RoleRequired, why));
        }
        require_another_owner(workspace, member)?;
        Ok(vec![left(me.id, member.id)])
    }
}
