//! Uploads: a file before it is one. Its bytes are put in parts, straight to the storage or through this server;
//! then they are checked ([`super::checking`]), and it becomes a file.
//!
//! Promises: whatever is begun is counted against the limits and cleared away if it is not ended; begun again
//! under the same id it goes on where it was. Nothing here is in the log until the file is whole.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::file;
use super::entity::upload::{Column, Entity, Model, State};
use super::quota::words;
use super::{NAME_MAX, link, quota};
use crate::app::App;
use crate::db::{self, Scope};
use crate::error::{Error, Result};
use crate::id::{AccountId, FileId, WorkspaceId};
use crate::media::key;
use crate::media::s3::Request;
use crate::media::signature::Signatures;
use crate::media::storage::Storage;
use crate::member::entity as member;
use crate::text;
use crate::workspace::view::View;

/// Bytes of a part; the last one is shorter.
pub const PART: u64 = 16 * 1024 * 1024;
/// How long the link of a part works.
pub const LINK: Duration = Duration::from_secs(15 * 60);
/// How long an upload may take.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// An upload to be begun.
#[derive(Debug, Clone)]
pub struct New {
    pub id: FileId,
    pub name: String,
    pub size: i64,
    pub media_type: String,
    /// In hexadecimal digits.
    pub sha256: Option<String>,
    pub is_voice: bool,
}

/// An upload with the requests by which its bytes are put.
#[derive(Debug, Clone)]
pub struct Begun {
    pub upload: Model,
    pub parts: Vec<Part>,
}

/// One part of it.
#[derive(Debug, Clone)]
pub struct Part {
    pub number: u32,
    pub offset: u64,
    pub size: u64,
    pub request: Request,
    pub is_received: bool,
}

/// Begins an upload. The same id again gives the same upload.
///
/// # Errors
/// `BAD_USER_INPUT`, `PAYLOAD_TOO_LARGE` beyond a limit, `CONFLICT` for an id that stands for something else,
/// `UNAVAILABLE` where no storage is.
pub async fn create(view: &View, new: &New) -> Result<Begun> {
    let storage = view.app().media.storage()?;
    let checked = checked(view, new)?;
    let (_turn, transaction) = view.write().await?;
    if let Some(known) = Entity::find_by_id((view.id(), new.id)).one(&transaction).await? {
        let is_same = known.member_id == view.me().id
            && (&known.name, known.size, &known.sha256, known.is_voice)
                == (&checked.name, checked.size, &checked.sha256, checked.is_voice);
        drop(transaction);
        return match known.state {
            _ if !is_same => Err(Error::id_taken()),
            State::Pending | State::Stored => begun(view, storage, known, true).await,
            State::Removed | State::Doomed | State::Cleared => {
                Err(Error::Conflict("This upload has ended. Begin another.".into()))
            }
        };
    }
    if file::Entity::find_by_id((view.id(), new.id)).one(&transaction).await?.is_some() {
        return Err(Error::id_taken());
    }
    quota::begin(view, &transaction, checked.size).await?;
    let now = db::now(&transaction).await?;
    let expires_at = now.plus_seconds(i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX));
    let upload = Model { created_at: now, expires_at, ..checked };
    Entity::insert(super::entity::upload::ActiveModel::from(upload.clone()))
        .exec_without_returning(&transaction)
        .await?;
    transaction.commit().await?;
    begun(view, storage, upload, false).await
}

fn checked(view: &View, new: &New) -> Result<Model> {
    let most = view.app().config.media.file_bytes;
    if new.size <= 0 {
        return Err(Error::invalid("size", "There is nothing in this file."));
    }
    if u64::try_from(new.size).unwrap_or(u64::MAX) > most {
        return Err(Error::TooLarge(format!("A file has at most {}.", words(most))));
    }
    let wrong = || Error::invalid("sha256", "It must be 64 hexadecimal digits.");
    let sha256 = new.sha256.as_deref().map(|text| hex::decode(text).map_err(|_| wrong())).transpose()?;
    if sha256.as_ref().is_some_and(|bytes| bytes.len() != 32) {
        return Err(wrong());
    }
    let media_type = text::line("type", new.media_type.trim().to_owned(), 255)?;
    Ok(Model {
        workspace_id: view.id(),
        id: new.id,
        member_id: view.me().id,
        name: name(&new.name)?,
        media_type,
        size: new.size,
        sha256,
        is_voice: new.is_voice,
        state: State::Pending,
        created_at: crate::clock::Moment(0),
        expires_at: crate::clock::Moment(0),
        checker: None,
        checker_until: None,
    })
}

/// The last part of a path, whatever separates them: a name is never a place.
fn name(given: &str) -> Result<String> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or(given);
    let name = text::name("name", last, NAME_MAX)?;
    if name.trim_matches('.').is_empty() {
        return Err(Error::invalid("name", "This is not the name of a file."));
    }
    Ok(name)
}

/// An upload of the viewer that is not a file yet, with new links, and which of its parts are there.
///
/// # Errors
/// `NOT_FOUND` unless there is one, `UNAVAILABLE`.
pub async fn find(view: &View, id: FileId) -> Result<Begun> {
    let upload = mine(view, &*view.snapshot().await?, id).await?;
    begun(view, view.app().media.storage()?, upload, true).await
}

/// An upload of the viewer, while it is not a file.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn mine(view: &View, connection: &impl ConnectionTrait, id: FileId) -> Result<Model> {
    let row = Entity::find_by_id((view.id(), id)).one(connection).await?;
    let row = row.filter(|row| row.member_id == view.me().id && row.state == State::Pending);
    row.ok_or(Error::NotFound("upload"))
}

/// Forgets an upload; its bytes are cleared away at once, or soon if the storage is away.
///
/// # Errors
/// `NOT_FOUND` unless it is on its way.
pub async fn cancel(view: &View, id: FileId) -> Result<()> {
    let (_turn, transaction) = view.write().await?;
    mine(view, &transaction, id).await?;
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

/// Whose upload it is, while its bytes are wanted.
///
/// # Errors
/// When the database does not answer.
pub async fn awaited(app: &App, workspace_id: WorkspaceId, id: FileId) -> Result<Option<AccountId>> {
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let upload = Entity::find_by_id((workspace_id, id)).one(&snapshot).await?;
    let Some(upload) = upload.filter(|upload| upload.state == State::Pending) else { return Ok(None) };
    let uploader = member::Entity::find_by_id((workspace_id, upload.member_id)).one(&snapshot).await?;
    Ok(uploader.map(|uploader| uploader.account_id))
}

/// Where the parts of so many bytes begin, and how long they are.
pub fn parts(size: u64) -> impl Iterator<Item = (u32, u64, u64)> {
    (1..).zip((0..size).step_by(PART as usize)).map(move |(number, offset)| (number, offset, PART.min(size - offset)))
}

async fn begun(view: &View, storage: &Storage, upload: Model, ask: bool) -> Result<Begun> {
    let received =
        if ask && upload.state == State::Pending { received(storage, &upload).await? } else { BTreeMap::new() };
    let size = u64::try_from(upload.size).unwrap_or(0);
    let mut made = Vec::new();
    for (number, offset, length) in parts(size) {
        // Only of a file in one part the hash of the whole is that of the part.
        let sha256 = upload.sha256.as_deref().filter(|_| length == size);
        let path = key::part(upload.workspace_id, upload.id, number);
        let request = match storage.put_request(&path, length, sha256, LINK).await? {
            Some(request) => request,
            None => ours(&view.app().media.signatures, &upload, number, length),
        };
        let is_received = received.get(&number) == Some(&length);
        made.push(Part { number, offset, size: length, request, is_received });
    }
    Ok(Begun { upload, parts: made })
}

/// Which parts are there, and how long they are.
///
/// # Errors
/// `UNAVAILABLE`.
pub async fn received(storage: &Storage, upload: &Model) -> Result<BTreeMap<u32, u64>> {
    let listed = storage.list(&key::parts(upload.workspace_id, upload.id)).await?;
    let number = |object: &object_store::ObjectMeta| object.location.filename()?.parse().ok();
    Ok(listed.iter().filter_map(|object| Some((number(object)?, object.size))).collect())
}

/// The request by which a part is put through this server, of the same shape.
fn ours(signatures: &Signatures, upload: &Model, number: u32, size: u64) -> Request {
    let path = link::part(upload.workspace_id, upload.id, number);
    let end = Signatures::end(LINK);
    let signature = signatures.sign(&["PUT", &path, &size.to_string()], end);
    let headers = BTreeMap::from([("content-type".to_owned(), "application/octet-stream".to_owned())]);
    Request { method: "PUT", url: format!("{path}?size={size}&expires={}&signature={signature}", end.0), headers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_place() {
        for (given, kept) in
            [("a.png", "a.png"), ("../../etc/passwd", "passwd"), ("C:\\x\\b.txt", "b.txt"), (" c ", "c")]
        {
            assert_eq!(name(given).unwrap(), kept);
        }
        for wrong in ["", "..", "a/", "../..", "x\0y", "a\nb", &"n".repeat(256)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn parts_cover_a_file_without_overlap() {
        for size in [1, PART - 1, PART, PART + 1, 5 * PART + 7] {
            let mut next = 0;
            for (at, (number, offset, length)) in parts(size).enumerate() {
                assert_eq!((number as usize, offset), (at + 1, next));
                assert!(length > 0 && length <= PART);
                next += length;
            }
            assert_eq!(next, size);
        }
    }
}
