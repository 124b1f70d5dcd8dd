//! Reading: counts, and what the private writes do that move cursors (`marks.rs` writes many of them together). All of
//! a member's devices are told by a signal.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Value};

use super::COUNT_MAX;
use super::entity::private;
use super::marks::Key;
use crate::app::App;
use crate::db::{Scope, Transaction, many, statement};
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::{ChannelId, MemberId, WorkspaceId};
use crate::live::signal::{Reading, Signal};
use crate::message;
use crate::message::projection::WHOLE_CHANNEL;
use crate::notification;
use crate::planted::{self, Bug};
use crate::workspace::view::View;

/// One private write.
#[derive(Debug, Clone, Copy)]
pub enum Write {
    /// Forward to `seq`, unless the epoch has moved on.
    Read { channel_id: ChannelId, seq: Seq, epoch: i32 },
    /// Back to `seq`, in a new epoch.
    Unread { channel_id: ChannelId, seq: Seq },
    /// Notifications up to `seq` are read.
    Notifications { seq: Seq },
}

/// Raises the revision of what is private to a member, by one for each signal that tells of it; answers the new one.
///
/// # Errors
/// When the database does not answer.
pub async fn raise(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    signals: i64,
) -> Result<i64> {
    let sql = "INSERT INTO private (workspace_id, member_id, rev, notifications_read_seq) VALUES ($1, $2, $3, 0) \
               ON CONFLICT (workspace_id, member_id) DO UPDATE SET rev = private.rev + $3 RETURNING rev";
    let values = [workspace_id.0.into(), member_id.0.into(), signals.into()];
    let row = transaction.query_one_raw(statement(transaction, sql, values)).await?;
    Ok(row.ok_or_else(|| Error::internal("no revision was written"))?.try_get("", "rev")?)
}

/// Does one write.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn apply(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    write: Write,
) -> Result<()> {
    let insert = "INSERT INTO reading (workspace_id, member_id, channel_id, last_read_seq, epoch, joined_seq)";
    let stay = "FROM channel_member c WHERE c.workspace_id = $1 AND c.member_id = $2 AND c.channel_id = $3 \
                AND c.left_seq IS NULL";
    let conflict = "ON CONFLICT (workspace_id, member_id, channel_id) DO UPDATE SET joined_seq = excluded.joined_seq,";
    let (sql, more): (String, Vec<Value>) = match write {
        // What was read in an earlier stay is behind: everything before the joining counts as read.
        Write::Read { channel_id, seq, epoch } => (
            format!(
                "{insert} SELECT $1, $2, $3, CASE WHEN c.joined_seq < $4 THEN $4 ELSE c.joined_seq END, 0, \
                 c.joined_seq {stay} AND ($5 = 0 OR EXISTS (SELECT 1 FROM reading \
                 WHERE workspace_id = $1 AND member_id = $2 AND channel_id = $3)) \
                 {conflict} last_read_seq = CASE WHEN reading.joined_seq = excluded.joined_seq THEN $4 \
                 ELSE excluded.last_read_seq END WHERE reading.epoch = $5 \
                 AND (reading.joined_seq < excluded.joined_seq OR reading.last_read_seq < $4)"
            ),
            vec![channel_id.0.into(), seq.into(), epoch.into()],
        ),
        Write::Unread { channel_id, seq } => (
            format!(
                "{insert} SELECT $1, $2, $3, $4, 1, c.joined_seq {stay} \
                 {conflict} last_read_seq = $4, epoch = reading.epoch + 1"
            ),
            vec![channel_id.0.into(), seq.into()],
        ),
        Write::Notifications { seq } => (
            "INSERT INTO private (workspace_id, member_id, rev, notifications_read_seq) VALUES ($1, $2, 0, $3) \
             ON CONFLICT (workspace_id, member_id) DO UPDATE SET notifications_read_seq = $3 \
             WHERE private.notifications_read_seq < $3"
                .to_owned(),
            vec![seq.into()],
        ),
    };
    let values = [workspace_id.0.into(), member_id.0.into()].into_iter().chain(more);
    transaction.execute_raw(statement(transaction, sql, values)).await?;
    Ok(())
}

/// Raises the revision of each of these members by one, in the order in which all lock their rows; answers the new ones.
///
/// # Errors
/// When the database does not answer.
pub async fn raise_all(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    members: impl IntoIterator<Item = MemberId>,
) -> Result<HashMap<MemberId, i64>> {
    let members: Vec<Vec<Value>> = members.into_iter().map(|id| vec![id.0.into()]).collect();
    if members.is_empty() {
        return Ok(HashMap::new());
    }
    let (rows, values) = many::rows(transaction, 2, members);
    let sql = format!(
        "WITH n (id) AS ({rows}) INSERT INTO private (workspace_id, member_id, rev, notifications_read_seq) \
         SELECT DISTINCT $1, n.id, 1, 0 FROM n WHERE TRUE ORDER BY n.id \
         ON CONFLICT (workspace_id, member_id) DO UPDATE SET rev = private.rev + 1 RETURNING member_id, rev"
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    let rows = transaction.query_all_raw(statement(transaction, sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "member_id")?, row.try_get("", "rev")?))).collect()
}

/// What the devices of a member are told of their writes: one signal for each channel, and one for notifications.
pub(super) struct Told {
    channels: BTreeSet<ChannelId>,
    notifications: bool,
}

impl Told {
    /// What these writes are told by.
    pub(super) fn of(writes: &[Write]) -> Self {
        let channel = |write: &Write| match write {
            Write::Read { channel_id, .. } | Write::Unread { channel_id, .. } => Some(*channel_id),
            Write::Notifications { .. } => None,
        };
        Self {
            channels: writes.iter().filter_map(channel).collect(),
            notifications: writes.iter().any(|write| channel(write).is_none()),
        }
    }

    /// How many signals that is.
    pub(super) fn len(&self) -> i64 {
        i64::try_from(self.channels.len()).unwrap_or(i64::MAX) + i64::from(self.notifications)
    }
}

/// Tells all of the member's devices; the last signal has the revision that the writes are answered with.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn tell(app: &App, (workspace_id, member_id): Key, writes: &[Write], private_rev: i64) -> Result<()> {
    let told = Told::of(writes);
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let unread = notification::unread::count(&snapshot, workspace_id, member_id).await?;
    let first = private_rev - told.len() + 1;
    for (rev, channel_id) in (first..).zip(told.channels) {
        let readings = readings(&snapshot, workspace_id, member_id, Some(channel_id)).await?;
        let signal = match readings.get(&channel_id).copied() {
            Some(reading) => Signal::ReadingChanged { channel_id, reading, unread, private_rev: rev },
            // They have left it meanwhile.
            None => Signal::NotificationsChanged { unread, private_rev: rev },
        };
        app.rooms.signal(workspace_id, member_id, signal);
    }
    if told.notifications {
        app.rooms.signal(workspace_id, member_id, Signal::NotificationsChanged { unread, private_rev });
    }
    Ok(())
}

/// How far a member has read in the channels that they are in, and what they have not; in one question.
///
/// Counting costs at most what is unread, and stops at [`COUNT_MAX`].
///
/// # Errors
/// When the database does not answer.
pub async fn readings(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    only: Option<ChannelId>,
) -> Result<HashMap<ChannelId, Reading>> {
    // Before anything was read, and after coming back, everything before the joining counts as read.
    let from = "(CASE WHEN r.joined_seq = c.joined_seq THEN r.last_read_seq ELSE c.joined_seq END)";
    let mut values: Vec<Value> = vec![workspace_id.0.into(), member_id.0.into(), WHOLE_CHANNEL.0.into()];
    let one = only.map_or("", |id| {
        values.push(id.0.into());
        " AND c.channel_id = $4"
    });
    let of_others = if planted::is(Bug::CountOwn) { "TRUE" } else { "m.author_id <> $2" };
    let sql = format!(
        "SELECT c.channel_id, {from} AS last_read_seq, COALESCE(r.epoch, 0) AS epoch, \
         (SELECT count(*) FROM (SELECT 1 FROM message m WHERE m.workspace_id = $1 AND m.channel_id = c.channel_id \
          AND m.thread_id IS NULL AND m.seq > {from} AND {of_others} AND m.deleted_at IS NULL \
          LIMIT {COUNT_MAX}) AS u) AS unread, \
         (SELECT count(*) FROM (SELECT DISTINCT m.seq FROM mention m WHERE m.workspace_id = $1 AND m.channel_id = c.channel_id \
          AND (m.target_id = $2 OR (m.target_id = $3 AND m.seq > c.joined_seq)) AND m.seq > {from} \
          AND m.author_id <> $2 LIMIT {COUNT_MAX}) AS u) AS mentions \
         FROM channel_member c LEFT JOIN reading r ON r.workspace_id = c.workspace_id \
         AND r.member_id = c.member_id AND r.channel_id = c.channel_id \
         WHERE c.workspace_id = $1 AND c.member_id = $2 AND c.left_seq IS NULL{one}"
    );
    let rows = connection.query_all_raw(statement(connection, sql, values)).await?;
    rows.iter().map(reading).collect()
}

fn reading(row: &QueryResult) -> Result<(ChannelId, Reading)> {
    let reading = Reading {
        last_read_seq: row.try_get("", "last_read_seq")?,
        epoch: row.try_get("", "epoch")?,
        unread_count: row.try_get("", "unread")?,
        mention_count: row.try_get("", "mentions")?,
    };
    Ok((row.try_get("", "channel_id")?, reading))
}

/// Moves the viewer's cursor in a channel forward.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless they are in it, `BAD_USER_INPUT` beyond the log.
pub async fn mark_read(view: &View, channel_id: ChannelId, seq: Seq, epoch: i32) -> Result<(Reading, i64)> {
    entered(view, channel_id)?;
    let seq = notification::service::check_seq(view, seq)?;
    write_reading(view, channel_id, Write::Read { channel_id, seq, epoch }).await
}

/// Puts the viewer's cursor just before a message, in a new epoch.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless they are in its channel.
pub async fn mark_unread(view: &View, message_id: crate::id::MessageId) -> Result<(Reading, i64)> {
    let message = message::service::find_now(view, message_id).await?;
    let channel_id = message.channel_id;
    entered(view, channel_id)?;
    write_reading(view, channel_id, Write::Unread { channel_id, seq: message.seq - 1 }).await
}

async fn write_reading(view: &View, channel_id: ChannelId, write: Write) -> Result<(Reading, i64)> {
    let key = (view.id(), view.me().id);
    let rev = view.app().private.write(view.app(), key, write).await?;
    let snapshot = view.now().await?;
    let readings = readings(&*snapshot, key.0, key.1, Some(channel_id)).await?;
    let reading = readings.get(&channel_id).copied().ok_or(Error::NotFound("channel"))?;
    Ok((reading, rev))
}

fn entered(view: &View, channel_id: ChannelId) -> Result<()> {
    match view.channel(channel_id)?.entered() {
        true => Ok(()),
        false => Err(Error::Forbidden("Join the channel first.")),
    }
}

/// The revision of what is private to a member.
///
/// # Errors
/// When the database does not answer.
pub async fn private_rev(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<i64> {
    Ok(private::Entity::find_by_id((workspace_id, member_id)).one(connection).await?.map_or(0, |row| row.rev))
}
