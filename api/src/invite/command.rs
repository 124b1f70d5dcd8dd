//! Commands on invites, and whether one works.

use serde::Serialize;
use subtle::ConstantTimeEq;

use super::{OPEN_MAX, OPEN_OF_MEMBER_MAX};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, InviteId, MemberId};
use crate::log::command::acting;
use crate::log::facts::{InviteFact, Wants};
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Member, Workspace};

/// What can be wanted of invites.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Create {
        invite_id: InviteId,
        /// From now; checked before.
        expires_in_seconds: i64,
        max_uses: Option<i32>,
        #[serde(skip)]
        secret_hash: Vec<u8>,
    },
    Revoke {
        invite_id: InviteId,
    },
    /// Somebody registers with it: one use is theirs, to join by.
    Reserve {
        invite_id: InviteId,
        secret_hash: Vec<u8>,
    },
    /// They did not register after all.
    Release {
        invite_id: InviteId,
    },
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants, account_id: AccountId) {
        let (Self::Create { invite_id, .. }
        | Self::Revoke { invite_id }
        | Self::Reserve { invite_id, .. }
        | Self::Release { invite_id }) = self;
        wants.invites.insert(*invite_id);
        wants.open_invites |= matches!(self, Self::Create { .. });
        wants.joining.insert(account_id);
    }

    /// Decides. Revoking one that is revoked already does nothing, nor does releasing what is not reserved.
    ///
    /// # Errors
    /// `FORBIDDEN` for those who may not invite, `NOT_FOUND`, `CONFLICT` for an id that is taken.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account_id: AccountId) -> Result<Vec<Draft>> {
        match self {
            Self::Create { invite_id, expires_in_seconds, max_uses, .. } => {
                let me = inviting(workspace, account_id)?;
                if facts.invites.contains_key(invite_id) {
                    return Err(Error::id_taken());
                }
                have_room(facts, me.id)?;
                let expires_at = Some(facts.at.plus_seconds(*expires_in_seconds));
                let skeleton = Skeleton::InviteCreated { invite_id: *invite_id, expires_at, max_uses: *max_uses };
                Ok(vec![Draft::by(me.id, skeleton, Body::default())])
            }
            Self::Revoke { invite_id } => {
                let me = inviting(workspace, account_id)?;
                let fact = facts.invites.get(invite_id).ok_or(Error::NotFound("invite"))?;
                if fact.revoked {
                    return Ok(Vec::new());
                }
                Ok(vec![Draft::by(me.id, Skeleton::InviteRevoked { invite_id: *invite_id }, Body::default())])
            }
            Self::Reserve { invite_id, secret_hash } => {
                usable(facts, *invite_id, secret_hash, account_id)?;
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

/// Another invite may work beside those that do.
fn have_room(facts: &Facts, by: MemberId) -> Result<()> {
    let full = |most: usize, whose: &str| {
        Err(Error::Conflict(format!("{whose} has at most {most} invites that work. Revoke one first.")))
    };
    if facts.open_invites.values().sum::<usize>() >= OPEN_MAX {
        return full(OPEN_MAX, "A workspace");
    }
    if facts.open_invites.get(&by).is_some_and(|open| *open >= OPEN_OF_MEMBER_MAX) {
        return full(OPEN_OF_MEMBER_MAX, "A member");
    }
    Ok(())
}

/// The member who gives a command, if they may invite.
fn inviting(workspace: &Workspace, account_id: AccountId) -> Result<&Member> {
    let me = acting(workspace, account_id)?;
    if me.role < Role::Admin {
        return Err(Error::Forbidden("Only owners and admins invite."));
    }
    Ok(me)
}

/// Whether an account may come in by an invite: it works, and a use is left or reserved for them. One answer for
/// every way in which it does not, so that nobody learns about others.
///
/// # Errors
/// `NOT_FOUND`.
pub fn usable(facts: &Facts, invite_id: InviteId, secret_hash: &[u8], account_id: AccountId) -> Result<()> {
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
    fn invites_that_work_are_limited_by_member_and_in_all() {
        let facts =
            |open: &[(MemberId, usize)]| Facts { open_invites: open.iter().copied().collect(), ..Facts::default() };
        let (me, other) = (MemberId::mint(), MemberId::mint());
        let is_full = |facts: &Facts| matches!(have_room(facts, me), Err(Error::Conflict(_)));
        assert!(!is_full(&facts(&[])));
        assert!(!is_full(&facts(&[(me, OPEN_OF_MEMBER_MAX - 1), (other, 100)])));
        assert!(is_full(&facts(&[(me, OPEN_OF_MEMBER_MAX)])));
        assert!(!is_full(&facts(&[(other, OPEN_MAX - 1)])));
        assert!(is_full(&facts(&[(other, OPEN_MAX)])));
    }
}
