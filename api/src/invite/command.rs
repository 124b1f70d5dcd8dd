//! Commands on invites.

use serde::Serialize;

use super::{OPEN_MAX, OPEN_OF_MEMBER_MAX};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, InviteId, MemberId};
use crate::log::command::acting;
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::Workspace;

/// What can be wanted of invites.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Create {
        invite_id: InviteId,
        /// From now; checked before.
        expires_in_seconds: i64,
        max_uses: Option<i32>,
        #[serde(skip)]
        secret: String,
    },
    Revoke {
        invite_id: InviteId,
    },
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants) {
        let (Self::Create { invite_id, .. } | Self::Revoke { invite_id }) = self;
        wants.invites.insert(*invite_id);
        wants.open_invites |= matches!(self, Self::Create { .. });
    }

    /// Decides. Revoking one that is revoked already does nothing.
    ///
    /// # Errors
    /// `FORBIDDEN` for those who may not invite, `NOT_FOUND`, `CONFLICT` for an id that is taken.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        let me = acting(workspace, account)?;
        if me.role < Role::Admin {
            return Err(Error::Forbidden("Only owners and admins invite."));
        }
        match self {
            Self::Create { invite_id, expires_in_seconds, max_uses, .. } => {
                if facts.invites.contains_key(invite_id) {
                    return Err(Error::id_taken());
                }
                have_room(facts, me.id)?;
                let expires_at = Some(facts.at.plus_seconds(*expires_in_seconds));
                let skeleton = Skeleton::InviteCreated { invite_id: *invite_id, expires_at, max_uses: *max_uses };
                Ok(vec![Draft::by(me.id, skeleton, Body::default())])
            }
            Self::Revoke { invite_id } => {
                let fact = facts.invites.get(invite_id).ok_or(Error::NotFound("invite"))?;
                if fact.revoked {
                    return Ok(Vec::new());
                }
                Ok(vec![Draft::by(me.id, Skeleton::InviteRevoked { invite_id: *invite_id }, Body::default())])
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
