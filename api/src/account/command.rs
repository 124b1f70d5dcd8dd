//! Commands on accounts, decided in the server's log.

use serde::Serialize;

use super::email_key;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, SignInId, WorkspaceId};
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};

/// Why nobody may register without an invite.
pub const BY_INVITATION: &str = "Registration is by invitation. Open the invite link that you were given.";

/// Why nobody may have this address.
pub fn email_taken() -> Error {
    Error::Conflict("There is an account with this e-mail address already.".into())
}

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
    /// A new password; all sign-ins end but one.
    SetPassword {
        account_id: AccountId,
        #[serde(skip)]
        password_hash: String,
        /// The sign-in that goes on: the one in which the password is changed.
        keep: Option<SignInId>,
        /// What the current password was verified against; not by an operator.
        #[serde(skip)]
        verified: Option<Fingerprint>,
    },
    /// Another address to sign in with.
    ChangeEmail {
        account_id: AccountId,
        email: String,
        #[serde(skip)]
        verified: Fingerprint,
    },
    /// A workspace begins; its own log follows.
    RegisterWorkspace {
        workspace_id: WorkspaceId,
        account_id: AccountId,
        /// Whether this account may create workspaces; the settings say so, and not who asks.
        #[serde(skip)]
        permitted: bool,
    },
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
                wants.credentials.insert(*account_id);
                wants.signed_in.insert(*account_id);
            }
            Self::ChangeEmail { account_id, email, .. } => {
                wants.accounts.insert(*account_id);
                wants.credentials.insert(*account_id);
                wants.emails.insert(email_key(email));
            }
            Self::RegisterWorkspace { workspace_id, account_id, .. } => {
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
                    return Err(Error::Forbidden(BY_INVITATION));
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
                known(facts, *account_id)?;
                if let Some(verified) = verified {
                    unchanged(facts, *account_id, verified)?;
                }
                let changed = Skeleton::PasswordChanged { account_id: *account_id };
                let mut skeletons = vec![changed];
                let others = facts
                    .sign_ins
                    .iter()
                    .filter(|(id, fact)| fact.account_id == *account_id && !fact.ended && Some(**id) != *keep);
                let mut others: Vec<SignInId> = others.map(|(id, _)| *id).collect();
                others.sort_unstable();
                let ended = |sign_in_id| Skeleton::SignInRevoked { sign_in_id, account_id: *account_id };
                skeletons.extend(others.into_iter().map(ended));
                let draft = |skeleton| Draft::by_account(*account_id, skeleton, Body::default());
                Ok(skeletons.into_iter().map(draft).collect())
            }
            Self::ChangeEmail { account_id, email, verified } => {
                known(facts, *account_id)?;
                unchanged(facts, *account_id, verified)?;
                if facts.emails.get(&email_key(email)).is_some_and(|owner| owner != account_id) {
                    return Err(email_taken());
                }
                let skeleton = Skeleton::EmailChanged { account_id: *account_id };
                let body = Body { email: Some(email.clone()), ..Body::default() };
                Ok(vec![Draft::by_account(*account_id, skeleton, body)])
            }
            Self::RegisterWorkspace { workspace_id, account_id, permitted } => {
                known(facts, *account_id)?;
                if !permitted {
                    return Err(Error::Forbidden("Only administrators of this server create workspaces."));
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

/// What the hash of a password is known by: [`crate::log::facts::fingerprint`].
pub type Fingerprint = Vec<u8>;

/// The password is still the one that was verified.
///
/// # Errors
/// As for a wrong one: it was changed meanwhile.
pub fn unchanged(facts: &Facts, account_id: AccountId, verified: &[u8]) -> Result<()> {
    let same = facts.credentials.get(&account_id).is_some_and(|known| known == verified);
    same.then_some(()).ok_or_else(|| Error::invalid("password", "The password was changed meanwhile."))
}

fn known(facts: &Facts, account_id: AccountId) -> Result<()> {
    facts.accounts.contains(&account_id).then_some(()).ok_or(Error::NotFound("account"))
}
