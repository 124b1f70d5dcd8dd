//! Registering an account.

use async_trait::async_trait;
use serde::Serialize;

use super::access::{INVITE_REQUIRED, email_taken};
use super::credentials;
use crate::ground::db::Transaction;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, WorkspaceId};
use crate::ground::text::email_key;
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, SharedEvent, Skeleton};
use crate::model::workspace::state::Workspace;

/// Registers an account. The first account becomes the server admin.
#[derive(Debug, Serialize)]
pub struct RegisterAccount {
    pub account_id: AccountId,
    /// At most 254 characters. Unique by [`email_key`].
    pub email: String,
    /// 1 to [`MAX_NAME_CHARS`](crate::model::workspace::MAX_NAME_CHARS) characters.
    pub name: String,
    /// A PHC string.
    #[serde(skip)]
    pub password_hash: String,
    /// Whether registration is open, or the user was invited.
    pub admitted: bool,
}

#[async_trait]
impl Command for RegisterAccount {
    fn name(&self) -> &'static str {
        "account.register"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.emails.insert(email_key(&self.email));
    }

    /// # Errors
    /// `FORBIDDEN` if registration is closed, `CONFLICT` if the email is taken.
    fn decide(&self, _account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        if facts.any_account && !self.admitted {
            return Err(Error::Forbidden(Reason::InviteRequired, INVITE_REQUIRED));
        }
        if facts.emails.contains_key(&email_key(&self.email)) {
            return Err(email_taken());
        }
        let is_server_admin = !facts.any_account;
        let skeleton = Skeleton::AccountRegistered { account_id: self.account_id, is_server_admin };
        let body = Body { email: Some(self.email.clone()), name: Some(self.name.clone()), ..Body::default() };
        Ok(vec![Draft::by_account(self.account_id, skeleton, body)])
    }

    async fn write_private(&self, transaction: &Transaction, _log: WorkspaceId, _events: &[SharedEvent]) -> Result<()> {
        credentials::store(transaction, self.account_id, &self.password_hash).await
    }
}
