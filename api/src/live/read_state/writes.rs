//! The private writes of members, and the revisions that number them.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, EntityTrait, Value};

use crate::ground::db::{Transaction, batch_query, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
use crate::model::event::Seq;
use crate::model::read_state::entity::private;

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
    pub channels: BTreeSet<ChannelId>,
    pub notifications: bool,
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
