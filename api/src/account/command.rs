//! Commands on accounts, decided in the server's log.

use serde::Serialize;

use super::email_key;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, WorkspaceId};
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};

/// What can be wanted of accounts.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Somebody registers. The first one ever administers the server.
    Register {
        account_id: AccountId,
        email: String,
        name: String,
        /// A PHC string; not part of what makes two commands the same.
        #[serde(skip)]
        password_hash: String,
        /// Whether anybody may register now, or this person was invited.
        admitted: bool,
    },
    /// A new password, given by an operator.
    SetPassword {
        account_id: AccountId,
        #[serde(skip)]
        password_hash: String,
    },
    /// A workspace begins; its own log follows.
    RegisterWorkspace { workspace_id: WorkspaceId, account_id: AccountId },
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants) {
        match self {
            Self::Register { email, .. } => {
                wants.emails.insert(email_key(email));
            }
            Self::SetPassword { account_id, .. } => {
                wants.accounts.insert(*account_id);
            }
            Self::RegisterWorkspace { workspace_id, account_id } => {
                wants.accounts.insert(*account_id);
                wants.workspaces.insert(*workspace_id);
            }
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// `CONFLICT` when the address or the id is taken, `FORBIDDEN` when registration is closed, `NOT_FOUND`.
    pub fn decide(&self, facts: &Facts) -> Result<Vec<Draft>> {
        match self {
            Self::Register { account_id, email, name, admitted, .. } => {
                if facts.any_account && !admitted {
                    return Err(Error::Forbidden(
                        "Registration is by invitation. Open the invite link that you were given.",
                    ));
                }
                if facts.emails.contains_key(&email_key(email)) {
                    return Err(Error::Conflict("There is an account with this e-mail address already.".into()));
                }
                let skeleton =
                    Skeleton::AccountRegistered { account_id: *account_id, is_server_admin: !facts.any_account };
                let body = Body { email: Some(email.clone()), name: Some(name.clone()), ..Body::default() };
                Ok(vec![Draft::by_account(*account_id, skeleton, body)])
            }
            Self::SetPassword { account_id, .. } => {
                known(facts, *account_id)?;
                let skeleton = Skeleton::PasswordChanged { account_id: *account_id };
                Ok(vec![Draft::by_account(*account_id, skeleton, Body::default())])
            }
            Self::RegisterWorkspace { workspace_id, account_id } => {
                known(facts, *account_id)?;
                if facts.workspaces.contains(workspace_id) {
                    return Err(Error::id_taken());
                }
                let skeleton = Skeleton::WorkspaceRegistered { workspace_id: *workspace_id, account_id: *account_id };
                Ok(vec![Draft::by_account(*account_id, skeleton, Body::default())])
            }
        }
    }
}

fn known(facts: &Facts, account_id: AccountId) -> Result<()> {
    facts.accounts.contains(&account_id).then_some(()).ok_or(Error::NotFound("account"))
}
