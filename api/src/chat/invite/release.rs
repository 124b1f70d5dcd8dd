//! Releasing a reserved use of an invite.

use serde::Serialize;

use super::access::is_reserved;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, InviteId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Releases a reserved use after a rejected registration.
#[derive(Debug, Serialize)]
pub struct ReleaseInvite {
    pub invite_id: InviteId,
}

impl Command for ReleaseInvite {
    fn name(&self) -> &'static str {
        "invite.release"
    }

    fn add_reads(&self, account_id: AccountId, reads: &mut ReadSet) {
        reads.invites.insert(self.invite_id);
        reads.joining.insert(account_id);
    }

    fn decide(&self, account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        if !is_reserved(facts, self.invite_id, account_id) {
            return Ok(Vec::new());
        }
        let skeleton = Skeleton::InviteReleased { invite_id: self.invite_id, account_id };
        Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
    }
}
