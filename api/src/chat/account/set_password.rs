//! Setting the password of an account.

use async_trait::async_trait;
use serde::Serialize;

use super::access::{require_account, require_same_password};
use super::credentials;
use crate::chat::session::revoke::{delete_tokens, revoked};
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, SessionId, WorkspaceId};
use crate::log::facts::accounts::Fingerprint;
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, SharedEvent, Skeleton};
use crate::model::workspace::state::Workspace;

/// Sets a new password and revokes all sessions of the account but `keep`.
#[derive(Debug, Serialize)]
pub struct SetPassword {
    pub account_id: AccountId,
    /// A PHC string.
    #[serde(skip)]
    pub password_hash: String,
    /// The session in which the password is changed.
    pub keep: Option<SessionId>,
    /// Fingerprint of the hash that the current password was verified against. `None` for an operator's reset.
    #[serde(skip)]
    pub verified: Option<Fingerprint>,
}

#[async_trait]
impl Command for SetPassword {
    fn name(&self) -> &'static str {
        "account.set_password"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.accounts.insert(self.account_id);
        reads.credentials.insert(self.account_id);
        reads.signed_in.insert(self.account_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `BAD_USER_INPUT` if the password was changed since it was verified.
    fn decide(&self, _account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let account_id = self.account_id;
        require_account(facts, account_id)?;
        if let Some(verified) = &self.verified {
            require_same_password(facts, account_id, verified)?;
        }
        let others = facts.sessions.iter().filter(|(_, fact)| fact.account_id == account_id && !fact.ended);
        let mut others: Vec<SessionId> = others.map(|(id, _)| *id).filter(|id| Some(*id) != self.keep).collect();
        others.sort_unstable();
        let changed = Draft::by_account(account_id, Skeleton::PasswordChanged { account_id }, Body::default());
        Ok([changed].into_iter().chain(others.into_iter().map(|id| revoked(account_id, id))).collect())
    }

    async fn write_private(&self, transaction: &Transaction, _log: WorkspaceId, events: &[SharedEvent]) -> Result<()> {
        delete_tokens(transaction, events).await?;
        credentials::store(transaction, self.account_id, &self.password_hash).await
    }
}
