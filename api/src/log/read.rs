//! Reads ranges of a log.

use std::sync::Arc;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::chain::unseal;
use super::entity::{event, log};
use crate::db::statement;
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::WorkspaceId;

/// Events read at once.
pub const RANGE: u64 = 500;
/// Who is further behind than this does not read what they missed, but begins anew: a client by boot, a room from the
/// tables.
pub const HORIZON: Seq = 2_000;

/// The events after `after`, in order, at most `limit`.
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
            Err(Error::internal(format!("the log {workspace_id} has {} where {seq} must be", event.seq)))
        }
    }
}

/// The events after `after`, in order: at most `limit`, and only so many that all but the last of them have less than
/// `bytes` together. The database is asked how large they are first, which it knows without reading them.
pub async fn within(
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
    let fitting: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    match u64::try_from(fitting) {
        Ok(fitting @ 1..) => self::after(connection, workspace_id, after, fitting).await,
        _ => Ok(Vec::new()),
    }
}

/// All events after `from` up to and with `to`.
pub async fn range(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    from: Seq,
    to: Seq,
) -> Result<Vec<SharedEvent>> {
    let mut events: Vec<SharedEvent> = Vec::new();
    let mut cursor = from;
    while cursor < to {
        let limit = u64::try_from(to - cursor).unwrap_or(0).min(RANGE);
        let part = after(connection, workspace_id, cursor, limit).await?;
        let Some(last) = part.last() else {
            return Err(Error::internal(format!("the log {workspace_id} ends at {cursor}, expected {to}")));
        };
        cursor = last.seq;
        events.extend(part);
    }
    Ok(events)
}

/// What memory at `from` has missed of a log that stands at `to`.
///
/// # Errors
/// `UNAVAILABLE` if that is more than [`HORIZON`]; a room that is so far behind is loaded anew.
pub async fn missed(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    from: Seq,
    to: Seq,
) -> Result<Vec<SharedEvent>> {
    if to - from > HORIZON {
        return Err(Error::Unavailable("The workspace is loaded again. Come back.".into()));
    }
    range(connection, workspace_id, from, to).await
}

/// The number of the last event; `None` if there is no such log.
///
/// # Errors
/// `UNAVAILABLE` if the log has events of a newer version: neither it nor the tables can be understood then.
pub async fn last_seq(connection: &impl ConnectionTrait, workspace_id: WorkspaceId) -> Result<Option<Seq>> {
    let head = log::Entity::find_by_id(workspace_id).one(connection).await?;
    head.map(|head| head.understood().map(|head| head.last_seq)).transpose()
}
