//! Uploads: files before completion. Clients upload the contents in parts, directly to the storage or through this
//! server. [`super::checking`] then turns an upload into a file.
//!
//! Every upload counts against the quotas and is deleted if it is not completed in time. Creating it again with the
//! same id resumes it. Uploads are not in the log.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::quota::format_bytes;
use crate::adapter::media::s3::Request;
use crate::adapter::media::signature::Signatures;
use crate::adapter::media::storage::Storage;
use crate::app::App;
use crate::chat::file::{link, quota};
use crate::chat::workspace::view::View;
use crate::ground::db::{self, Scope};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, FileId, WorkspaceId};
use crate::ground::text;
use crate::model::file::MAX_NAME_CHARS;
use crate::model::file::entity::file;
use crate::model::file::entity::upload::{Column, Entity, Model, State};
use crate::model::file::key;
use crate::model::member::entity as member;

/// Size of a part in bytes. The last part may be smaller.
pub const PART_SIZE: u64 = 16 * 1024 * 1024;
/// Lifetime of the link to upload a part.
pub const LINK_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Time within which an upload must be completed.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Input for a new upload.
#[derive(Debug, Clone)]
pub struct NewUpload {
    pub id: FileId,
    pub name: String,
    pub size: i64,
    pub media_type: String,
    /// 64 hexadecimal digits.
    pub sha256: Option<String>,
    pub is_voice: bool,
}

/// An upload with the requests that upload its parts.
#[derive(Debug, Clone)]
pub struct PendingUpload {
    pub upload: Model,
    pub parts: Vec<UploadPart>,
}

/// A part of an upload.
#[derive(Debug, Clone)]
pub struct UploadPart {
    pub number: u32,
    pub offset: u64,
    pub size: u64,
    pub request: Request,
    pub is_received: bool,
}

/// Creates an upload. Repeating the call with the same id returns the same upload.
///
/// # Errors
/// `BAD_USER_INPUT`, `PAYLOAD_TOO_LARGE` beyond a limit, `CONFLICT` if the id is taken, `UNAVAILABLE` without
/// storage.
pub async fn create(view: &View, new: &NewUpload) -> Result<PendingUpload> {
    let storage = view.app().media.storage()?;
    let checked = validate(view, new)?;
    let (_turn, transaction) = view.write().await?;
    if let Some(known) = Entity::find_by_id((view.id(), new.id)).one(&transaction).await? {
        let is_same = known.member_id == view.me().id
            && (&known.name, known.size, &known.sha256, known.is_voice)
                == (&checked.name, checked.size, &checked.sha256, checked.is_voice);
        drop(transaction);
        return match known.state {
            _ if !is_same => Err(Error::id_taken()),
            State::Pending | State::Stored => pending_upload(view, storage, known, true).await,
            State::Removed | State::Doomed | State::Cleared => Err(Error::Conflict(
                Reason::UploadEnded,
                "The upload was cancelled or has expired. Create a new upload.".into(),
            )),
        };
    }
    if file::Entity::find_by_id((view.id(), new.id)).one(&transaction).await?.is_some() {
        return Err(Error::id_taken());
    }
    quota::charge_upload(view, &transaction, checked.size).await?;
    let now = db::now(&transaction).await?;
    let expires_at = now.plus_seconds(i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX));
    let upload = Model { created_at: now, expires_at, ..checked };
    Entity::insert(crate::model::file::entity::upload::ActiveModel::from(upload.clone()))
        .exec_without_returning(&transaction)
        .await?;
    transaction.commit().await?;
    pending_upload(view, storage, upload, false).await
}

fn validate(view: &View, new: &NewUpload) -> Result<Model> {
    let most = view.app().config.media.file_bytes;
    if new.size <= 0 {
        return Err(Error::invalid("size", "The file is empty: minimum 1 byte."));
    }
    if u64::try_from(new.size).unwrap_or(u64::MAX) > most {
        return Err(Error::TooLarge(format!("File too large: maximum {}.", format_bytes(most))));
    }
    let wrong = || Error::invalid("sha256", "Invalid SHA-256 hash: expected 64 hexadecimal digits.");
    let sha256 = new.sha256.as_deref().map(|text| hex::decode(text).map_err(|_| wrong())).transpose()?;
    if sha256.as_ref().is_some_and(|bytes| bytes.len() != 32) {
        return Err(wrong());
    }
    let media_type = text::line("type", new.media_type.trim().to_owned(), 255)?;
    Ok(Model {
        workspace_id: view.id(),
        id: new.id,
        member_id: view.me().id,
        name: file_name(&new.name)?,
        media_type,
        size: new.size,
        sha256,
        is_voice: new.is_voice,
        state: State::Pending,
        created_at: crate::ground::clock::Timestamp(0),
        expires_at: crate::ground::clock::Timestamp(0),
        checker: None,
        checker_until: None,
    })
}

/// Returns the last component of a path with any separators, so that a name never contains directories.
fn file_name(given: &str) -> Result<String> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or(given);
    let name = text::name("name", last, MAX_NAME_CHARS)?;
    if name.trim_matches('.').is_empty() {
        return Err(Error::invalid("name", "Invalid file name."));
    }
    Ok(name)
}

/// Returns a pending upload of the viewer with new links and the parts received so far.
///
/// # Errors
/// `NOT_FOUND`, `UNAVAILABLE`.
pub async fn find(view: &View, id: FileId) -> Result<PendingUpload> {
    let upload = find_own(view, &*view.snapshot().await?, id).await?;
    pending_upload(view, view.app().media.storage()?, upload, true).await
}

/// Returns several pending uploads of the viewer, like [`find`]. Omits others.
///
/// # Errors
/// `UNAVAILABLE`.
pub async fn find_all(view: &View, ids: Vec<FileId>) -> Result<Vec<PendingUpload>> {
    let query = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::Id.is_in(ids));
    let rows = query.all(&*view.snapshot().await?).await?;
    let mut uploads = Vec::new();
    for upload in rows.into_iter().filter(|row| is_pending_of(view, row)) {
        uploads.push(pending_upload(view, view.app().media.storage()?, upload, true).await?);
    }
    Ok(uploads)
}

fn is_pending_of(view: &View, row: &Model) -> bool {
    row.member_id == view.me().id && row.state == State::Pending
}

/// Returns a pending upload of the viewer.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find_own(view: &View, connection: &impl ConnectionTrait, id: FileId) -> Result<Model> {
    let row = Entity::find_by_id((view.id(), id)).one(connection).await?;
    row.filter(|row| is_pending_of(view, row)).ok_or(Error::NotFound("upload"))
}

/// Cancels an upload. Its contents are deleted at once, or later if the storage is unavailable.
///
/// # Errors
/// `NOT_FOUND` unless it is pending.
pub async fn cancel(view: &View, id: FileId) -> Result<()> {
    let (_turn, transaction) = view.write().await?;
    find_own(view, &transaction, id).await?;
    let doomed = Entity::update_many()
        .col_expr(Column::State, sea_orm::sea_query::Expr::value(State::Doomed))
        .col_expr(Column::ExpiresAt, sea_orm::sea_query::Expr::value(db::now(&transaction).await?))
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Pending))
        .exec(&transaction)
        .await?;
    if doomed.rows_affected == 0 {
        return Err(Error::NotFound("upload"));
    }
    transaction.commit().await?;
    view.app().media.cancelled.notify_one();
    Ok(())
}

/// Returns the account of the uploader while the upload is pending.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn uploader_of_pending(app: &App, workspace_id: WorkspaceId, id: FileId) -> Result<Option<AccountId>> {
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let upload = Entity::find_by_id((workspace_id, id)).one(&snapshot).await?;
    let Some(upload) = upload.filter(|upload| upload.state == State::Pending) else { return Ok(None) };
    let uploader = member::Entity::find_by_id((workspace_id, upload.member_id)).one(&snapshot).await?;
    Ok(uploader.map(|uploader| uploader.account_id))
}

/// Returns number, offset and length of the parts of an upload.
pub fn parts(size: u64) -> impl Iterator<Item = (u32, u64, u64)> {
    (1..)
        .zip((0..size).step_by(PART_SIZE as usize))
        .map(move |(number, offset)| (number, offset, PART_SIZE.min(size - offset)))
}

async fn pending_upload(view: &View, storage: &Storage, upload: Model, check_received: bool) -> Result<PendingUpload> {
    let received = if check_received && upload.state == State::Pending {
        received_parts(storage, &upload).await?
    } else {
        BTreeMap::new()
    };
    let size = u64::try_from(upload.size).unwrap_or(0);
    let mut made = Vec::new();
    for (number, offset, length) in parts(size) {
        // The hash of the whole contents is that of the part only if there is a single part.
        let sha256 = upload.sha256.as_deref().filter(|_| length == size);
        let path = key::part(upload.workspace_id, upload.id, number);
        let request = match storage.put_request(&path, length, sha256, LINK_LIFETIME).await? {
            Some(request) => request,
            None => server_request(&view.app().media.signatures, &upload, number, length),
        };
        let is_received = received.get(&number) == Some(&length);
        made.push(UploadPart { number, offset, size: length, request, is_received });
    }
    Ok(PendingUpload { upload, parts: made })
}

/// Returns the numbers and sizes of the received parts.
///
/// # Errors
/// `UNAVAILABLE`.
pub async fn received_parts(storage: &Storage, upload: &Model) -> Result<BTreeMap<u32, u64>> {
    let listed = storage.list(&key::parts(upload.workspace_id, upload.id)).await?;
    let number = |object: &object_store::ObjectMeta| object.location.filename()?.parse().ok();
    Ok(listed.iter().filter_map(|object| Some((number(object)?, object.size))).collect())
}

/// Returns the request to upload a part through this server.
fn server_request(signatures: &Signatures, upload: &Model, number: u32, size: u64) -> Request {
    let path = link::part(upload.workspace_id, upload.id, number);
    let end = Signatures::end(LINK_LIFETIME);
    let signature = signatures.sign(&["PUT", &path, &size.to_string()], end);
    let headers = BTreeMap::from([("content-type".to_owned(), "application/octet-stream".to_owned())]);
    Request { method: "PUT", url: format!("{path}?size={size}&expires={}&signature={signature}", end.0), headers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_directories_from_names() {
        for (given, kept) in
            [("a.png", "a.png"), ("../../etc/passwd", "passwd"), ("C:\\x\\b.txt", "b.txt"), (" c ", "c")]
        {
            assert_eq!(file_name(given).unwrap(), kept);
        }
        for wrong in ["", "..", "a/", "../..", "x\0y", "a\nb", &"n".repeat(256)] {
            assert!(file_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn parts_cover_a_file_without_overlap() {
        for size in [1, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 5 * PART_SIZE + 7] {
            let mut next = 0;
            for (at, (number, offset, length)) in parts(size).enumerate() {
                assert_eq!((number as usize, offset), (at + 1, next));
                assert!(length > 0 && length <= PART_SIZE);
                next += length;
            }
            assert_eq!(next, size);
        }
    }
}
