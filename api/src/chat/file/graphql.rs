//! The `File` type and the mutations that change and delete files. Uploads are in `upload_graphql.rs`.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::remove::RemoveFile;
use super::update::UpdateFile;
use super::{link, query};
use crate::chat::graphql::connection::connections;
use crate::chat::graphql::context::open_view_of;
use crate::chat::graphql::scalar::{Bytes, Position};
use crate::chat::graphql::target::Target;
use crate::chat::member::graphql::{Member, member_of};
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::clock::Timestamp;
use crate::ground::error::Error;
use crate::ground::id::{ChannelId, FileId, MessageId, WorkspaceId};
use crate::ground::page::{self, Slice, page};
use crate::log::Receipt;
use crate::model::event::{Event, Seq};
use crate::model::file::description::Description;
use crate::model::file::entity::file::Model;
use crate::model::file::key::Variant;
use crate::model::file::kind::FileKind;

/// The fields that a file and its snapshot have in common.
struct FileFields {
    workspace_id: WorkspaceId,
    id: FileId,
    message_id: Option<MessageId>,
    channel_id: Option<ChannelId>,
    /// `None` once the file is removed.
    described: Option<Description>,
}

/// The state of a file at the sequence number of an event. Has the fields of `File` except `id`, `uploader` and
/// `removedAt`. If the file has since been removed, the event contains only its IDs.
#[derive(SimpleObject)]
pub struct FileSnapshot {
    /// The ID of the file: `fil_` followed by 52 characters.
    file_id: ID,
    /// Whether the file has since been removed.
    is_removed: bool,
    /// The kind of file, detected from the contents. Null if the file has since been removed.
    kind: Option<FileKind>,
    /// The ID of the member who uploaded the file. Null if the file has since been removed.
    uploader_id: Option<ID>,
    /// When the file was uploaded. Null if the file has since been removed.
    created_at: Option<Timestamp>,
    #[graphql(flatten)]
    fields: FileFields,
}

impl FileSnapshot {
    /// The file that an event carries, with the message and the channel that it was sent to.
    pub fn of_event(event: &Event, id: FileId, sent_to: (Option<MessageId>, Option<ChannelId>)) -> Self {
        let (workspace_id, (message_id, channel_id)) = (event.workspace_id, sent_to);
        let described = event.body.files.iter().find(|file| file.id == id).cloned();
        let of = described.as_ref();
        Self {
            file_id: id.in_workspace(workspace_id).into(),
            is_removed: of.is_none(),
            kind: of.map(|file| file.kind),
            uploader_id: of.map(|file| file.uploader_id.in_workspace(workspace_id).into()),
            created_at: of.map(|file| file.created_at),
            fields: FileFields { workspace_id, id, message_id, channel_id, described },
        }
    }

    /// The files of the message that an event carries. None if the message has since been deleted.
    pub fn of_message(event: &Event, ids: &[FileId], (message_id, channel_id): (MessageId, ChannelId)) -> Vec<Self> {
        let ids = if event.body.is_empty() { &[] } else { ids };
        ids.iter().map(|id| Self::of_event(event, *id, (Some(message_id), Some(channel_id)))).collect()
    }
}

/// Processing state of a file.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum FileStatus {
    /// Previews are still being generated. The file itself can already be downloaded.
    Processing,
    /// Processing is complete.
    Ready,
}

/// The size of a preview.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum PreviewSize {
    /// At most 360 pixels on the longer side.
    Small,
    /// At most 1,600 pixels on the longer side.
    Large,
}

/// A scaled-down image of a file.
#[derive(SimpleObject, Clone)]
pub struct FilePreview {
    /// The size class.
    size: PreviewSize,
    /// The URL of the image: a path on this server, accessible to members who can see the file. Never changes.
    url: String,
    /// Width in pixels.
    width: i32,
    /// Height in pixels.
    height: i32,
}

#[Object]
impl FileFields {
    /// The file name, without directories. Empty if the file has been removed.
    async fn name(&self) -> &str {
        self.described.as_ref().map_or("", |described| &described.name)
    }

    /// The media type detected from the contents, for example `image/png`. `application/octet-stream` if it is unknown.
    #[graphql(name = "type")]
    async fn media_type(&self) -> &str {
        self.described.as_ref().map_or("application/octet-stream", |described| &described.media_type)
    }

    /// The size in bytes. 0 if the file has been removed.
    async fn size(&self) -> Bytes {
        Bytes(self.described.as_ref().map_or(0, |described| described.size))
    }

    /// Whether previews and metadata have been generated.
    async fn status(&self) -> FileStatus {
        match self.described.as_ref().is_some_and(|described| described.made.is_none()) {
            true => FileStatus::Processing,
            false => FileStatus::Ready,
        }
    }

    /// Whether the file was recorded as a voice message.
    async fn is_voice(&self) -> bool {
        self.described.as_ref().is_some_and(|described| described.is_voice)
    }

    /// Whether the image is animated: a GIF, WebP or PNG with more than one frame. Previews are still images.
    async fn is_animated(&self) -> bool {
        self.described.as_ref().is_some_and(Description::is_animated)
    }

    /// Alternative text provided by the uploader. Null if none is set.
    async fn alt(&self) -> Option<&str> {
        self.described.as_ref()?.alt.as_deref()
    }

    /// Width in pixels of an image or video as displayed. Null for other kinds.
    async fn width(&self) -> Option<i32> {
        pixels(self.described.as_ref()?.dimensions?.0)
    }

    /// Height in pixels of an image or video as displayed. Null for other kinds.
    async fn height(&self) -> Option<i32> {
        pixels(self.described.as_ref()?.dimensions?.1)
    }

    /// Duration of video or audio in milliseconds. Null for other kinds and on servers without ffmpeg.
    async fn duration_ms(&self) -> Option<i32> {
        self.described.as_ref()?.made.as_ref()?.duration_ms.and_then(|ms| i32::try_from(ms).ok())
    }

    /// The ThumbHash of the image in Base64, about 25 bytes: a blurred placeholder to show while the image loads. Null
    /// if none was generated.
    async fn thumbhash(&self) -> Option<&str> {
        self.described.as_ref()?.made.as_ref()?.thumbhash.as_deref()
    }

    /// Loudness of audio from 0 to 100, in up to 100 intervals of equal length. Null if none was generated.
    async fn waveform(&self) -> Option<Vec<i32>> {
        let waveform = self.described.as_ref()?.made.as_ref()?.waveform.as_ref()?;
        Some(waveform.iter().map(|loudness| i32::from(*loudness)).collect())
    }

    /// The URL of the file: a path on this server, accessible by cookie or bearer token to members who can see the
    /// file. May redirect to object storage. Camera metadata is removed from images.
    async fn url(&self) -> String {
        link::path(self.workspace_id, self.id, Variant::Original)
    }

    /// The URL to download the file under its name instead of displaying it.
    async fn download_url(&self) -> String {
        link::download(self.workspace_id, self.id)
    }

    /// Scaled-down images of an image, a video or the first page of a PDF, smallest first. Empty if none could be
    /// generated.
    async fn previews(&self) -> Vec<FilePreview> {
        let made = self.described.iter().filter_map(|described| described.made.as_ref());
        made.flat_map(|made| &made.previews)
            .map(|preview| FilePreview {
                size: if preview.is_large { PreviewSize::Large } else { PreviewSize::Small },
                url: link::path(self.workspace_id, self.id, preview.variant()),
                width: pixels(preview.width).unwrap_or(0),
                height: pixels(preview.height).unwrap_or(0),
            })
            .collect()
    }

    /// The ID of the channel the file was sent to. Null until it is sent.
    async fn channel_id(&self) -> Option<ID> {
        self.channel_id.map(|id| id.in_workspace(self.workspace_id).into())
    }

    /// The ID of the message the file is attached to. Null until it is sent.
    async fn message_id(&self) -> Option<ID> {
        self.message_id.map(|id| id.in_workspace(self.workspace_id).into())
    }
}

/// A file that the viewer can see.
#[derive(Clone)]
pub struct File {
    fields: Arc<FileFields>,
    row: Arc<Model>,
    view: Arc<View>,
}

impl File {
    /// Creates a file of a response.
    pub fn viewed(view: &Arc<View>, row: Model) -> Self {
        let Model { workspace_id, id, message_id, channel_id, .. } = row;
        let fields = FileFields { workspace_id, id, message_id, channel_id, described: row.described() };
        Self { fields: Arc::new(fields), row: Arc::new(row), view: view.clone() }
    }

    /// The file with this ID.
    ///
    /// # Errors
    /// `NOT_FOUND` if the viewer cannot see it.
    pub async fn find(view: &Arc<View>, id: FileId) -> Result<Self, Error> {
        Ok(Self::viewed(view, query::find(view, id).await?))
    }
}

/// An uploaded file. Before it is sent, only its uploader can see it; afterwards, every member who can read the
/// channel. Avatars, workspace icons and emoji are visible to all members of the workspace.
#[Object]
impl File {
    #[graphql(flatten)]
    async fn fields(&self) -> &FileFields {
        &self.fields
    }

    /// The ID of the file: `fil_` followed by 52 characters.
    pub async fn id(&self) -> ID {
        self.row.id.in_workspace(self.row.workspace_id).into()
    }

    /// The kind of file, detected from the contents.
    async fn kind(&self) -> FileKind {
        self.row.kind
    }

    /// The ID of the member who uploaded the file.
    async fn uploader_id(&self) -> ID {
        self.row.uploader_id.in_workspace(self.row.workspace_id).into()
    }

    /// The member who uploaded the file.
    async fn uploader(&self) -> Result<Member> {
        Ok(member_of(&self.view, self.row.uploader_id)?)
    }

    /// When the file was uploaded.
    async fn created_at(&self) -> Timestamp {
        self.row.created_at
    }

    /// When the file was removed. The removed file remains listed in its message.
    async fn removed_at(&self) -> Option<Timestamp> {
        self.row.removed_at
    }
}

connections! {
    /// A page of files.
    FileConnection of
    /// A file with its cursor.
    FileEdge of File;
}

fn pixels(count: u32) -> Option<i32> {
    i32::try_from(count).ok()
}

/// A page of the files of a channel, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for invalid page arguments.
pub async fn connection(
    view: &Arc<View>,
    channel: &ReadableChannel,
    kind: Option<FileKind>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<FileConnection, Error> {
    let page = page::<Seq>(first, after, None, None)?;
    let slice: Slice<Model> = query::in_channel(view, channel, kind, &page).await?;
    Ok(FileConnection::new(slice, |row| page::cursor(&row.seq), |row| File::viewed(view, row)))
}

#[derive(Default)]
pub struct FileQuery;

#[Object]
impl FileQuery {
    /// Looks up a file that the viewer can see.
    ///
    /// Errors: `NOT_FOUND` if the file does not exist or the viewer cannot see it.
    async fn file(&self, context: &Context<'_>, #[graphql(desc = "The ID of the file.")] id: ID) -> Result<File> {
        let (view, id) = open_view_of(context, "id", &id).await?;
        Ok(File::find(&view, id).await?)
    }
}

/// Input for `updateFile`.
#[derive(InputObject)]
pub struct UpdateFileInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a file uploaded by the viewer.
    file_id: ID,
    /// Alternative text that describes the file, maximum 1,000 characters. Null or an empty string removes it.
    alt: Option<String>,
}

/// Input for `deleteFile`.
#[derive(InputObject)]
pub struct DeleteFileInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a file uploaded by the viewer. The roles `ADMIN` and `OWNER` can delete files of other members.
    file_id: ID,
}

/// Return value of `updateFile`.
#[derive(SimpleObject)]
pub struct UpdateFilePayload {
    /// The updated file.
    file: File,
    /// The sequence number of the event, or the current end of the log if nothing changed.
    seq: Position,
}

/// Return value of `deleteFile`.
#[derive(SimpleObject)]
pub struct DeleteFilePayload {
    /// The removed file, without its name and contents.
    file: File,
    /// The sequence number of the event.
    seq: Position,
}

#[derive(Default)]
pub struct FileMutation;

#[Object]
impl FileMutation {
    /// Sets the alternative text of a file. Only its uploader can change it.
    ///
    /// Errors: `BAD_USER_INPUT` for text that is too long, `FORBIDDEN` if the viewer did not upload the file,
    /// `NOT_FOUND` if the file does not exist or the viewer cannot see it, `CONFLICT` if its channel is archived.
    async fn update_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: UpdateFileInput,
    ) -> Result<UpdateFilePayload> {
        let target = Target::object(context, "fileId", &input.file_id, input.command_id.as_ref())?;
        let receipt = target.submit(UpdateFile::new(target.id, input.alt.as_deref())?).await?;
        let (file, seq) = changed(&target, &receipt).await?;
        Ok(UpdateFilePayload { file, seq })
    }

    /// Deletes a file; its message remains. The file becomes inaccessible at once, and its contents are erased after a
    /// grace period of 24 hours by default.
    ///
    /// Errors: `FORBIDDEN` for insufficient permissions, `NOT_FOUND` if the file does not exist or the viewer cannot
    /// see it, `CONFLICT` if the file is in use as an avatar, icon or emoji, or its channel is archived.
    async fn delete_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: DeleteFileInput,
    ) -> Result<DeleteFilePayload> {
        let target = Target::object(context, "fileId", &input.file_id, input.command_id.as_ref())?;
        let receipt = target.submit(RemoveFile { file_id: target.id }).await?;
        let (file, seq) = changed(&target, &receipt).await?;
        Ok(DeleteFilePayload { file, seq })
    }
}

/// The file after a command on it, with the sequence number of its event.
async fn changed(target: &Target<'_, FileId>, receipt: &Receipt) -> Result<(File, Position), Error> {
    Ok((File::find(&target.view(receipt)?, target.id).await?, Position(receipt.seq())))
}
