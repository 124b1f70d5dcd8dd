//! How many notifications are unread, counted at a bounded cost.
//!
//! Promises: the rows that are looked at are those that count, up to [`COUNT_MAX`] of them, and one look into each
//! of the member's channels, however much they were ever told. So both tables have an index that ends with the
//! number of the message, and what is read is left out by where the search begins, not by a condition on each row.
//! The same rules say of one notification whether it is read ([`Place::has_read`]).

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryResult, Value};

use super::Reason;
use super::entity::Model;
use crate::db::{Database, Scope, statement};
use crate::error::Result;
use crate::event::Seq;
use crate::id::{ChannelId, MemberId, WorkspaceId};
use crate::live::signal::Unread;
use crate::log::read;
use crate::message::projection::WHOLE_CHANNEL;
use crate::reading::entity::private;

/// Unread notifications are counted up to this many.
pub const COUNT_MAX: i64 = 1000;

/// How far a member has read in a channel that they are in.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    joined: Seq,
    read: Seq,
}

/// The channels that a member ($2) is in, how far each is read, and since when they are in it. Before anything was
/// read, and after coming back, everything before the joining counts as read.
const PLACES: &str = "SELECT c.channel_id, c.joined_seq, \
    CASE WHEN r.joined_seq = c.joined_seq THEN r.last_read_seq ELSE c.joined_seq END AS read_seq \
    FROM channel_member c LEFT JOIN reading r ON r.workspace_id = c.workspace_id \
    AND r.member_id = c.member_id AND r.channel_id = c.channel_id \
    WHERE c.workspace_id = $1 AND c.member_id = $2 AND c.left_seq IS NULL";

impl Place {
    /// Whether a notification in this channel is read: it was marked so, or its message was read in the channel,
    /// which does not read threads. What mentioned the whole channel before they came in is read.
    pub fn has_read(&self, row: &Model, marked: Seq) -> bool {
        let before = row.reason == Reason::ChannelMention && row.seq <= self.joined;
        row.seq <= marked || before || (!row.in_thread && row.seq <= self.read)
    }
}

/// How far a member has read in each of their channels.
///
/// # Errors
/// When the database does not answer.
pub async fn places(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<HashMap<ChannelId, Place>> {
    let values = [workspace_id.0.into(), member_id.0.into()];
    let rows = connection.query_all_raw(statement(connection, PLACES, values)).await?;
    let place = |row: &QueryResult| {
        let place = Place { joined: row.try_get("", "joined_seq")?, read: row.try_get("", "read_seq")? };
        Ok((row.try_get("", "channel_id")?, place))
    };
    rows.iter().map(place).collect()
}

/// Up to where a member has marked their notifications as read.
///
/// # Errors
/// When the database does not answer.
pub async fn marked(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, member_id: MemberId) -> Result<Seq> {
    let row = private::Entity::find_by_id((workspace_id, member_id)).one(connection).await?;
    Ok(row.map_or(0, |row| row.notifications_read_seq))
}

/// How many notifications of a member are unread, capped at [`COUNT_MAX`], in channels that they are in.
///
/// # Errors
/// When the database does not answer.
pub async fn count(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<Unread> {
    let seq = read::last_seq(connection, workspace_id).await?.unwrap_or(0);
    let marked = marked(connection, workspace_id, member_id).await?;
    let row = connection.query_one_raw(statement(connection, sql(connection), values(workspace_id, member_id, marked)));
    let count = row.await?.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(Unread { count, seq })
}

/// How a database would count, or did: with `how`, such as `EXPLAIN`, before the statement.
///
/// # Errors
/// When the database does not answer.
pub async fn explain(
    database: &Database,
    how: &str,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<Vec<QueryResult>> {
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await?;
    let marked = marked(&snapshot, workspace_id, member_id).await?;
    let sql = format!("{how} {}", sql(&snapshot));
    Ok(snapshot.query_all_raw(statement(&snapshot, sql, values(workspace_id, member_id, marked))).await?)
}

fn values(workspace_id: WorkspaceId, member_id: MemberId, marked: Seq) -> [Value; 5] {
    [workspace_id.0.into(), member_id.0.into(), marked.into(), WHOLE_CHANNEL.0.into(), COUNT_MAX.into()]
}

/// Counts in each channel what comes after where it is read: outside of threads and in them, what is the member's
/// own and what mentions everybody.
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

/// That a member ($2) is not told of a message for a reason of their own. Not an `EXISTS`, of which Postgres would
/// make a join with all that they were ever told.
pub fn not_own(message: &str) -> String {
    format!(
        " AND 0 = (SELECT count(*) FROM notification o \
         WHERE o.workspace_id = $1 AND o.member_id = $2 AND o.seq = {message}.seq)"
    )
}

/// One row for each row `n` of a table that belongs to a place `p`, and fits `also`. The places come first, and the
/// table is searched for each: SQLite keeps that order in a `CROSS JOIN`, Postgres in a `LATERAL` that is ordered as
/// the index is.
fn each(backend: DatabaseBackend, table: &str, belongs: &str, also: &str) -> String {
    match backend {
        DatabaseBackend::Sqlite => {
            format!("SELECT 1 FROM ({PLACES}) AS p CROSS JOIN {table} AS n WHERE {belongs}{also}")
        }
        _ => format!(
            "SELECT 1 FROM ({PLACES}) AS p CROSS JOIN LATERAL \
             (SELECT n.seq FROM {table} AS n WHERE {belongs} ORDER BY n.seq LIMIT $5) AS n WHERE TRUE{also}"
        ),
    }
}
