//! What files may take: of a member, of an account in all of its workspaces, of a workspace, and of all together.
//!
//! Promises: bytes are counted when an upload is begun, with its whole size, and until they are cleared away; whoever
//! counts waits for whoever counts for the same, so that nobody gets past a limit by asking twice at once. Only what
//! all together take is looked at without waiting.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::UNSENT_MAX;
use super::entity::upload::{Column, Entity, State};
use super::entity::{file, storage_use};
use crate::db::{Transaction, statement};
use crate::error::{Error, Result};
use crate::id::{MemberId, WorkspaceId};
use crate::member::Role;
use crate::workspace::view::View;

/// Under which the use of the whole workspace is counted.
const EVERYBODY: MemberId = MemberId(Uuid::nil());

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

/// Counts an upload of the viewer that is being begun.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE` if that is beyond a limit.
pub async fn begin(view: &View, transaction: &Transaction, bytes: i64) -> Result<()> {
    // Counted first: whoever begins another meanwhile waits for these rows, and sees what is counted here.
    let account_used = count(transaction, view.id(), view.me().id, bytes).await?;
    within_number(view, transaction).await?;
    let config = &view.app().config.media;
    let limits = used(view, transaction).await?;
    let server_used = used_by_all(transaction).await?;
    for (used, most, whose) in [
        (limits.member_used, limits.member, "Your files"),
        (account_used, config.account_bytes, "Your files in all workspaces"),
        (limits.workspace_used, limits.workspace, "The files of this workspace"),
        (server_used, config.server_bytes, "The files of this server"),
    ] {
        if used > most {
            return Err(Error::TooLarge(format!("{whose} may have {} together.", words(most))));
        }
    }
    Ok(())
}

/// That the viewer has not too many files that nobody has got yet.
async fn within_number(view: &View, transaction: &Transaction) -> Result<()> {
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

/// Counts bytes of a member; a negative number takes them off. Everybody takes the rows in this order: nobody then
/// waits in a circle. Answers what the member's account takes by then in all workspaces.
///
/// # Errors
/// When the database does not answer.
pub async fn count(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    bytes: i64,
) -> Result<u64> {
    for member_id in [EVERYBODY, member_id] {
        add_use(transaction, workspace_id, member_id, bytes).await?;
    }
    add_account_use(transaction, workspace_id, member_id, bytes).await
}

async fn add_use(transaction: &Transaction, workspace_id: WorkspaceId, member_id: MemberId, bytes: i64) -> Result<()> {
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

async fn add_account_use(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    bytes: i64,
) -> Result<u64> {
    let sql = "INSERT INTO account_use (account_id, bytes) \
               SELECT account_id, CAST($3 AS BIGINT) FROM member WHERE workspace_id = $1 AND id = $2 \
               ON CONFLICT (account_id) DO UPDATE SET bytes = account_use.bytes + excluded.bytes RETURNING bytes";
    let values = [workspace_id.0.into(), member_id.0.into(), bytes.into()];
    let row = transaction.query_one_raw(statement(transaction, sql, values)).await?;
    let used: i64 = row.map_or(Ok(0), |row| row.try_get("", "bytes"))?;
    Ok(u64::try_from(used).unwrap_or(0))
}

async fn used_by_all(transaction: &Transaction) -> Result<u64> {
    let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM account_use";
    let row = transaction.query_one_raw(statement(transaction, sql, [])).await?;
    let used: i64 = row.map_or(Ok(0), |row| row.try_get("", "bytes"))?;
    Ok(u64::try_from(used).unwrap_or(0))
}

/// Counts a workspace anew, as the uploads say.
///
/// # Errors
/// When the database does not answer.
pub async fn recount(transaction: &Transaction, workspace_id: WorkspaceId) -> Result<()> {
    // Whoever begins an upload meanwhile waits for this row, which everybody takes first.
    add_use(transaction, workspace_id, EVERYBODY, 0).await?;
    let sums: Vec<(MemberId, Option<i64>)> = Entity::find()
        .filter(Column::WorkspaceId.eq(workspace_id))
        .select_only()
        .column(Column::MemberId)
        .column_as(Expr::cust("CAST(SUM(size) AS BIGINT)"), "bytes")
        .group_by(Column::MemberId)
        .into_tuple()
        .all(transaction)
        .await?;
    let counted = storage_use::Entity::find().filter(storage_use::Column::WorkspaceId.eq(workspace_id));
    let counted = counted.all(transaction).await?.into_iter().filter(|row| row.member_id != EVERYBODY);
    // What is missing of each, in the order of their ids.
    let mut missing: BTreeMap<Uuid, i64> = sums.into_iter().map(|(id, bytes)| (id.0, bytes.unwrap_or(0))).collect();
    for row in counted {
        *missing.entry(row.member_id.0).or_default() -= row.bytes;
    }
    let wrong_in_all: i64 = missing.values().sum();
    for (member_id, bytes) in missing.into_iter().filter(|(_, bytes)| *bytes != 0) {
        add_use(transaction, workspace_id, MemberId(member_id), bytes).await?;
        add_account_use(transaction, workspace_id, MemberId(member_id), bytes).await?;
    }
    set_whole(transaction, workspace_id).await?;
    tracing::debug!(bytes = wrong_in_all, workspace = %workspace_id, "what files take was counted anew");
    Ok(())
}

/// The whole workspace has what its members have.
async fn set_whole(transaction: &Transaction, workspace_id: WorkspaceId) -> Result<()> {
    let sql = "UPDATE storage_use SET bytes = (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM storage_use \
               WHERE workspace_id = $1 AND member_id <> $2) WHERE workspace_id = $1 AND member_id = $2";
    transaction.execute_raw(statement(transaction, sql, [workspace_id.0.into(), EVERYBODY.0.into()])).await?;
    Ok(())
}

/// A number of bytes for people.
pub fn words(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}
