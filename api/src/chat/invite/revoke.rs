//! Revoking an invite.

use serde::Serialize;

use super::access::require_inviter;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, InviteId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Revokes an invite. Only for admins.
#[derive(Debug, Serialize)]
pub struct RevokeInvite {
    pub invite_id: InviteId,
}

impl Command for RevokeInvite {
    fn name(&self) -> &'static str {
        "invite.revoke"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.invites.insert(self.invite_id);
    }

    /// # Errors
    /// `FORBIDDEN` unless the member may invite, `NOT_FOUND`.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_inviter(workspace, account_id)?;
        let fact = facts.invites.get(&self.invite_id).ok_or(Error::NotFound("invite"))?;
        if fact.revoked {
            return Ok(Vec::new());
        }
        Ok(vec![Draft::by(me.id, Skeleton::InviteRevoked { invite_id: self.invite_id }, Body::default())])
    }
}
