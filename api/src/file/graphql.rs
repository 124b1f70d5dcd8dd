//! `File`: what is shown of one, and changing and deleting it. Uploading stands in `upload_graphql.rs`.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::description::Description;
use super::entity::file::Model;
use super::kind::FileKind;
use super::{link, service};
use crate::clock::Moment;
use crate::error::Error;
use crate::event::{Event, Seq, Skeleton};
use crate::graphql::connection::FileConnection;
use crate::graphql::scalar::{Bytes, Position};
use crate::graphql::{app, id, viewer};
use crate::id::{ChannelId, FileId, MemberId, MessageId, WorkspaceId};
use crate::log::Receipt;
use crate::media::key::Variant;
use crate::member::graphql::{Member, member_of, target};
use crate::page::{self, Slice, page};
use crate::workspace::view::{ReadableChannel, View};

/// A file.
#[derive(Clone)]
pub struct File {
    workspace_id: WorkspaceId,
    id: FileId,
    kind: FileKind,
    size: i64,
    uploader_id: MemberId,
    created_at: Moment,
    message_id: Option<MessageId>,
    channel_id: Option<ChannelId>,
    removed_at: Option<Moment>,
    described: Option<Arc<Description>>,
    view: Option<Arc<View>>,
}

impl File {
    /// A file that the viewer may see.
    pub fn viewed(view: &Arc<View>, row: Model) -> Self {
        Self {
            workspace_id: row.workspace_id,
            id: row.id,
            kind: row.kind,
            size: if row.removed_at.is_some() { 0 } else { row.size },
            uploader_id: row.uploader_id,
            created_at: row.created_at,
            message_id: row.message_id,
            channel_id: row.channel_id,
            removed_at: row.removed_at,
            described: row.described().map(Arc::new),
            view: Some(view.clone()),
        }
    }

    /// A file as an event describes it; of one that was removed since only its place.
    pub fn of_event(event: &Event, id: FileId) -> Self {
        let (message_id, channel_id) = match &event.skeleton {
            Skeleton::MessageSent { message_id, channel_id, .. } => (Some(*message_id), Some(*channel_id)),
            Skeleton::FileUpdated { message_id, channel_id, .. } => (*message_id, *channel_id),
            _ => (None, None),
        };
        let place = Self {
            workspace_id: event.workspace_id,
            id,
            kind: FileKind::Other,
            size: 0,
            uploader_id: event.actor(),
            created_at: event.at,
            message_id,
            channel_id,
            removed_at: Some(event.at),
            described: None,
            view: None,
        };
        let Some(described) = event.body.files.iter().find(|file| file.id == id) else { return place };
        Self {
            kind: described.kind,
            size: described.size,
            uploader_id: described.uploader_id,
            created_at: described.created_at,
            removed_at: None,
            described: Some(Arc::new(described.clone())),
            ..place
        }
    }
}

/// Whether all is made of a file that will be.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum FileStatus {
    /// Previews are still being made. The file itself is there.
    Processing,
    /// What could be made is made.
    Ready,
}

/// How large a preview is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum PreviewSize {
    /// Up to 360 pixels.
    Small,
    /// Up to 1,600 pixels.
    Large,
}

/// A smaller picture of a file.
#[derive(SimpleObject, Clone)]
pub struct FilePreview {
    /// How large it is.
    size: PreviewSize,
    /// A path on this server, for those who may see the file. It never changes.
    url: String,
    /// Pixels.
    width: i32,
    /// Pixels.
    height: i32,
}

/// Something that was uploaded. Who may see it: its uploader, and once it is sent those who may read the channel;
/// what is somebody's picture, that of the workspace, or an emoji: everybody in the workspace.
#[Object]
impl File {
    /// `fil_` and a UUID.
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// As its uploader gave it, without folders. Empty once it is removed.
    async fn name(&self) -> &str {
        self.described.as_ref().map_or("", |described| &described.name)
    }

    /// The media type that its bytes have, such as `image/png`; `application/octet-stream` if that is unknown.
    #[graphql(name = "type")]
    async fn media_type(&self) -> &str {
        self.described.as_ref().map_or("application/octet-stream", |described| &described.media_type)
    }

    /// What sort of thing it is, as its bytes say.
    async fn kind(&self) -> FileKind {
        self.kind
    }

    /// Its bytes.
    async fn size(&self) -> Bytes {
        Bytes(self.size)
    }

    /// Whether all is made of it that will be.
    async fn status(&self) -> FileStatus {
        match self.described.as_ref().is_some_and(|described| described.made.is_none()) {
            true => FileStatus::Processing,
            false => FileStatus::Ready,
        }
    }

    /// Whether it was recorded as a voice message.
    async fn is_voice(&self) -> bool {
        self.described.as_ref().is_some_and(|described| described.is_voice)
    }

    /// Whether it is an animated picture: a GIF, WebP or PNG with more than one frame. Its previews are still.
    async fn is_animated(&self) -> bool {
        self.described.as_ref().is_some_and(|described| described.is_animated())
    }

    /// What it shows, in the words of its uploader.
    async fn alt(&self) -> Option<&str> {
        self.described.as_ref()?.alt.as_deref()
    }

    /// Pixels of a picture or video as it is to be looked at.
    async fn width(&self) -> Option<i32> {
        pixels(self.described.as_ref()?.dimensions?.0)
    }

    /// Pixels of a picture or video as it is to be looked at.
    async fn height(&self) -> Option<i32> {
        pixels(self.described.as_ref()?.dimensions?.1)
    }

    /// How long a video or audio plays, in milliseconds; null where the server has no ffmpeg.
    async fn duration_ms(&self) -> Option<i32> {
        self.described.as_ref()?.made.as_ref()?.duration_ms.and_then(|ms| i32::try_from(ms).ok())
    }

    /// Base64 of a thumbhash: a blurred picture of some 25 bytes to paint until the true one is there.
    async fn thumbhash(&self) -> Option<&str> {
        self.described.as_ref()?.made.as_ref()?.thumbhash.as_deref()
    }

    /// How loud audio is, from 0 to 100, in up to 100 equal stretches.
    async fn waveform(&self) -> Option<Vec<i32>> {
        let waveform = self.described.as_ref()?.made.as_ref()?.waveform.as_ref()?;
        Some(waveform.iter().map(|loudness| i32::from(*loudness)).collect())
    }

    /// Where it is: a path on this server, for those who may see it, by cookie or bearer token. Pictures come
    /// without what their camera wrote into them. It may lead on to the storage.
    async fn url(&self) -> String {
        link::path(self.workspace_id, self.id, Variant::Original)
    }

    /// The same, to be kept and not shown.
    async fn download_url(&self) -> String {
        link::download(self.workspace_id, self.id)
    }

    /// Smaller pictures of it, the smallest first: of pictures, of a video, of the first page of a PDF. None where
    /// none could be made.
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

    /// The id of who uploaded it.
    async fn uploader_id(&self) -> ID {
        self.uploader_id.to_string().into()
    }

    /// Who uploaded it.
    async fn uploader(&self) -> Result<Member> {
        let view = self.view.as_ref().ok_or_else(|| Error::internal("an event does not carry this"))?;
        Ok(member_of(view, self.uploader_id)?)
    }

    /// The id of the channel that it was sent to. Null until it is sent.
    async fn channel_id(&self) -> Option<ID> {
        self.channel_id.map(|id| id.to_string().into())
    }

    /// The id of the message that it came with. Null until it is sent.
    async fn message_id(&self) -> Option<ID> {
        self.message_id.map(|id| id.to_string().into())
    }

    /// When it was uploaded.
    async fn created_at(&self) -> Moment {
        self.created_at
    }

    /// When it was removed. Its place in its message stays.
    async fn removed_at(&self) -> Option<Moment> {
        self.removed_at
    }
}

fn pixels(count: u32) -> Option<i32> {
    i32::try_from(count).ok()
}

/// A page of the files of a channel, the newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for strange arguments.
pub async fn connection(
    view: &Arc<View>,
    channel: &ReadableChannel,
    kind: Option<FileKind>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<FileConnection, Error> {
    let page = page::<Seq>(first, after, None, None)?;
    let slice: Slice<Model> = service::in_channel(view, channel, kind, &page).await?;
    Ok(FileConnection::new(slice, |row| page::cursor(&row.seq), |row| File::viewed(view, row)))
}

#[derive(Default)]
pub struct FileQuery;

#[Object]
impl FileQuery {
    /// A file that the viewer may see.
    async fn file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<File> {
        let workspace = crate::graphql::id("workspaceId", &workspace_id)?;
        let id = crate::graphql::id("id", &id)?;
        let view = View::open(app(context)?, viewer(context)?, workspace).await?;
        let row = service::find(&view, id).await?;
        Ok(File::viewed(&view, row))
    }
}

/// What to change of a file.
#[derive(InputObject)]
pub struct UpdateFileInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A file that the viewer uploaded.
    file_id: ID,
    /// What it shows, up to 1,000 characters, for those who cannot see it; null or empty takes it back.
    alt: Option<String>,
}

/// A file to be deleted.
#[derive(InputObject)]
pub struct DeleteFileInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A file that the viewer uploaded; admins may delete those of others.
    file_id: ID,
}

/// The changed file.
#[derive(SimpleObject)]
pub struct UpdateFilePayload {
    /// The file.
    file: File,
    /// The number of the event; where the log stood if there was nothing to do.
    seq: Position,
}

/// What is left of the file.
#[derive(SimpleObject)]
pub struct DeleteFilePayload {
    /// The place of the file.
    file: File,
    /// The number of the event.
    seq: Position,
}

#[derive(Default)]
pub struct FileMutation;

#[Object]
impl FileMutation {
    /// Says what a file shows, for those who cannot see it.
    async fn update_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: UpdateFileInput,
    ) -> Result<UpdateFilePayload> {
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let file_id = id("fileId", &input.file_id)?;
        let (app, viewer) = (app(context)?, viewer(context)?);
        let receipt = service::update(app, viewer, workspace_id, command, file_id, input.alt).await?;
        let (file, seq) = changed(context, &receipt, file_id).await?;
        Ok(UpdateFilePayload { file, seq })
    }

    /// Deletes a file, and nothing else of its message. Nobody can get it from then on; its bytes are cleared away
    /// after a grace.
    async fn delete_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: DeleteFileInput,
    ) -> Result<DeleteFilePayload> {
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let file_id = id("fileId", &input.file_id)?;
        let receipt = service::remove(app(context)?, viewer(context)?, workspace_id, command, file_id).await?;
        let (file, seq) = changed(context, &receipt, file_id).await?;
        Ok(DeleteFilePayload { file, seq })
    }
}

/// A file after a command on it.
///
/// # Errors
/// `NOT_FOUND` if the viewer may no longer see it.
pub async fn changed(context: &Context<'_>, receipt: &Receipt, id: FileId) -> Result<(File, Position), Error> {
    let view = View::after(app(context)?, viewer(context)?, receipt)?;
    let row = service::find(&view, id).await?;
    Ok((File::viewed(&view, row), Position(receipt.seq())))
}
