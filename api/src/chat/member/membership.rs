//! Changes of a membership: the events, and the rule that a workspace has an owner.

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{FileId, MemberId};
use crate::log::Draft;
use crate::model::event::{Body, Skeleton};
use crate::model::member::Role;
use crate::model::workspace::state::{Member, Workspace};

/// Returns an active member.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn require_active(workspace: &Workspace, id: MemberId) -> Result<&Member> {
    let member = workspace.member(id).map(AsRef::as_ref).filter(|member| member.active);
    member.ok_or(Error::NotFound("member"))
}

/// Requires that the workspace has another owner than the member, if they are one.
///
/// # Errors
/// `CONFLICT` for the last owner.
pub fn require_another_owner(workspace: &Workspace, leaving: &Member) -> Result<()> {
    let another =
        || workspace.members().any(|other| other.active && other.role == Role::Owner && other.id != leaving.id);
    if leaving.role == Role::Owner && !another() {
        let why = "A workspace must have at least one owner. Give another member the role OWNER first.";
        return Err(Error::Conflict(Reason::LastOwner, why.into()));
    }
    Ok(())
}

/// Drafts the new state of a member.
pub fn updated(
    actor: MemberId,
    member: &Member,
    role: Role,
    avatar_id: Option<FileId>,
    handle: String,
    name: String,
) -> Draft {
    let body = Body { handle: Some(handle), name: Some(name), ..Body::default() };
    let (member_id, joined_at) = (member.id, member.joined_at);
    Draft::by(actor, Skeleton::MemberUpdated { member_id, role, avatar_id, joined_at }, body)
}

/// Drafts the leaving of a member.
pub fn left(actor: MemberId, member_id: MemberId) -> Draft {
    Draft::by(actor, Skeleton::MemberLeft { member_id }, Body::default())
}
