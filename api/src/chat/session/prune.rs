//! Deleting old sessions.

use serde::Serialize;

use crate::ground::error::Result;
use crate::ground::id::AccountId;
use crate::log::{Command, Draft, Facts};
use crate::model::event::{Body, Seq, Skeleton};
use crate::model::workspace::state::Workspace;

/// Deletes sessions revoked at or before a `seq`. Issued by the server.
#[derive(Debug, Serialize)]
pub struct PruneSessions {
    pub ended_through: Seq,
}

impl Command for PruneSessions {
    fn name(&self) -> &'static str {
        "session.prune"
    }

    fn decide(&self, account_id: AccountId, _workspace: &Workspace, _facts: &Facts) -> Result<Vec<Draft>> {
        let skeleton = Skeleton::SessionsPruned { ended_through: self.ended_through };
        Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
    }
}
