//! The conditions under which accounts are created and changed.

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::AccountId;
use crate::log::Facts;
use crate::log::facts::accounts::Fingerprint;

/// Error message for a registration without an invite while registration is closed.
pub const INVITE_REQUIRED: &str = "Registration requires an invite. Open your invite link and register there.";

/// Returns the error for an email that another account uses.
pub fn email_taken() -> Error {
    Error::Conflict(Reason::EmailTaken, "An account with this email address already exists.".into())
}

/// Requires that the account exists.
///
/// # Errors
/// `NOT_FOUND`.
pub fn require_account(facts: &Facts, account_id: AccountId) -> Result<()> {
    facts.accounts.contains(&account_id).then_some(()).ok_or(Error::NotFound("account"))
}

/// Requires that the password is still the one that was verified.
///
/// # Errors
/// `BAD_USER_INPUT` if it was changed since, as for a wrong password.
pub fn require_same_password(facts: &Facts, account_id: AccountId, verified: &Fingerprint) -> Result<()> {
    let same = facts.credentials.get(&account_id).is_some_and(|known| known == verified);
    let changed = "The password has been changed in the meantime. Enter the new password.";
    same.then_some(()).ok_or_else(|| Error::invalid("password", changed))
}
