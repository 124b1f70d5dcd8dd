//! Choosing the handle of a member.

use crate::chat::member::numbering;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::MemberId;
use crate::ground::text;
use crate::model::member::MAX_HANDLE_CHARS;
use crate::model::workspace::state::Workspace;

/// Validates a requested handle that no other member has and that is not confusable with another member's. `me` may
/// keep their handle or change its spelling.
///
/// # Errors
/// `BAD_USER_INPUT`, `CONFLICT` if it is taken.
pub fn require_free_handle(workspace: &Workspace, wanted: &str, me: Option<MemberId>) -> Result<String> {
    let handle = text::handle("handle", wanted, MAX_HANDLE_CHARS)?;
    let owner = workspace.handle(&handle);
    if owner.is_some() && owner == me {
        return Ok(handle);
    }
    if owner.is_some() {
        return Err(Error::Conflict(Reason::HandleTaken, "The handle is taken. Choose another one.".into()));
    }
    if workspace.has_look_alike(&handle, me) {
        return Err(Error::Conflict(
            Reason::HandleLooksAlike,
            "The handle resembles the handle of another member. Choose another one.".into(),
        ));
    }
    Ok(handle)
}

/// Derives an unused handle for `me` from a name, with a numeric suffix if necessary.
pub fn numbered_handle(workspace: &Workspace, name: &str, me: MemberId) -> String {
    let base = text::derive_handle(name, MAX_HANDLE_CHARS);
    let is_none = |handle: &str| text::handle("handle", handle, MAX_HANDLE_CHARS).is_err();
    let taken = |handle: &str| workspace.has_look_alike(handle, Some(me)) || is_none(handle);
    numbering::unused_handle(&base, MAX_HANDLE_CHARS, taken)
}
