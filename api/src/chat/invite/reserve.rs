//! Reserving a use of an invite.

use serde::Serialize;

use super::access::{is_reserved, require_usable};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, InviteId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Reserves one use for an account that registers with the invite.
#[derive(Debug, Serialize)]
pub struct ReserveInvite {
    pub invite_id: InviteId,
    /// Hash of the link's secret.
    pub secret_hash: Vec<u8>,
}

impl Command for ReserveInvite {
    fn name(&self) -> &'static str {
        "invite.reserve"
    }

    fn add_reads(&self, account_id: AccountId, reads: &mut ReadSet) {
        reads.invites.insert(self.invite_id);
        reads.joining.insert(account_id);
    }

    /// # Errors
    /// `NOT_FOUND` if the invite is not usable.
    fn decide(&self, account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        require_usable(facts, self.invite_id, &self.secret_hash, account_id)?;
        if is_reserved(facts, self.invite_id, account_id) {
            return Ok(Vec::new());
        }
        let skeleton = Skeleton::InviteReserved { invite_id: self.invite_id, account_id };
        Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
    }
}
