//! Uploads: a file before it is one. Its bytes are put in parts, straight to the storage or through this server;
//! then they are checked ([`super::checking`]), and it becomes a file.
//!
//! Promises: whatever is begun is counted against the limits and cleared away if it is not ended; begun again
//! under the same id it goes on where it was. Nothing here is in the log until the file is whole.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::entity::upload::{Column, Entity, Model, State};
use super::entity::{file, storage_use};
use super::link;
use super::{NAME_MAX, UNSENT_MAX};
use crate::app::App;
use crate::db::{self, Scope, Transaction, statement};
use crate::error::{Error, Result};
use crate::id::{FileId, MemberId, WorkspaceId};
use crate::media::key;
use crate::media::s3::Request;
use crate::media::signature::Signatures;
use crate::media::storage::Storage;
use crate::member::Role;
use crate::text;
use crate::workspace::view::View;

/// Bytes of a part; the last one is shorter.
pub const PART: u64 = 16 * 1024 * 1024;
/// How long the link of a part works.
pub const LINK: Duration = Duration::from_secs(15 * 60);
/// How long an upload may take.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// Under which the use of the whole workspace is counted.
pub const EVERYBODY: MemberId = MemberId(Uuid::nil());

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

/// What may be stored, and what is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub file: u64,
    pub member: u64,
    pub member_used: u64,
    pub workspace: u64,
    pub workspace_used: u64,
    /// Whether the viewer may know how much the workspace uses.
    pub is_told: bool,
}

/// Begins an upload. The same id again gives the same upload.
///
/// # Errors
/// `BAD_USER_INPUT`, `PAYLOAD_TOO_LARGE` beyond a limit, `CONFLICT` for an id that stands for something else,
/// `UNAVAILABLE` where no storage is.
pub async fn create(view: &View, new: &New) -> Result<Begun> {
    let storage = view.app().media.storage()?;
    let checked = checked(view, new)?;
    let transaction = view.app().database.write(Scope::Workspace(view.id())).await?;
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
    // Counted first: whoever begins another meanwhile waits for these rows, and sees what is counted here.
    for member_id in [EVERYBODY, view.me().id] {
        add_use(&transaction, view.id(), member_id, checked.size).await?;
    }
    within_limits(view, &transaction).await?;
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

/// That what is counted by now is within the limits.
async fn within_limits(view: &View, transaction: &Transaction) -> Result<()> {
    let me = view.me().id;
    let pending = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::MemberId.eq(me))
        .filter(Column::State.eq(State::Pending))
        .count(transaction)
        .await?;
    let unsent = file::Entity::find()
        .filter(file::Column::WorkspaceId.eq(view.id()))
        .filter(file::Column::MessageId.is_null())
        .filter(file::Column::UploaderId.eq(me))
        .filter(file::Column::Purpose.is_null())
        .filter(file::Column::RemovedAt.is_null())
        .count(transaction)
        .await?;
    if pending + unsent >= UNSENT_MAX {
        let why = format!("You have {UNSENT_MAX} files on their way or not sent. Send or cancel some first.");
        return Err(Error::TooLarge(why));
    }
    let limits = used(view, transaction).await?;
    if limits.member_used > limits.member {
        return Err(Error::TooLarge(format!("Your files may have {} together.", words(limits.member))));
    }
    if limits.workspace_used > limits.workspace {
        let most = words(limits.workspace);
        return Err(Error::TooLarge(format!("The files of this workspace may have {most} together.")));
    }
    Ok(())
}

/// What may be stored, and what is.
///
/// # Errors
/// When the database does not answer.
pub async fn limits(view: &View) -> Result<Limits> {
    used(view, &*view.snapshot().await?).await
}

async fn used(view: &View, connection: &impl ConnectionTrait) -> Result<Limits> {
    let config = &view.app().config.media;
    let rows = storage_use::Entity::find()
        .filter(storage_use::Column::WorkspaceId.eq(view.id()))
        .filter(storage_use::Column::MemberId.is_in([view.me().id, EVERYBODY]))
        .all(connection)
        .await?;
    let of: HashMap<MemberId, i64> = rows.into_iter().map(|row| (row.member_id, row.bytes)).collect();
    let bytes = |id| u64::try_from(of.get(&id).copied().unwrap_or(0)).unwrap_or(0);
    Ok(Limits {
        file: config.file_bytes,
        member: config.member_bytes,
        member_used: bytes(view.me().id),
        workspace: config.workspace_bytes,
        workspace_used: bytes(EVERYBODY),
        is_told: view.me().role >= Role::Admin,
    })
}

/// Counts bytes; a negative number takes them off. Whoever counts for several takes [`EVERYBODY`] first: nobody then
/// waits in a circle.
///
/// # Errors
/// When the database does not answer.
pub async fn add_use(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    bytes: i64,
) -> Result<()> {
    let row = storage_use::ActiveModel { workspace_id: Set(workspace_id), member_id: Set(member_id), bytes: Set(0) };
    let key = [storage_use::Column::WorkspaceId, storage_use::Column::MemberId];
    storage_use::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    let sql = "UPDATE storage_use SET bytes = bytes + $3 WHERE workspace_id = $1 AND member_id = $2";
    let values = [workspace_id.0.into(), member_id.0.into(), bytes.into()];
    transaction.execute_raw(statement(transaction, sql, values)).await?;
    Ok(())
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
    let transaction = view.app().database.write(Scope::Workspace(view.id())).await?;
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

/// Whether bytes of an upload are still wanted.
///
/// # Errors
/// When the database does not answer.
pub async fn is_pending(app: &App, workspace_id: WorkspaceId, id: FileId) -> Result<bool> {
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let row = Entity::find_by_id((workspace_id, id)).one(&snapshot).await?;
    Ok(row.is_some_and(|row| row.state == State::Pending))
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

/// A number of bytes for people.
pub fn words(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
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
