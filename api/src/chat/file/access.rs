//! Which files a member may see.

use crate::chat::channel::access::{require_not_archived, require_readable};
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, FileId, MemberId};
use crate::log::Facts;
use crate::log::facts::files::FileFact;
use crate::model::file::description::Description;
use crate::model::file::kind::Purpose;
use crate::model::workspace::state::{Member, Workspace};

/// Returns a file that has not been removed and is visible to the member: see [`can_see`].
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn require_visible<'a>(
    workspace: &Workspace,
    facts: &'a Facts,
    me: &Member,
    id: FileId,
) -> Result<(&'a FileFact, &'a Description)> {
    let unknown = || Error::NotFound("file");
    let fact = facts.files.get(&id).ok_or_else(unknown)?;
    let description = fact.description.as_ref().ok_or_else(unknown)?;
    let reads = |channel_id| require_readable(workspace, me, channel_id).is_ok();
    let is_seen = can_see((fact.channel_id, fact.purpose, fact.uploader_id), me.id, reads);
    is_seen.then_some((fact, description)).ok_or_else(unknown)
}

/// Requires that the channel of a file, if it was sent to one, is not archived.
///
/// # Errors
/// `CONFLICT`.
pub fn require_changeable(workspace: &Workspace, fact: &FileFact) -> Result<()> {
    fact.channel_id.and_then(|id| workspace.channel(id)).map_or(Ok(()), |channel| require_not_archived(channel))
}

/// Returns whether a file is visible to a member: their own, one in a channel that they may read, or one that is used
/// by the whole workspace as a picture, icon or emoji.
pub fn can_see(
    (channel_id, purpose, uploader_id): (Option<ChannelId>, Option<Purpose>, MemberId),
    me: MemberId,
    reads: impl FnOnce(ChannelId) -> bool,
) -> bool {
    match (channel_id, purpose) {
        (Some(channel_id), _) => reads(channel_id),
        (None, Some(_)) => true,
        (None, None) => uploader_id == me,
    }
}
