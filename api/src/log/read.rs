//! Reads ranges of a log.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::chain::unseal;
use crate::ground::db::batch_query::among;
use crate::ground::db::statement;
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::model::event::{Seq, SharedEvent};
use crate::model::log::entity::{event, log};

/// Number of events read by one statement.
pub const PAGE_SIZE: u64 = 500;
/// Maximum number of events to catch up on. Beyond it, catching up is not worth it: a client reloads with `boot`, and a
/// room is reloaded from the tables.
pub const CATCH_UP_LIMIT: Seq = 2_000;

/// Returns up to `limit` events after `after`, in order.
pub async fn after(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    after: Seq,
    limit: u64,
) -> Result<Vec<SharedEvent>> {
    let rows = event::Entity::find()
        .filter(event::Column::WorkspaceId.eq(workspace_id))
        .filter(event::Column::Seq.gt(after))
        .order_by_asc(event::Column::Seq)
        .limit(limit)
        .all(connection)
        .await?;
    let events: Vec<SharedEvent> = rows.into_iter().map(|row| unseal(row).map(Arc::new)).collect::<Result<_>>()?;
    match events.iter().zip(after + 1..).find(|(event, seq)| event.seq != *seq) {
        None => Ok(events),
        Some((event, seq)) => {
            Err(Error::internal(format!("gap in log {}: expected event {seq}, found {}", workspace_id.0, event.seq)))
        }
    }
}

/// Returns up to `limit` events after `after`, in order, stopping once they reach `bytes` in total. The last event may
/// exceed the limit. Sizes are queried first, which the database answers without reading the texts.
pub async fn after_within_bytes(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    after: Seq,
    limit: i64,
    bytes: i64,
) -> Result<Vec<SharedEvent>> {
    let sql = "SELECT count(*) AS n FROM (SELECT SUM(size) OVER (ORDER BY seq) - size AS earlier FROM \
               (SELECT seq, octet_length(skeleton) + COALESCE(octet_length(body), 0) AS size FROM event \
               WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS sized) AS summed WHERE earlier < $4";
    let values = [workspace_id.0.into(), after.into(), limit.into(), bytes.into()];
    let row = connection.query_one_raw(statement(connection, sql, values)).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    match u64::try_from(count) {
        Ok(count @ 1..) => self::after(connection, workspace_id, after, count).await,
        _ => Ok(Vec::new()),
    }
}

/// Returns all events in `from + 1..=to`.
pub async fn range(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    from: Seq,
    to: Seq,
) -> Result<Vec<SharedEvent>> {
    let mut events: Vec<SharedEvent> = Vec::new();
    let mut cursor = from;
    while cursor < to {
        let limit = u64::try_from(to - cursor).unwrap_or(0).min(PAGE_SIZE);
        let part = after(connection, workspace_id, cursor, limit).await?;
        let Some(last) = part.last() else {
            return Err(Error::internal(format!("log {} ends at {cursor}, expected {to}", workspace_id.0)));
        };
        cursor = last.seq;
        events.extend(part);
    }
    Ok(events)
}

/// Returns the events that in-memory state at `from` misses of a log at `to`.
///
/// # Errors
/// Returns `UNAVAILABLE` if there are more than [`CATCH_UP_LIMIT`]. A room that is so far behind is reloaded.
pub async fn missed(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    from: Seq,
    to: Seq,
) -> Result<Vec<SharedEvent>> {
    if to - from > CATCH_UP_LIMIT {
        return Err(Error::Unavailable("The workspace is being reloaded. Reconnect.".into()));
    }
    range(connection, workspace_id, from, to).await
}

/// Returns the sequence number of the last event, or `None` if the log does not exist.
///
/// # Errors
/// Returns `UNAVAILABLE` if the log has an unsupported version. Neither the log nor its tables may be interpreted then.
pub async fn last_seq(connection: &impl ConnectionTrait, workspace_id: WorkspaceId) -> Result<Option<Seq>> {
    let head = log::Entity::find_by_id(workspace_id).one(connection).await?;
    head.map(|head| head.require_supported().map(|head| head.last_seq)).transpose()
}

/// Returns the sequence number of the last event of each log that exists, or `UNAVAILABLE` as [`last_seq`] does.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn last_seqs(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = WorkspaceId>,
) -> Result<HashMap<WorkspaceId, Result<Seq>>> {
    let heads = log::Entity::find().filter(among(connection, log::Column::WorkspaceId, ids)).all(connection).await?;
    let last_seq = |head: log::Model| (head.workspace_id, head.require_supported().map(|head| head.last_seq));
    Ok(heads.into_iter().map(last_seq).collect())
}
