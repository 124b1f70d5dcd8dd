//! Changing the role of a member.

use serde::Serialize;

use super::membership::{require_active, require_another_owner, updated};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, MemberId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::member::Role;
use crate::model::workspace::state::Workspace;

/// Changes the role of a member. Only for owners.
#[derive(Debug, Serialize)]
pub struct SetRole {
    pub member_id: MemberId,
    pub role: Role,
}

impl Command for SetRole {
    fn name(&self) -> &'static str {
        "member.set_role"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` for the last owner.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let member = require_active(workspace, self.member_id)?;
        if me.role != Role::Owner {
            return Err(Error::Forbidden(Reason::RoleRequired, "Only owners can change roles."));
        }
        if member.role == self.role {
            return Ok(Vec::new());
        }
        require_another_owner(workspace, member)?;
        let (handle, name) = (member.handle.clone(), member.name.clone());
        Ok(vec![updated(me.id, member, self.role, member.avatar_id, handle, name)])
    }
}
