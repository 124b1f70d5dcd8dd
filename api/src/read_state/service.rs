//! Read state operations: unread counts, and the private writes that move cursors, which `marks.rs` batches. A signal
//! notifies all devices of the member.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Value};

use super::COUNT_MAX;
use super::entity::private;
use super::marks::Key;
use crate::app::App;
use crate::db::{Scope, Transaction, batch_query, statement};
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::{ChannelId, MemberId, WorkspaceId};
use crate::live::signal::{ReadState, Signal};
use crate::message;
use crate::message::projection::WHOLE_CHANNEL;
use crate::notification;
use crate::planted::{self, Bug};
use crate::workspace::view::View;

/// A private write.
#[derive(Debug, Clone, Copy)]
pub enum Write {
    /// Moves the cursor forward to `seq`, unless the epoch has changed.
    Read { channel_id: ChannelId, seq: Seq, epoch: i32 },
    /// Moves the cursor back to `seq` in a new epoch.
    Unread { channel_id: ChannelId, seq: Seq },
    /// Marks notifications up to `seq` as read.
    Notifications { seq: Seq },
}

/// Increments the private revision of a member by the number of signals that report the change. Returns the new
/// revision.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn bump_private_rev(
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

/// Applies one write.
///
/// # Errors
/// Fails if the database is unavailable.
pub(super) async fn apply(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    write: Write,
) -> Result<()> {
    let insert = "INSERT INTO read_state (workspace_id, member_id, channel_id, last_read_seq, epoch, joined_seq)";
    let membership = "FROM channel_member c WHERE c.workspace_id = $1 AND c.member_id = $2 AND c.channel_id = $3 \
                AND c.left_seq IS NULL";
    let conflict = "ON CONFLICT (workspace_id, member_id, channel_id) DO UPDATE SET joined_seq = excluded.joined_seq,";
    let (sql, more): (String, Vec<Value>) = match write {
        // Read states of earlier memberships do not apply: everything before joining counts as read.
        Write::Read { channel_id, seq, epoch } => (
            format!(
                "{insert} SELECT $1, $2, $3, CASE WHEN c.joined_seq < $4 THEN $4 ELSE c.joined_seq END, 0, \
                 c.joined_seq {membership} AND ($5 = 0 OR EXISTS (SELECT 1 FROM read_state \
                 WHERE workspace_id = $1 AND member_id = $2 AND channel_id = $3)) \
                 {conflict} last_read_seq = CASE WHEN read_state.joined_seq = excluded.joined_seq THEN $4 \
                 ELSE excluded.last_read_seq END WHERE read_state.epoch = $5 \
                 AND (read_state.joined_seq < excluded.joined_seq OR read_state.last_read_seq < $4)"
            ),
            vec![channel_id.0.into(), seq.into(), epoch.into()],
        ),
        Write::Unread { channel_id, seq } => (
            format!(
                "{insert} SELECT $1, $2, $3, $4, 1, c.joined_seq {membership} \
                 {conflict} last_read_seq = $4, epoch = read_state.epoch + 1"
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

/// Increments the private revision of each of these members by one. Locks the rows in the common order. Returns the new
/// revisions.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn bump_private_revs(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    members: impl IntoIterator<Item = MemberId>,
) -> Result<HashMap<MemberId, i64>> {
    let members: Vec<Vec<Value>> = members.into_iter().map(|id| vec![id.0.into()]).collect();
    if members.is_empty() {
        return Ok(HashMap::new());
    }
    let (rows, values) = batch_query::rows(transaction, 2, members);
    let sql = format!(
        "WITH n (id) AS ({rows}) INSERT INTO private (workspace_id, member_id, rev, notifications_read_seq) \
         SELECT DISTINCT $1, n.id, 1, 0 FROM n WHERE TRUE ORDER BY n.id \
         ON CONFLICT (workspace_id, member_id) DO UPDATE SET rev = private.rev + 1 RETURNING member_id, rev"
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    let rows = transaction.query_all_raw(statement(transaction, sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "member_id")?, row.try_get("", "rev")?))).collect()
}

/// What a series of writes affects. Each channel is reported by one signal, and notifications by another.
pub(super) struct Affected {
    channels: BTreeSet<ChannelId>,
    notifications: bool,
}

impl Affected {
    /// Collects what these writes affect.
    pub(super) fn by(writes: &[Write]) -> Self {
        let channel = |write: &Write| match write {
            Write::Read { channel_id, .. } | Write::Unread { channel_id, .. } => Some(*channel_id),
            Write::Notifications { .. } => None,
        };
        Self {
            channels: writes.iter().filter_map(channel).collect(),
            notifications: writes.iter().any(|write| channel(write).is_none()),
        }
    }

    /// Returns the number of signals.
    pub(super) fn len(&self) -> i64 {
        i64::try_from(self.channels.len()).unwrap_or(i64::MAX) + i64::from(self.notifications)
    }
}

/// Notifies all devices of a member. The last signal carries the revision that was returned for the writes.
///
/// # Errors
/// Fails if the database is unavailable.
pub(super) async fn notify_devices(
    app: &App,
    (workspace_id, member_id): Key,
    writes: &[Write],
    private_rev: i64,
) -> Result<()> {
    let affected = Affected::by(writes);
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let unread = notification::unread::count(&snapshot, workspace_id, member_id).await?;
    let first = private_rev - affected.len() + 1;
    for (rev, channel_id) in (first..).zip(affected.channels) {
        let read_states = read_states(&snapshot, workspace_id, member_id, Some(channel_id)).await?;
        let signal = match read_states.get(&channel_id).copied() {
            Some(read_state) => Signal::ReadStateChanged { channel_id, read_state, unread, private_rev: rev },
            // The member has left the channel in the meantime.
            None => Signal::NotificationsChanged { unread, private_rev: rev },
        };
        app.rooms.signal(workspace_id, member_id, signal);
    }
    if affected.notifications {
        app.rooms.signal(workspace_id, member_id, Signal::NotificationsChanged { unread, private_rev });
    }
    Ok(())
}

/// Returns the read states and unread counts of a member's channels, in a single query.
///
/// Counting reads only unread messages and stops at [`COUNT_MAX`].
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn read_states(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    only: Option<ChannelId>,
) -> Result<HashMap<ChannelId, ReadState>> {
    // Without a read state of the current membership, everything before joining counts as read.
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
         FROM channel_member c LEFT JOIN read_state r ON r.workspace_id = c.workspace_id \
         AND r.member_id = c.member_id AND r.channel_id = c.channel_id \
         WHERE c.workspace_id = $1 AND c.member_id = $2 AND c.left_seq IS NULL{one}"
    );
    let rows = connection.query_all_raw(statement(connection, sql, values)).await?;
    rows.iter().map(read_state).collect()
}

fn read_state(row: &QueryResult) -> Result<(ChannelId, ReadState)> {
    let read_state = ReadState {
        last_read_seq: row.try_get("", "last_read_seq")?,
        epoch: row.try_get("", "epoch")?,
        unread_count: row.try_get("", "unread")?,
        mention_count: row.try_get("", "mentions")?,
    };
    Ok((row.try_get("", "channel_id")?, read_state))
}

/// Marks a channel as read up to `seq`. Never moves the cursor back.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless the viewer is in the channel, `BAD_USER_INPUT` if `seq` is beyond the log.
pub async fn mark_read(view: &View, channel_id: ChannelId, seq: Seq, epoch: i32) -> Result<(ReadState, i64)> {
    require_joined(view, channel_id)?;
    let seq = notification::service::require_seq_in_log(view, seq)?;
    write_read_state(view, channel_id, Write::Read { channel_id, seq, epoch }).await
}

/// Marks a message and everything after it in its channel as unread, in a new epoch.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless the viewer is in its channel.
pub async fn mark_unread(view: &View, message_id: crate::id::MessageId) -> Result<(ReadState, i64)> {
    let message = message::service::find_now(view, message_id).await?;
    let channel_id = message.channel_id;
    require_joined(view, channel_id)?;
    write_read_state(view, channel_id, Write::Unread { channel_id, seq: message.seq - 1 }).await
}

async fn write_read_state(view: &View, channel_id: ChannelId, write: Write) -> Result<(ReadState, i64)> {
    let key = (view.id(), view.me().id);
    let rev = view.app().private.write(view.app(), key, write).await?;
    let snapshot = view.current_snapshot().await?;
    let read_states = read_states(&*snapshot, key.0, key.1, Some(channel_id)).await?;
    let read_state = read_states.get(&channel_id).copied().ok_or(Error::NotFound("channel"))?;
    Ok((read_state, rev))
}

fn require_joined(view: &View, channel_id: ChannelId) -> Result<()> {
    match view.channel(channel_id)?.entered() {
        true => Ok(()),
        false => Err(Error::Forbidden("You are not a member of this channel. Join it first.")),
    }
}

/// Returns the private revision of a member.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn private_rev(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    member_id: MemberId,
) -> Result<i64> {
    Ok(private::Entity::find_by_id((workspace_id, member_id)).one(connection).await?.map_or(0, |row| row.rev))
}
