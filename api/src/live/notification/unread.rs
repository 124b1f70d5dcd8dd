//! Unread notification counts at a bounded cost.
//!
//! Notifications in archived channels count as read. Counting reads only unread rows, at most [`MAX_UNREAD_COUNT`],
//! plus a few index lookups per channel of the member, regardless of how many notifications they ever received. Both
//! tables therefore have an index that ends with the message's `seq`, and read rows are excluded by the start of the
//! range scan instead of a filter. [`ChannelReadState::has_read`] applies the same rules to a single notification.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryResult, Value};

use crate::ground::db::{Database, Scope, statement};
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
use crate::live::signal::Unread;
use crate::log::read;
use crate::model::event::Seq;
use crate::model::message::projection::WHOLE_CHANNEL;
use crate::model::notification::Reason;
use crate::model::notification::entity::Model;
use crate::model::read_state::entity::private;

/// Maximum of the unread count. Larger counts are capped.
pub const MAX_UNREAD_COUNT: i64 = 1000;

/// How far a member has read a channel that they are in.
#[derive(Debug, Clone, Copy)]
pub struct ChannelReadState {
    joined: Seq,
    read: Seq,
}

/// Selects the channels of a member ($2) that are not archived, when they joined each, and how far they have read it.
/// Without a read state of the current membership, everything before joining counts as read. The archived ones are
/// excluded by one lookup per channel instead of a join, whose order a planner could turn around.
const READ_STATES: &str = "SELECT c.channel_id, c.joined_seq, \
    CASE WHEN r.joined_seq = c.joined_seq THEN r.last_read_seq ELSE c.joined_seq END AS read_seq \
    FROM channel_member c LEFT JOIN read_state r ON r.workspace_id = c.workspace_id \
    AND r.member_id = c.member_id AND r.channel_id = c.channel_id \
    WHERE c.workspace_id = $1 AND c.member_id = $2 AND c.left_seq IS NULL \
    AND (SELECT k.archived_at FROM channel k WHERE k.workspace_id = c.workspace_id AND k.id = c.channel_id) IS NULL";

impl ChannelReadState {
    /// Returns whether a notification in this channel is read: it was marked as read, or its message is covered by the
    /// read state of the channel, which does not cover threads. Mentions of the whole channel before the member joined
    /// count as read.
    pub fn has_read(&self, row: &Model, marked: Seq) -> bool {
        let before = row.reason == Reason::ChannelMention && row.seq <= self.joined;
        row.seq <= marked || before || (!row.in_thread && row.seq <= self.read)
    }
}

/// Returns how far a member has read each of their channels that are not archived.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn channel_read_states(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<HashMap<ChannelId, ChannelReadState>> {
    let values = [workspace_id.0.into(), member_id.0.into()];
    let rows = connection.query_all_raw(statement(connection, READ_STATES, values)).await?;
    let entry = |row: &QueryResult| {
        let read_state =
            ChannelReadState { joined: row.try_get("", "joined_seq")?, read: row.try_get("", "read_seq")? };
        Ok((row.try_get("", "channel_id")?, read_state))
    };
    rows.iter().map(entry).collect()
}

/// Returns the `seq` up to which a member has marked their notifications as read.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn marked_through(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<Seq> {
    let row = private::Entity::find_by_id((workspace_id, member_id)).one(connection).await?;
    Ok(row.map_or(0, |row| row.notifications_read_seq))
}

/// Counts the unread notifications of a member in channels that they are in, except archived ones, capped at
/// [`MAX_UNREAD_COUNT`].
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn count(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<Unread> {
    let seq = read::last_seq(connection, workspace_id).await?.unwrap_or(0);
    let marked = marked_through(connection, workspace_id, member_id).await?;
    let row = connection.query_one_raw(statement(connection, sql(connection), values(workspace_id, member_id, marked)));
    let count = row.await?.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(Unread { count, seq })
}

/// Returns the query plan of [`count`]: runs the statement prefixed with `how`, such as `EXPLAIN`.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn explain(
    database: &Database,
    how: &str,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<Vec<QueryResult>> {
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await?;
    let marked = marked_through(&snapshot, workspace_id, member_id).await?;
    let sql = format!("{how} {}", sql(&snapshot));
    Ok(snapshot.query_all_raw(statement(&snapshot, sql, values(workspace_id, member_id, marked))).await?)
}

fn values(workspace_id: WorkspaceId, member_id: MemberId, marked: Seq) -> [Value; 5] {
    [workspace_id.0.into(), member_id.0.into(), marked.into(), WHOLE_CHANNEL.0.into(), MAX_UNREAD_COUNT.into()]
}

/// Counts rows after the read position of each channel: personal notifications and mentions of the whole channel, each
/// outside of and in threads.
fn sql(connection: &impl ConnectionTrait) -> String {
    let backend = connection.get_database_backend();
    let after = if backend == DatabaseBackend::Sqlite { "max" } else { "greatest" };
    let own = "n.workspace_id = $1 AND n.member_id = $2 AND n.channel_id = p.channel_id";
    let everybody = "n.workspace_id = $1 AND n.channel_id = p.channel_id AND n.target_id = $4 AND n.author_id <> $2";
    let parts = [
        each(
            backend,
            "notification",
            &format!("{own} AND n.in_thread = FALSE AND n.seq > {after}(p.read_seq, $3)"),
            "",
        ),
        each(backend, "notification", &format!("{own} AND n.in_thread = TRUE AND n.seq > $3"), ""),
        each(
            backend,
            "mention",
            &format!("{everybody} AND n.in_thread = FALSE AND n.seq > {after}(p.read_seq, p.joined_seq, $3)"),
            &not_own("n"),
        ),
        each(
            backend,
            "mention",
            &format!("{everybody} AND n.in_thread = TRUE AND n.seq > {after}(p.joined_seq, $3)"),
            &not_own("n"),
        ),
    ];
    format!("SELECT count(*) AS n FROM ({} LIMIT $5) AS unread", parts.join(" UNION ALL "))
}

/// Condition that a member ($2) has no personal notification of a message. Not `EXISTS`, which Postgres would turn into
/// a join with all notifications of the member.
pub fn not_own(message: &str) -> String {
    format!(
        " AND 0 = (SELECT count(*) FROM notification o \
         WHERE o.workspace_id = $1 AND o.member_id = $2 AND o.seq = {message}.seq)"
    )
}

/// Selects one row for each row `n` of a table that belongs to a channel `p` and matches `also`. The channels drive the
/// join, and the table is searched for each: SQLite keeps that order for `CROSS JOIN`, Postgres for a `LATERAL` in
/// index order.
fn each(backend: DatabaseBackend, table: &str, belongs: &str, also: &str) -> String {
    match backend {
        DatabaseBackend::Sqlite => {
            format!("SELECT 1 FROM ({READ_STATES}) AS p CROSS JOIN {table} AS n WHERE {belongs}{also}")
        }
        _ => format!(
            "SELECT 1 FROM ({READ_STATES}) AS p CROSS JOIN LATERAL \
             (SELECT n.seq FROM {table} AS n WHERE {belongs} ORDER BY n.seq LIMIT $5) AS n WHERE TRUE{also}"
        ),
    }
}
