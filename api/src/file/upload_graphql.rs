//! `Upload`: how the bytes of a file come in.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::graphql::{File, changed};
use super::{ATTACHMENTS_MAX, checking, quota, upload};
use crate::budget::{Kind, Payer};
use crate::clock::Moment;
use crate::graphql::scalar::{Bytes, Position};
use crate::graphql::{app, id, id_or, viewer};
use crate::id::FileId;
use crate::workspace::view::View;

/// A file that is not one yet. Put each of its parts by the request that it names, then call `completeUpload`.
#[derive(SimpleObject)]
pub struct Upload {
    /// `fil_` and a UUID: the id that the file will have.
    id: ID,
    /// Until when it is kept if it is not completed.
    expires_at: Moment,
    /// Its parts in their order: one for a file of up to 16 MiB, otherwise each of 16 MiB but the last.
    parts: Vec<UploadPart>,
}

/// A part of an upload. Parts may be put in any order, several at once, and again.
#[derive(SimpleObject)]
pub struct UploadPart {
    /// From 1.
    number: i32,
    /// Where in the file it begins.
    offset: Bytes,
    /// Its bytes, exactly so many.
    size: Bytes,
    /// Where to put it: a path on this server, or an address of the storage. It works for 15 minutes; ask for
    /// `upload` to get new ones. No cookie and no token is wanted.
    url: String,
    /// The method of the request.
    method: String,
    /// The headers of the request, exactly so, beside its length.
    headers: Vec<HttpHeader>,
    /// Whether it is there. A part that is put again replaces it.
    is_received: bool,
}

/// A header of an HTTP request.
#[derive(SimpleObject)]
pub struct HttpHeader {
    /// In lower case.
    name: String,
    /// Exactly so.
    value: String,
}

impl From<upload::Begun> for Upload {
    fn from(begun: upload::Begun) -> Self {
        let part = |part: upload::Part| UploadPart {
            number: i32::try_from(part.number).unwrap_or(i32::MAX),
            offset: Bytes(i64::try_from(part.offset).unwrap_or(i64::MAX)),
            size: Bytes(i64::try_from(part.size).unwrap_or(i64::MAX)),
            url: part.request.url,
            method: part.request.method.to_owned(),
            headers: part.request.headers.into_iter().map(|(name, value)| HttpHeader { name, value }).collect(),
            is_received: part.is_received,
        };
        Self {
            id: begun.upload.id.to_string().into(),
            expires_at: begun.upload.expires_at,
            parts: begun.parts.into_iter().map(part).collect(),
        }
    }
}

/// What may be stored here, and what is.
#[derive(SimpleObject)]
pub struct FileLimits {
    /// The most bytes of one file.
    file_bytes: Bytes,
    /// The most bytes of all files of one member.
    member_bytes: Bytes,
    /// Those that the viewer's files have.
    member_bytes_used: Bytes,
    /// The most bytes of all files of the workspace.
    workspace_bytes: Bytes,
    /// Those that they have. Null unless the viewer is an admin: it counts what they may not see.
    workspace_bytes_used: Option<Bytes>,
    /// The most files of one message.
    attachments_per_message: i32,
}

impl From<quota::Limits> for FileLimits {
    fn from(limits: quota::Limits) -> Self {
        let bytes = |count| Bytes(i64::try_from(count).unwrap_or(i64::MAX));
        Self {
            file_bytes: bytes(limits.file),
            member_bytes: bytes(limits.member),
            member_bytes_used: bytes(limits.member_used),
            workspace_bytes: bytes(limits.workspace),
            workspace_bytes_used: limits.is_told.then(|| bytes(limits.workspace_used)),
            attachments_per_message: i32::try_from(ATTACHMENTS_MAX).unwrap_or(i32::MAX),
        }
    }
}

/// A file to be uploaded.
#[derive(InputObject)]
pub struct CreateUploadInput {
    /// The workspace.
    workspace_id: ID,
    /// `fil_` and a UUIDv7 minted by the client: begun again under the same id it goes on where it was.
    id: Option<ID>,
    /// The name of the file, up to 255 characters; folders are left out.
    name: String,
    /// How many bytes it has, exactly. See `fileLimits`.
    size: Bytes,
    /// The media type that the client takes it to have. What counts is what the bytes say.
    #[graphql(name = "type")]
    media_type: Option<String>,
    /// The SHA-256 of the whole in hexadecimal digits, where the client can tell: what arrives damaged is then
    /// refused.
    sha256: Option<String>,
    /// Whether it was recorded as a voice message.
    is_voice: Option<bool>,
}

/// The upload that has begun.
#[derive(SimpleObject)]
pub struct CreateUploadPayload {
    /// The upload.
    upload: Upload,
}

/// An upload whose parts are all there.
#[derive(InputObject)]
pub struct CompleteUploadInput {
    /// The workspace.
    workspace_id: ID,
    /// An upload of the viewer.
    upload_id: ID,
}

/// How far an upload is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum UploadStatus {
    /// It is a file.
    Done,
    /// Its bytes are still being checked. Ask again in a second.
    Checking,
}

/// The file, or that it is still being checked.
#[derive(SimpleObject)]
pub struct CompleteUploadPayload {
    /// How far it is.
    status: UploadStatus,
    /// The file. Null while it is being checked.
    file: Option<File>,
    /// The number of its event. Null while it is being checked.
    seq: Option<Position>,
}

/// An upload that is not wanted any more.
#[derive(InputObject)]
pub struct CancelUploadInput {
    /// The workspace.
    workspace_id: ID,
    /// An upload of the viewer that is not a file yet.
    upload_id: ID,
}

/// What was cancelled.
#[derive(SimpleObject)]
pub struct CancelUploadPayload {
    /// The upload that is no more.
    upload_id: ID,
}

#[derive(Default)]
pub struct UploadQuery;

#[Object]
impl UploadQuery {
    /// An upload of the viewer that is not a file yet, with new links, and which of its parts are there.
    async fn upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Upload> {
        let workspace = crate::graphql::id("workspaceId", &workspace_id)?;
        let id = crate::graphql::id("id", &id)?;
        let view = View::open(app(context)?, viewer(context)?, workspace).await?;
        Ok(upload::find(&view, id).await?.into())
    }
}

#[derive(Default)]
pub struct UploadMutation;

#[Object]
impl UploadMutation {
    /// Begins an upload: says where its bytes are to be put.
    async fn create_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CreateUploadInput,
    ) -> Result<CreateUploadPayload> {
        let new = upload::New {
            id: id_or("id", input.id.as_ref(), FileId::mint)?,
            name: input.name,
            size: input.size.0,
            media_type: input.media_type.unwrap_or_default(),
            sha256: input.sha256,
            is_voice: input.is_voice.unwrap_or(false),
        };
        let workspace = id("workspaceId", &input.workspace_id)?;
        let bytes = new.size.clamp(0, i64::try_from(app(context)?.config.media.file_bytes).unwrap_or(i64::MAX));
        let payer = Payer::of_account(viewer(context)?.account_id);
        app(context)?.budgets.take(&payer, Kind::Upload, bytes as f64)?;
        let create = |view: Arc<View>| {
            let new = new.clone();
            async move { upload::create(&view, &new).await }
        };
        let begun = View::in_memory(app(context)?, viewer(context)?, workspace, create).await?;
        Ok(CreateUploadPayload { upload: begun.into() })
    }

    /// Makes a file of an upload whose parts are all there, after checking length, hash and what the bytes are.
    /// Large ones take a while: then it is `CHECKING`, and to be asked for again. Once done it answers the same
    /// again.
    async fn complete_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CompleteUploadInput,
    ) -> Result<CompleteUploadPayload> {
        let workspace = id("workspaceId", &input.workspace_id)?;
        let file_id = id("uploadId", &input.upload_id)?;
        let done = checking::complete(app(context)?, viewer(context)?, workspace, file_id).await?;
        let Some(receipt) = done else {
            return Ok(CompleteUploadPayload { status: UploadStatus::Checking, file: None, seq: None });
        };
        let (file, seq) = changed(context, &receipt, file_id).await?;
        Ok(CompleteUploadPayload { status: UploadStatus::Done, file: Some(file), seq: Some(seq) })
    }

    /// Forgets an upload that is not a file yet.
    async fn cancel_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CancelUploadInput,
    ) -> Result<CancelUploadPayload> {
        let workspace = id("workspaceId", &input.workspace_id)?;
        let upload_id = id("uploadId", &input.upload_id)?;
        let cancel = |view: Arc<View>| async move { upload::cancel(&view, upload_id).await };
        View::in_memory(app(context)?, viewer(context)?, workspace, cancel).await?;
        Ok(CancelUploadPayload { upload_id: input.upload_id })
    }
}
