//! Who may manage invites, and who may use one.

use subtle::ConstantTimeEq;

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, InviteId};
use crate::log::Facts;
use crate::log::command::require_member;
use crate::log::facts::invites::InviteFact;
use crate::model::member::Role;
use crate::model::workspace::state::{Member, Workspace};

/// Returns the acting member, if they may invite.
///
/// # Errors
/// `NOT_FOUND` for other accounts, `FORBIDDEN` for plain members.
pub fn require_inviter(workspace: &Workspace, account_id: AccountId) -> Result<&Member> {
    let me = require_member(workspace, account_id)?;
    if me.role < Role::Admin {
        return Err(Error::Forbidden(Reason::RoleRequired, "Only owners and admins can manage invites."));
    }
    Ok(me)
}

/// Requires that an account may join by an invite: it is valid, and a use is left or reserved for the account. Every
/// failure returns the same error, which reveals nothing about the invite.
///
/// # Errors
/// `NOT_FOUND`.
pub fn require_usable(facts: &Facts, invite_id: InviteId, secret_hash: &[u8], account_id: AccountId) -> Result<()> {
    let works = |invite: &InviteFact| {
        let right = invite.secret_hash.as_deref().is_some_and(|known| known.ct_eq(secret_hash).into());
        let fresh = invite.expires_at.is_none_or(|end| facts.at < end);
        let left = invite.reserved.contains(&account_id) || invite.max_uses.is_none_or(|max| invite.uses < max);
        right && fresh && left && !invite.revoked
    };
    facts.invites.get(&invite_id).is_some_and(works).then_some(()).ok_or(Error::NotFound("invite"))
}

/// Whether a use of the invite is reserved for the account.
pub fn is_reserved(facts: &Facts, invite_id: InviteId, account_id: AccountId) -> bool {
    facts.invites.get(&invite_id).is_some_and(|fact| fact.reserved.contains(&account_id))
}
