//! Storage quotas per member, per account over all workspaces, per workspace, and of the server.
//!
//! An upload counts with its full size from its creation until its contents are deleted. Concurrent uploads of the
//! same member, account or workspace are serialized by row locks, so that they cannot exceed a limit together. Only
//! the server quota is checked without locking.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::chat::workspace::view::View;
use crate::ground::db::{Transaction, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::{MemberId, WorkspaceId};
use crate::model::file::MAX_UNSENT_FILES;
use crate::model::file::entity::upload::{Column, Entity, State};
use crate::model::file::entity::{file, storage_use};
use crate::model::member::Role;

/// Key of the usage of the whole workspace.
const WHOLE_WORKSPACE: MemberId = MemberId(Uuid::nil());

/// Storage limits and usage in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub file: u64,
    pub member: u64,
    pub member_used: u64,
    pub workspace: u64,
    pub workspace_used: u64,
    /// Whether the viewer may see the usage of the workspace.
    pub can_see_workspace_usage: bool,
}

/// Counts a new upload of the viewer.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE` if it exceeds a limit.
pub async fn charge_upload(view: &View, transaction: &Transaction, bytes: i64) -> Result<()> {
    // Count first: concurrent uploads wait for these row locks and then see this one.
    let account_used = add_usage(transaction, view.id(), view.me().id, bytes).await?;
    require_unsent_below_limit(view, transaction).await?;
    let config = &view.app().config.media;
    let limits = limits(view, transaction).await?;
    let server_used = server_usage(transaction).await?;
    for (used, most, whose) in [
        (limits.member_used, limits.member, "per member"),
        (account_used, config.account_bytes, "per account in all workspaces"),
        (limits.workspace_used, limits.workspace, "per workspace"),
        (server_used, config.server_bytes, "on this server"),
    ] {
        if used > most {
            return Err(Error::TooLarge(format!("Storage quota exceeded: {} {whose}.", format_bytes(most))));
        }
    }
    Ok(())
}

/// Requires that the viewer has fewer pending uploads and unused files than [`MAX_UNSENT_FILES`].
async fn require_unsent_below_limit(view: &View, transaction: &Transaction) -> Result<()> {
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
    if pending + unsent >= MAX_UNSENT_FILES {
        let why = format!("Too many uploads and unsent files: maximum {MAX_UNSENT_FILES}. Send or cancel some first.");
        return Err(Error::TooLarge(why));
    }
    Ok(())
}

/// Returns the storage limits and usage that apply to the viewer.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn limits(view: &View, connection: &impl ConnectionTrait) -> Result<Limits> {
    let config = &view.app().config.media;
    let rows = storage_use::Entity::find()
        .filter(storage_use::Column::WorkspaceId.eq(view.id()))
        .filter(storage_use::Column::MemberId.is_in([view.me().id, WHOLE_WORKSPACE]))
        .all(connection)
        .await?;
    let of: HashMap<MemberId, i64> = rows.into_iter().map(|row| (row.member_id, row.bytes)).collect();
    let bytes = |id| u64::try_from(of.get(&id).copied().unwrap_or(0)).unwrap_or(0);
    Ok(Limits {
        file: config.file_bytes,
        member: config.member_bytes,
        member_used: bytes(view.me().id),
        workspace: config.workspace_bytes,
        workspace_used: bytes(WHOLE_WORKSPACE),
        can_see_workspace_usage: view.me().role >= Role::Admin,
    })
}

/// Adds bytes to the usage of a member, or subtracts them if negative. Returns the new usage of the member's account
/// over all workspaces. All callers lock the rows in the same order, which prevents deadlocks.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn add_usage(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    bytes: i64,
) -> Result<u64> {
    for member_id in [WHOLE_WORKSPACE, member_id] {
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

async fn server_usage(transaction: &Transaction) -> Result<u64> {
    let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM account_use";
    let row = transaction.query_one_raw(statement(transaction, sql, [])).await?;
    let used: i64 = row.map_or(Ok(0), |row| row.try_get("", "bytes"))?;
    Ok(u64::try_from(used).unwrap_or(0))
}

/// Recomputes the usage of a workspace from its uploads.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn recount(transaction: &Transaction, workspace_id: WorkspaceId) -> Result<()> {
    // Concurrent uploads wait for this row, which every change locks first.
    add_use(transaction, workspace_id, WHOLE_WORKSPACE, 0).await?;
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
    let counted = counted.all(transaction).await?.into_iter().filter(|row| row.member_id != WHOLE_WORKSPACE);
    // Difference per member, in the order of their ids.
    let mut missing: BTreeMap<Uuid, i64> = sums.into_iter().map(|(id, bytes)| (id.0, bytes.unwrap_or(0))).collect();
    for row in counted {
        *missing.entry(row.member_id.0).or_default() -= row.bytes;
    }
    let difference: i64 = missing.values().sum();
    for (member_id, bytes) in missing.into_iter().filter(|(_, bytes)| *bytes != 0) {
        add_use(transaction, workspace_id, MemberId(member_id), bytes).await?;
        add_account_use(transaction, workspace_id, MemberId(member_id), bytes).await?;
    }
    set_workspace_usage(transaction, workspace_id).await?;
    tracing::debug!(bytes = difference, workspace = %workspace_id.0, "storage usage recomputed");
    Ok(())
}

/// Sets the usage of the workspace to the sum of its members' usage.
async fn set_workspace_usage(transaction: &Transaction, workspace_id: WorkspaceId) -> Result<()> {
    let sql = "UPDATE storage_use SET bytes = (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM storage_use \
               WHERE workspace_id = $1 AND member_id <> $2) WHERE workspace_id = $1 AND member_id = $2";
    transaction.execute_raw(statement(transaction, sql, [workspace_id.0.into(), WHOLE_WORKSPACE.0.into()])).await?;
    Ok(())
}

/// Formats a number of bytes for display.
pub fn format_bytes(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}
