//! Commands on files: complete, update, remove, describe, collect; and the checks for using a file.

use serde::Serialize;
use uuid::Uuid;

use super::description::{Derivatives, Description};
use super::kind::{FileKind, Purpose};
use crate::channel::command::require_readable;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, ChannelId, FileId, MemberId, MessageId};
use crate::log::command::require_member;
use crate::log::facts::ReadSet;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Member, Workspace};

/// A command on files.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Turns a checked upload into a file.
    Complete {
        file_id: FileId,
        /// `None` to repeat the result of an earlier completion: never accepted as a new command.
        #[serde(skip)]
        found: Option<Found>,
    },
    /// Sets the alternative text. Only for the uploader.
    Update { file_id: FileId, alt: Option<String> },
    /// Removes a file. Only for the uploader and admins.
    Remove { file_id: FileId },
    /// Adds derived data, such as previews. Issued by the server.
    Describe { file_id: FileId, made: Derivatives },
    /// Removes unused files. Issued by the server.
    Collect { file_ids: Vec<FileId> },
}

/// Result of checking the contents of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The claim of the process that ran the check.
    pub checker: Uuid,
    pub name: String,
    pub media_type: String,
    pub kind: FileKind,
    pub size: i64,
    pub is_voice: bool,
    pub dimensions: Option<(u32, u32)>,
    pub is_animated: bool,
}

/// Facts about a file that decisions need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFact {
    pub uploader_id: MemberId,
    /// `None` once the file is removed.
    pub description: Option<Description>,
    pub purpose: Option<Purpose>,
    pub message_id: Option<MessageId>,
    pub channel_id: Option<ChannelId>,
}

/// Facts about an upload that decisions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadFact {
    pub member_id: MemberId,
    /// The claim of the process that is checking it.
    pub checker: Option<Uuid>,
}

impl FileFact {
    fn is_used(&self) -> bool {
        self.message_id.is_some() || self.purpose.is_some()
    }
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet) {
        match self {
            Self::Complete { file_id, .. } => {
                reads.files.insert(*file_id);
                reads.uploads.insert(*file_id);
            }
            Self::Update { file_id, .. } | Self::Remove { file_id } | Self::Describe { file_id, .. } => {
                reads.files.insert(*file_id);
            }
            Self::Collect { file_ids } => reads.files.extend(file_ids),
        }
    }

    /// Decides the command against the facts.
    ///
    /// # Errors
    /// `NOT_FOUND` for a file that is not visible to the member, `FORBIDDEN`, `CONFLICT`.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        match self {
            Self::Complete { file_id, found } => {
                let me = require_member(workspace, account)?;
                complete(facts, me, *file_id, found.as_ref().ok_or(Error::NotFound("upload"))?)
            }
            Self::Update { file_id, alt } => {
                let me = require_member(workspace, account)?;
                let (fact, description) = require_visible(workspace, facts, me, *file_id)?;
                if fact.uploader_id != me.id {
                    return Err(Error::Forbidden("Only its uploader can change the alternative text of a file."));
                }
                let changed = Description { alt: alt.clone(), ..description.clone() };
                Ok(if changed == *description { Vec::new() } else { vec![updated(fact, changed)] })
            }
            Self::Remove { file_id } => {
                let me = require_member(workspace, account)?;
                let (fact, _) = require_visible(workspace, facts, me, *file_id)?;
                if fact.uploader_id != me.id && me.role < Role::Admin {
                    return Err(Error::Forbidden("Only its uploader, owners and admins can delete a file."));
                }
                if fact.purpose.is_some() {
                    let why = "The file is in use as an avatar, icon or emoji. Replace it there first.";
                    return Err(Error::Conflict(why.into()));
                }
                Ok(vec![removal(me.id, *file_id, Some(fact))])
            }
            Self::Describe { file_id, made } => {
                let fact = facts.files.get(file_id);
                let described = fact.and_then(|fact| Some((fact, fact.description.clone()?)));
                Ok(match described {
                    Some((fact, description)) if description.made.is_none() => {
                        vec![updated(fact, description.with(made.clone()))]
                    }
                    _ => Vec::new(),
                })
            }
            Self::Collect { file_ids } => {
                let unused = file_ids.iter().filter_map(|id| Some((*id, facts.files.get(id)?)));
                let unused = unused.filter(|(_, fact)| fact.description.is_some() && !fact.is_used());
                Ok(unused.map(|(id, fact)| removal(fact.uploader_id, id, Some(fact))).collect())
            }
        }
    }

    /// Estimated size in bytes, counted against the batch limit.
    pub fn weight(&self) -> usize {
        match self {
            Self::Collect { file_ids } => 512 * file_ids.len().max(1),
            _ => 2048,
        }
    }
}

fn complete(facts: &Facts, me: &Member, file_id: FileId, found: &Found) -> Result<Vec<Draft>> {
    let upload = facts.uploads.get(&file_id).filter(|upload| upload.member_id == me.id);
    let upload = upload.filter(|_| !facts.files.contains_key(&file_id)).ok_or(Error::NotFound("upload"))?;
    if upload.checker != Some(found.checker) {
        return Err(claim_lost());
    }
    let description = Description {
        id: file_id,
        name: found.name.clone(),
        media_type: found.media_type.clone(),
        kind: found.kind,
        size: found.size,
        uploader_id: me.id,
        created_at: facts.at,
        is_voice: found.is_voice,
        alt: None,
        dimensions: found.dimensions,
        is_animated: (found.kind == FileKind::Picture).then_some(found.is_animated),
        made: None,
    };
    let skeleton = Skeleton::FileUploaded { file_id, file_kind: found.kind, size: found.size };
    Ok(vec![Draft::by(me.id, skeleton, Body::file(description))])
}

/// Returns the error for a process that has lost its claim on an upload.
pub fn claim_lost() -> Error {
    Error::Unavailable("Another process is checking the upload. Retry later.".into())
}

/// Returns a file that is not removed and visible to the member, see [`can_see`].
fn require_visible<'a>(
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

fn updated(fact: &FileFact, description: Description) -> Draft {
    let skeleton =
        Skeleton::FileUpdated { file_id: description.id, message_id: fact.message_id, channel_id: fact.channel_id };
    Draft::by(fact.uploader_id, skeleton, Body::file(description))
}

/// Drafts the removal of a file.
pub fn removal(actor: MemberId, file_id: FileId, fact: Option<&FileFact>) -> Draft {
    let skeleton = Skeleton::FileRemoved {
        file_id,
        message_id: fact.and_then(|fact| fact.message_id),
        channel_id: fact.and_then(|fact| fact.channel_id),
    };
    Draft::by(actor, skeleton, Body::default())
}

/// Returns a file of the member that is not used yet.
///
/// # Errors
/// `NOT_FOUND` unless the member uploaded it, `CONFLICT` if it is used.
pub fn require_unused<'a>(facts: &'a Facts, me: &Member, id: FileId) -> Result<&'a Description> {
    let fact = facts.files.get(&id).filter(|fact| fact.uploader_id == me.id).ok_or(Error::NotFound("file"))?;
    let description = fact.description.as_ref().ok_or(Error::NotFound("file"))?;
    match fact.is_used() {
        true => Err(Error::Conflict("The file is already in use. Upload it again.".into())),
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
