//! Commands on invites, and the check whether an invite is usable.

use serde::Serialize;
use subtle::ConstantTimeEq;

use super::{MAX_OPEN, MAX_OPEN_PER_MEMBER};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, InviteId, MemberId};
use crate::log::command::require_member;
use crate::log::facts::{InviteFact, ReadSet};
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Member, Workspace};

/// A command on invites.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Create {
        invite_id: InviteId,
        /// Lifetime from now. Already validated.
        expires_in_seconds: i64,
        max_uses: Option<i32>,
        #[serde(skip)]
        secret_hash: Vec<u8>,
    },
    Revoke {
        invite_id: InviteId,
    },
    /// Reserves one use for an account that registers with the invite.
    Reserve {
        invite_id: InviteId,
        secret_hash: Vec<u8>,
    },
    /// Releases a reserved use after a rejected registration.
    Release {
        invite_id: InviteId,
    },
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet, account_id: AccountId) {
        let (Self::Create { invite_id, .. }
        | Self::Revoke { invite_id }
        | Self::Reserve { invite_id, .. }
        | Self::Release { invite_id }) = self;
        reads.invites.insert(*invite_id);
        reads.open_invites |= matches!(self, Self::Create { .. });
        reads.joining.insert(account_id);
    }

    /// Decides the command. Revoking a revoked invite and releasing a use that is not reserved yield no events.
    ///
    /// # Errors
    /// `FORBIDDEN` unless the member may invite, `NOT_FOUND`, `CONFLICT` if the id is taken or a limit is reached.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account_id: AccountId) -> Result<Vec<Draft>> {
        match self {
            Self::Create { invite_id, expires_in_seconds, max_uses, .. } => {
                let me = require_inviter(workspace, account_id)?;
                if facts.invites.contains_key(invite_id) {
                    return Err(Error::id_taken());
                }
                require_room(facts, me.id)?;
                let expires_at = Some(facts.at.plus_seconds(*expires_in_seconds));
                let skeleton = Skeleton::InviteCreated { invite_id: *invite_id, expires_at, max_uses: *max_uses };
                Ok(vec![Draft::by(me.id, skeleton, Body::default())])
            }
            Self::Revoke { invite_id } => {
                let me = require_inviter(workspace, account_id)?;
                let fact = facts.invites.get(invite_id).ok_or(Error::NotFound("invite"))?;
                if fact.revoked {
                    return Ok(Vec::new());
                }
                Ok(vec![Draft::by(me.id, Skeleton::InviteRevoked { invite_id: *invite_id }, Body::default())])
            }
            Self::Reserve { invite_id, secret_hash } => {
                require_usable(facts, *invite_id, secret_hash, account_id)?;
                if facts.invites.get(invite_id).is_some_and(|fact| fact.reserved.contains(&account_id)) {
                    return Ok(Vec::new());
                }
                let skeleton = Skeleton::InviteReserved { invite_id: *invite_id, account_id };
                Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
            }
            Self::Release { invite_id } => {
                if !facts.invites.get(invite_id).is_some_and(|fact| fact.reserved.contains(&account_id)) {
                    return Ok(Vec::new());
                }
                let skeleton = Skeleton::InviteReleased { invite_id: *invite_id, account_id };
                Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
            }
        }
    }
}

/// Requires that the limits allow the member one more usable invite.
fn require_room(facts: &Facts, by: MemberId) -> Result<()> {
    let full = |most: usize, whose: &str| {
        Err(Error::Conflict(format!("Invite limit reached: {most} active invites per {whose}. Revoke one first.")))
    };
    if facts.open_invites.values().sum::<usize>() >= MAX_OPEN {
        return full(MAX_OPEN, "workspace");
    }
    if facts.open_invites.get(&by).is_some_and(|open| *open >= MAX_OPEN_PER_MEMBER) {
        return full(MAX_OPEN_PER_MEMBER, "member");
    }
    Ok(())
}

/// Returns the acting member, if they may invite.
fn require_inviter(workspace: &Workspace, account_id: AccountId) -> Result<&Member> {
    let me = require_member(workspace, account_id)?;
    if me.role < Role::Admin {
        return Err(Error::Forbidden("Only owners and admins can manage invites."));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_usable_invites_per_member_and_workspace() {
        let facts =
            |open: &[(MemberId, usize)]| Facts { open_invites: open.iter().copied().collect(), ..Facts::default() };
        let (me, other) = (MemberId::mint(), MemberId::mint());
        let is_full = |facts: &Facts| matches!(require_room(facts, me), Err(Error::Conflict(_)));
        assert!(!is_full(&facts(&[])));
        assert!(!is_full(&facts(&[(me, MAX_OPEN_PER_MEMBER - 1), (other, 100)])));
        assert!(is_full(&facts(&[(me, MAX_OPEN_PER_MEMBER)])));
        assert!(!is_full(&facts(&[(other, MAX_OPEN - 1)])));
        assert!(is_full(&facts(&[(other, MAX_OPEN)])));
    }
}
