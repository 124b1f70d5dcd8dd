//! Which files a member may use in a message or as a picture.

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::FileId;
use crate::log::Facts;
use crate::model::file::description::Description;
use crate::model::file::kind::FileKind;
use crate::model::workspace::state::Member;

/// Returns a file of the member that is not used yet.
///
/// # Errors
/// `NOT_FOUND` unless the member uploaded it, `CONFLICT` if it is used.
pub fn require_unused<'a>(facts: &'a Facts, me: &Member, id: FileId) -> Result<&'a Description> {
    let fact = facts.files.get(&id).filter(|fact| fact.uploader_id == me.id).ok_or(Error::NotFound("file"))?;
    let description = fact.description.as_ref().ok_or(Error::NotFound("file"))?;
    match fact.is_used() {
        true => Err(Error::Conflict(Reason::FileAlreadyUsed, "The file is already in use. Upload it again.".into())),
        false => Ok(description),
    }
}

/// Like [`require_unused`], for a picture.
///
/// # Errors
/// Those of [`require_unused`], and `BAD_USER_INPUT` if the file is not a picture.
pub fn require_unused_picture<'a>(
    facts: &'a Facts,
    me: &Member,
    field: &'static str,
    id: FileId,
) -> Result<&'a Description> {
    let description = require_unused(facts, me, id)?;
    match description.kind {
        FileKind::Picture => Ok(description),
        _ => Err(Error::invalid(field, "Unsupported file type: use a JPEG, PNG, GIF or WebP image.")),
    }
}
