//! Commands on files: one is whole, described, removed; and what sending and using one asks for.

use serde::Serialize;
use uuid::Uuid;

use super::description::{Description, Made};
use super::kind::{FileKind, Purpose};
use crate::channel::command::readable;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, ChannelId, FileId, MemberId, MessageId};
use crate::log::command::acting;
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Member, Workspace};

/// What can be wanted of files.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// The bytes of an upload are whole and checked.
    Complete {
        file_id: FileId,
        /// Nothing where only the first answer is wanted again: that is never accepted anew.
        #[serde(skip)]
        found: Option<Found>,
    },
    /// Its uploader says what it shows.
    Update { file_id: FileId, alt: Option<String> },
    /// Its uploader, or an admin, removes it.
    Remove { file_id: FileId },
    /// The server itself: previews were made.
    Describe { file_id: FileId, made: Made },
    /// The server itself: clears away what nobody has used.
    Collect { file_ids: Vec<FileId> },
}

/// What the bytes of an upload are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The claim of the process that found it.
    pub checker: Uuid,
    pub name: String,
    pub media_type: String,
    pub kind: FileKind,
    pub size: i64,
    pub is_voice: bool,
    pub dimensions: Option<(u32, u32)>,
    pub is_animated: bool,
}

/// What deciding needs to know of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFact {
    pub uploader_id: MemberId,
    /// Nothing once it is removed.
    pub description: Option<Description>,
    pub purpose: Option<Purpose>,
    pub message_id: Option<MessageId>,
    pub channel_id: Option<ChannelId>,
}

/// What deciding needs to know of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadFact {
    pub member_id: MemberId,
    /// The claim of the process that checks it.
    pub checker: Option<Uuid>,
}

impl FileFact {
    fn is_used(&self) -> bool {
        self.message_id.is_some() || self.purpose.is_some()
    }
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants) {
        match self {
            Self::Complete { file_id, .. } => {
                wants.files.insert(*file_id);
                wants.uploads.insert(*file_id);
            }
            Self::Update { file_id, .. } | Self::Remove { file_id } | Self::Describe { file_id, .. } => {
                wants.files.insert(*file_id);
            }
            Self::Collect { file_ids } => wants.files.extend(file_ids),
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// `NOT_FOUND` for what the member may not know of, `FORBIDDEN`, `CONFLICT`.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        match self {
            Self::Complete { file_id, found } => {
                let me = acting(workspace, account)?;
                complete(facts, me, *file_id, found.as_ref().ok_or(Error::NotFound("upload"))?)
            }
            Self::Update { file_id, alt } => {
                let me = acting(workspace, account)?;
                let (fact, description) = visible(workspace, facts, me, *file_id)?;
                if fact.uploader_id != me.id {
                    return Err(Error::Forbidden("Only who uploaded a file says what it shows."));
                }
                let changed = Description { alt: alt.clone(), ..description.clone() };
                Ok(if changed == *description { Vec::new() } else { vec![updated(fact, changed)] })
            }
            Self::Remove { file_id } => {
                let me = acting(workspace, account)?;
                let (fact, _) = visible(workspace, facts, me, *file_id)?;
                if fact.uploader_id != me.id && me.role < Role::Admin {
                    return Err(Error::Forbidden("Only who uploaded a file, or an admin, deletes it."));
                }
                if fact.purpose.is_some() {
                    return Err(Error::Conflict("It is in use as a picture or an emoji. Change that first.".into()));
                }
                Ok(vec![removed(me.id, *file_id, Some(fact))])
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
                Ok(unused.map(|(id, fact)| removed(fact.uploader_id, id, Some(fact))).collect())
            }
        }
    }

    /// Bytes against the size of a batch.
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

/// What a process is told whose claim on an upload is over.
pub fn claim_lost() -> Error {
    Error::Unavailable("It is checked elsewhere. Ask again.".into())
}

/// A file that is there and that the member may see: their own, one in a channel that they may read, or one that
/// the whole workspace uses.
fn visible<'a>(
    workspace: &Workspace,
    facts: &'a Facts,
    me: &Member,
    id: FileId,
) -> Result<(&'a FileFact, &'a Description)> {
    let unknown = || Error::NotFound("file");
    let fact = facts.files.get(&id).ok_or_else(unknown)?;
    let description = fact.description.as_ref().ok_or_else(unknown)?;
    let reads = |channel_id| readable(workspace, me, channel_id).is_ok();
    let is_seen = is_seen((fact.channel_id, fact.purpose, fact.uploader_id), me.id, reads);
    is_seen.then_some((fact, description)).ok_or_else(unknown)
}

/// Whether a member may see a file: one in a channel that they read, one that the whole workspace uses, their own.
pub fn is_seen(
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

/// That a file is no more.
pub fn removed(actor: MemberId, file_id: FileId, fact: Option<&FileFact>) -> Draft {
    let skeleton = Skeleton::FileRemoved {
        file_id,
        message_id: fact.and_then(|fact| fact.message_id),
        channel_id: fact.and_then(|fact| fact.channel_id),
    };
    Draft::by(actor, skeleton, Body::default())
}

/// A file of the member that nobody has used yet.
///
/// # Errors
/// `NOT_FOUND` unless it is the member's, `CONFLICT` if it is used.
pub fn unused<'a>(facts: &'a Facts, me: &Member, id: FileId) -> Result<&'a Description> {
    let fact = facts.files.get(&id).filter(|fact| fact.uploader_id == me.id).ok_or(Error::NotFound("file"))?;
    let description = fact.description.as_ref().ok_or(Error::NotFound("file"))?;
    match fact.is_used() {
        true => Err(Error::Conflict("This file was used before. Upload it again.".into())),
        false => Ok(description),
    }
}

/// The same, of a picture.
///
/// # Errors
/// Those of [`unused`], and `BAD_USER_INPUT` for what is no picture.
pub fn unused_picture<'a>(facts: &'a Facts, me: &Member, field: &'static str, id: FileId) -> Result<&'a Description> {
    let description = unused(facts, me, id)?;
    match description.kind {
        FileKind::Picture => Ok(description),
        _ => Err(Error::invalid(field, "It must be a picture: JPEG, PNG, GIF or WebP.")),
    }
}
