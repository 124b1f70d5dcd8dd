//! Commands on accounts, decided in the server's log.

use serde::Serialize;

use super::email_key;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, SessionId, WorkspaceId};
use crate::log::facts::ReadSet;
use crate::log::{Draft, Facts};

/// Error message for a registration without an invite while registration is closed.
pub const INVITE_REQUIRED: &str = "Registration requires an invite. Open your invite link and register there.";

/// Returns the error for an email that another account uses.
pub fn email_taken() -> Error {
    Error::Conflict("An account with this email address already exists.".into())
}

/// A command on accounts.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Registers an account. The first account becomes the server admin.
    Register {
        account_id: AccountId,
        email: String,
        name: String,
        /// A PHC string. Not serialized, so it does not take part in comparing a retry with the original command.
        #[serde(skip)]
        password_hash: String,
        /// Whether registration is open, or the user was invited.
        admitted: bool,
    },
    /// Sets a new password and revokes all sessions of the account but `keep`.
    SetPassword {
        account_id: AccountId,
        #[serde(skip)]
        password_hash: String,
        /// The session in which the password is changed.
        keep: Option<SessionId>,
        /// Fingerprint of the hash that the current password was verified against. `None` for an operator's reset.
        #[serde(skip)]
        verified: Option<Fingerprint>,
    },
    /// Changes the email to sign in with.
    ChangeEmail {
        account_id: AccountId,
        email: String,
        #[serde(skip)]
        verified: Fingerprint,
    },
    /// Registers a workspace in the server's log. The workspace's own log is created afterwards.
    RegisterWorkspace {
        workspace_id: WorkspaceId,
        account_id: AccountId,
        /// Whether the settings allow this account to create workspaces.
        #[serde(skip)]
        permitted: bool,
    },
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet) {
        match self {
            Self::Register { email, .. } => {
                reads.emails.insert(email_key(email));
            }
            Self::SetPassword { account_id, .. } => {
                reads.accounts.insert(*account_id);
                reads.credentials.insert(*account_id);
                reads.signed_in.insert(*account_id);
            }
            Self::ChangeEmail { account_id, email, .. } => {
                reads.accounts.insert(*account_id);
                reads.credentials.insert(*account_id);
                reads.emails.insert(email_key(email));
            }
            Self::RegisterWorkspace { workspace_id, account_id, .. } => {
                reads.accounts.insert(*account_id);
                reads.workspaces.insert(*workspace_id);
            }
        }
    }

    /// Decides the command against the facts.
    ///
    /// # Errors
    /// `CONFLICT` if the email or the id is taken, `FORBIDDEN` if registration is closed, `NOT_FOUND`.
    pub fn decide(&self, facts: &Facts) -> Result<Vec<Draft>> {
        match self {
            Self::Register { account_id, email, name, admitted, .. } => {
                if facts.any_account && !admitted {
                    return Err(Error::Forbidden(INVITE_REQUIRED));
                }
                if facts.emails.contains_key(&email_key(email)) {
                    return Err(email_taken());
                }
                let skeleton =
                    Skeleton::AccountRegistered { account_id: *account_id, is_server_admin: !facts.any_account };
                let body = Body { email: Some(email.clone()), name: Some(name.clone()), ..Body::default() };
                Ok(vec![Draft::by_account(*account_id, skeleton, body)])
            }
            Self::SetPassword { account_id, keep, verified, .. } => {
                require_account(facts, *account_id)?;
                if let Some(verified) = verified {
                    unchanged(facts, *account_id, verified)?;
                }
                let changed = Skeleton::PasswordChanged { account_id: *account_id };
                let mut skeletons = vec![changed];
                let others = facts
                    .sessions
                    .iter()
                    .filter(|(id, fact)| fact.account_id == *account_id && !fact.ended && Some(**id) != *keep);
                let mut others: Vec<SessionId> = others.map(|(id, _)| *id).collect();
                others.sort_unstable();
                let ended = |session_id| Skeleton::SessionRevoked { session_id, account_id: *account_id };
                skeletons.extend(others.into_iter().map(ended));
                let draft = |skeleton| Draft::by_account(*account_id, skeleton, Body::default());
                Ok(skeletons.into_iter().map(draft).collect())
            }
            Self::ChangeEmail { account_id, email, verified } => {
                require_account(facts, *account_id)?;
                unchanged(facts, *account_id, verified)?;
                if facts.emails.get(&email_key(email)).is_some_and(|owner| owner != account_id) {
                    return Err(email_taken());
                }
                let skeleton = Skeleton::EmailChanged { account_id: *account_id };
                let body = Body { email: Some(email.clone()), ..Body::default() };
                Ok(vec![Draft::by_account(*account_id, skeleton, body)])
            }
            Self::RegisterWorkspace { workspace_id, account_id, permitted } => {
                require_account(facts, *account_id)?;
                if !permitted {
                    return Err(Error::Forbidden("Only server administrators can create workspaces."));
                }
                if facts.workspaces.contains(workspace_id) {
                    return Err(Error::id_taken());
                }
                let skeleton = Skeleton::WorkspaceRegistered { workspace_id: *workspace_id, account_id: *account_id };
                Ok(vec![Draft::by_account(*account_id, skeleton, Body::default())])
            }
        }
    }
}

/// Fingerprint of a password hash: [`crate::log::facts::fingerprint`].
pub type Fingerprint = Vec<u8>;

/// Requires that the password is still the one that was verified.
///
/// # Errors
/// `BAD_USER_INPUT` if it was changed since, as for a wrong password.
pub fn unchanged(facts: &Facts, account_id: AccountId, verified: &[u8]) -> Result<()> {
    let same = facts.credentials.get(&account_id).is_some_and(|known| known == verified);
    let changed = "The password has been changed in the meantime. Enter the new password.";
    same.then_some(()).ok_or_else(|| Error::invalid("password", changed))
}

fn require_account(facts: &Facts, account_id: AccountId) -> Result<()> {
    facts.accounts.contains(&account_id).then_some(()).ok_or(Error::NotFound("account"))
}
