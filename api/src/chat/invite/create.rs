//! Creating an invite.

use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::Serialize;

use super::access::require_inviter;
use super::token::Token;
use crate::ground::db::Transaction;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, InviteId, MemberId, WorkspaceId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, SharedEvent, Skeleton};
use crate::model::invite::entity::invite_secret;
use crate::model::invite::{MAX_OPEN, MAX_OPEN_PER_MEMBER};
use crate::model::workspace::state::Workspace;

/// Default lifetime of an invite in seconds: 7 days.
const DEFAULT_LIFETIME_SECONDS: i32 = 7 * 86_400;

/// Creates an invite. Only for admins.
#[derive(Debug, Serialize)]
pub struct CreateInvite {
    invite_id: InviteId,
    /// Lifetime from now: 60 to 31536000 seconds.
    expires_in_seconds: i64,
    /// 1 to 10000. Unlimited if `None`.
    max_uses: Option<i32>,
    /// Hash of the link's secret.
    #[serde(skip)]
    secret_hash: Vec<u8>,
}

impl CreateInvite {
    /// Creates the command for the token of the new invite.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid lifetime or number of uses.
    pub fn new(token: &Token, expires_in_seconds: Option<i32>, max_uses: Option<i32>) -> Result<Self> {
        let expires_in_seconds = expires_in_seconds.unwrap_or(DEFAULT_LIFETIME_SECONDS);
        if !(60..=31_536_000).contains(&expires_in_seconds) {
            return Err(Error::invalid("expiresInSeconds", "Invalid validity: 60 to 31,536,000 seconds (365 days)."));
        }
        if max_uses.is_some_and(|max| !(1..=10_000).contains(&max)) {
            return Err(Error::invalid("maxUses", "Invalid number of uses: 1 to 10,000."));
        }
        let (invite_id, expires_in_seconds) = (token.invite_id, i64::from(expires_in_seconds));
        Ok(Self { invite_id, expires_in_seconds, max_uses, secret_hash: token.secret_hash() })
    }
}

#[async_trait]
impl Command for CreateInvite {
    fn name(&self) -> &'static str {
        "invite.create"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.invites.insert(self.invite_id);
        reads.open_invites = true;
    }

    /// # Errors
    /// `FORBIDDEN` unless the member may invite, `CONFLICT` if the id is taken or a limit is reached.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_inviter(workspace, account_id)?;
        if facts.invites.contains_key(&self.invite_id) {
            return Err(Error::id_taken());
        }
        require_below_limit(facts, me.id)?;
        let skeleton = Skeleton::InviteCreated {
            invite_id: self.invite_id,
            expires_at: Some(facts.at.plus_seconds(self.expires_in_seconds)),
            max_uses: self.max_uses,
        };
        Ok(vec![Draft::by(me.id, skeleton, Body::default())])
    }

    /// Stores the hash of the link's secret.
    async fn write_private(&self, transaction: &Transaction, log: WorkspaceId, _events: &[SharedEvent]) -> Result<()> {
        let row = invite_secret::ActiveModel {
            workspace_id: Set(log),
            invite_id: Set(self.invite_id),
            secret_hash: Set(self.secret_hash.clone()),
        };
        invite_secret::Entity::insert(row).exec_without_returning(transaction).await?;
        Ok(())
    }
}

/// Requires that the limits allow the member one more usable invite.
fn require_below_limit(facts: &Facts, by: MemberId) -> Result<()> {
    let full = |most: usize, whose: &str| {
        Err(Error::Conflict(
            Reason::InviteLimit,
            format!("Invite limit reached: {most} active invites per {whose}. Revoke one first."),
        ))
    };
    if facts.open_invites.values().sum::<usize>() >= MAX_OPEN {
        return full(MAX_OPEN, "workspace");
    }
    if facts.open_invites.get(&by).is_some_and(|open| *open >= MAX_OPEN_PER_MEMBER) {
        return full(MAX_OPEN_PER_MEMBER, "member");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_usable_invites_per_member_and_workspace() {
        let facts =
            |open: &[(MemberId, usize)]| Facts { open_invites: open.iter().copied().collect(), ..Facts::default() };
        let (me, other) = (MemberId::mint(), MemberId::mint());
        let is_full =
            |facts: &Facts| matches!(require_below_limit(facts, me), Err(Error::Conflict(Reason::InviteLimit, _)));
        assert!(!is_full(&facts(&[])));
        assert!(!is_full(&facts(&[(me, MAX_OPEN_PER_MEMBER - 1), (other, 100)])));
        assert!(is_full(&facts(&[(me, MAX_OPEN_PER_MEMBER)])));
        assert!(!is_full(&facts(&[(other, MAX_OPEN - 1)])));
        assert!(is_full(&facts(&[(other, MAX_OPEN)])));
    }
}
