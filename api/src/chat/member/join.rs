//! Joining a workspace by an invite.

use serde::Serialize;

use super::handles::{numbered_handle, require_free_handle};
use crate::chat::channel::membership;
use crate::chat::invite::access::require_usable;
use crate::chat::invite::token::Token;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, InviteId, MemberId};
use crate::ground::text;
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, Skeleton};
use crate::model::member::{MAX_HANDLE_CHARS, Role};
use crate::model::workspace::state::Workspace;

/// Joins by an invite. A former member keeps their id and avatar. Does nothing for an active member.
#[derive(Debug, Serialize)]
pub struct JoinWorkspace {
    invite_id: InviteId,
    /// Hash of the link's secret.
    secret_hash: Vec<u8>,
    /// The requested handle, at most [`MAX_HANDLE_CHARS`] characters. Derived from the name if `None`.
    handle: Option<String>,
    /// The name of the account.
    name: String,
    /// The id of a new member.
    #[serde(skip)]
    member_id: MemberId,
}

impl JoinWorkspace {
    /// # Errors
    /// `BAD_USER_INPUT` for an invalid handle.
    pub fn new(token: &Token, handle: Option<&str>, name: String) -> Result<Self> {
        let handle = handle.map(|handle| text::handle("handle", handle, MAX_HANDLE_CHARS)).transpose()?;
        let (invite_id, secret_hash) = (token.invite_id, token.secret_hash());
        Ok(Self { invite_id, secret_hash, handle, name, member_id: MemberId::mint() })
    }
}

impl Command for JoinWorkspace {
    fn name(&self) -> &'static str {
        "member.join"
    }

    fn add_reads(&self, account_id: AccountId, reads: &mut ReadSet) {
        reads.invites.insert(self.invite_id);
        reads.joining.insert(account_id);
    }

    /// # Errors
    /// `NOT_FOUND` if the invite is not usable, `CONFLICT` if the handle is taken.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        require_usable(facts, self.invite_id, &self.secret_hash, account_id)?;
        let previous = workspace.member_of(account_id);
        if previous.is_some_and(|member| member.active) {
            return Ok(Vec::new());
        }
        let member_id = previous.map_or(self.member_id, |member| member.id);
        let handle = match &self.handle {
            Some(handle) => require_free_handle(workspace, handle, Some(member_id))?,
            None => numbered_handle(workspace, &self.name, member_id),
        };
        let joined = Skeleton::MemberJoined {
            member_id,
            account_id,
            role: Role::Member,
            invite_id: Some(self.invite_id),
            avatar_id: previous.and_then(|member| member.avatar_id),
        };
        let body = Body { handle: Some(handle), name: Some(self.name.clone()), ..Body::default() };
        let first = workspace.first_channel().map(|channel| membership::joined(member_id, channel, member_id));
        Ok([Draft::by(member_id, joined, body)].into_iter().chain(first).collect())
    }
}
