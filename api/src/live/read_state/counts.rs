//! Read states of a member's channels, with their unread counts.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::ground::db::{batch_query, statement};
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
use crate::ground::planted;
use crate::live::signal::ReadState;
use crate::model::message::projection::WHOLE_CHANNEL;
use crate::model::read_state::MAX_UNREAD_COUNT;

/// Returns the read states and unread counts of a member's channels, or only of some, in a single query.
///
/// Counting reads only unread messages and stops at [`MAX_UNREAD_COUNT`].
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn read_states(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    only: Option<&[ChannelId]>,
) -> Result<HashMap<ChannelId, ReadState>> {
    // Without a read state of the current membership, everything before joining counts as read.
    let from = "(CASE WHEN r.joined_seq = c.joined_seq THEN r.last_read_seq ELSE c.joined_seq END)";
    let mut values: Vec<Value> = vec![workspace_id.0.into(), member_id.0.into(), WHOLE_CHANNEL.0.into()];
    let among = match only {
        None => String::new(),
        Some([]) => return Ok(HashMap::new()),
        Some(ids) => {
            let (rows, ids) = batch_query::rows(connection, 4, ids.iter().map(|id| vec![id.0.into()]).collect());
            values.extend(ids);
            format!(" AND c.channel_id IN ({rows})")
        }
    };
    let of_others = planted::count_own("m.author_id <> $2");
    let sql = format!(
        "SELECT c.channel_id, {from} AS last_read_seq, COALESCE(r.epoch, 0) AS epoch, \
         (SELECT count(*) FROM (SELECT 1 FROM message m WHERE m.workspace_id = $1 AND m.channel_id = c.channel_id \
          AND m.thread_id IS NULL AND m.seq > {from} AND {of_others} AND m.deleted_at IS NULL \
          LIMIT {MAX_UNREAD_COUNT}) AS u) AS unread, \
         (SELECT count(*) FROM (SELECT DISTINCT m.seq FROM mention m WHERE m.workspace_id = $1 AND m.channel_id = c.channel_id \
          AND (m.target_id = $2 OR (m.target_id = $3 AND m.seq > c.joined_seq)) AND m.seq > {from} \
          AND m.author_id <> $2 LIMIT {MAX_UNREAD_COUNT}) AS u) AS mentions \
         FROM channel_member c LEFT JOIN read_state r ON r.workspace_id = c.workspace_id \
         AND r.member_id = c.member_id AND r.channel_id = c.channel_id \
         WHERE c.workspace_id = $1 AND c.member_id = $2 AND c.left_seq IS NULL{among}"
    );
    let rows = connection.query_all_raw(statement(connection, sql, values)).await?;
    rows.iter().map(read_state).collect()
}

fn read_state(row: &QueryResult) -> Result<(ChannelId, ReadState)> {
    let channel_id = row.try_get("", "channel_id")?;
    let read_state = ReadState {
        channel_id,
        last_read_seq: row.try_get("", "last_read_seq")?,
        epoch: row.try_get("", "epoch")?,
        unread_count: row.try_get("", "unread")?,
        mention_count: row.try_get("", "mentions")?,
    };
    Ok((channel_id, read_state))
}
