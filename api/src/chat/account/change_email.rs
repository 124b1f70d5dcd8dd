//! Changing the email of an account.

use serde::Serialize;

use super::access::{email_taken, require_account, require_same_password};
use crate::ground::error::Result;
use crate::ground::id::AccountId;
use crate::ground::text::email_key;
use crate::log::facts::accounts::Fingerprint;
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Workspace;

/// Changes the email to sign in with.
#[derive(Debug, Serialize)]
pub struct ChangeEmail {
    pub account_id: AccountId,
    /// At most 254 characters. Unique by [`email_key`].
    pub email: String,
    /// Fingerprint of the hash that the current password was verified against.
    #[serde(skip)]
    pub verified: Fingerprint,
}

impl Command for ChangeEmail {
    fn name(&self) -> &'static str {
        "account.change_email"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.accounts.insert(self.account_id);
        reads.credentials.insert(self.account_id);
        reads.emails.insert(email_key(&self.email));
    }

    /// # Errors
    /// `NOT_FOUND`, `BAD_USER_INPUT` if the password was changed since, `CONFLICT` if the email is taken.
    fn decide(&self, _account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let account_id = self.account_id;
        require_account(facts, account_id)?;
        require_same_password(facts, account_id, &self.verified)?;
        if facts.emails.get(&email_key(&self.email)).is_some_and(|owner| *owner != account_id) {
            return Err(email_taken());
        }
        let body = Body { email: Some(self.email.clone()), ..Body::default() };
        Ok(vec![Draft::by_account(account_id, Skeleton::EmailChanged { account_id }, body)])
    }
}
