//! Reads the reactions on several messages at once.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::chat::workspace::view::View;
use crate::ground::allowance;
use crate::ground::db::{placeholders, statement};
use crate::ground::error::Result;
use crate::ground::id::{MemberId, MessageId};
use crate::model::event::Seq;
use crate::model::reaction::MAX_LISTED_MEMBERS;

/// Approximate size of a row in bytes.
const ROW_BYTES: usize = 100;

/// An emoji on a message, with its count and whether the viewer added it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionCount {
    pub emoji: String,
    pub count: i64,
    pub viewer_reacted: bool,
}

/// Returns the reactions on messages that the viewer may read, in the order in which each emoji was first added. Reads
/// one row per emoji, regardless of the number of reactions.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn for_messages(view: &View, ids: &[MessageId]) -> Result<HashMap<MessageId, Vec<ReactionCount>>> {
    let snapshot = view.snapshot().await?;
    let sql = format!(
        "SELECT t.message_id, t.emoji, t.count, EXISTS (SELECT 1 FROM reaction r WHERE r.workspace_id = $1 \
         AND r.message_id = t.message_id AND r.emoji = t.emoji AND r.member_id = $2) AS mine \
         FROM reaction_total t WHERE t.workspace_id = $1 AND t.message_id IN ({}) ORDER BY t.first_seq",
        placeholders(3, ids.len())
    );
    let mut values = vec![view.id().0.into(), view.me().id.0.into()];
    values.extend(ids.iter().map(|id| id.0.into()));
    let mut reactions: HashMap<MessageId, Vec<ReactionCount>> = HashMap::new();
    for row in snapshot.query_all_raw(statement(&*snapshot, sql, values)).await? {
        let emoji = row.try_get("", "emoji")?;
        let counted =
            ReactionCount { emoji, count: row.try_get("", "count")?, viewer_reacted: row.try_get("", "mine")? };
        reactions.entry(row.try_get("", "message_id")?).or_default().push(counted);
    }
    Ok(reactions)
}

/// Returns the first [`MAX_LISTED_MEMBERS`] members who added each emoji to messages that the viewer may read.
///
/// # Errors
/// Fails if the database is unavailable; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn first_members(view: &View, ids: &[MessageId]) -> Result<HashMap<(MessageId, String), Vec<MemberId>>> {
    let turn = allowance::load_permit().await?;
    let snapshot = view.snapshot().await?;
    let messages = placeholders(2, ids.len());
    let sql = match snapshot.get_database_backend() {
        DatabaseBackend::Sqlite => first_members_on_sqlite(&messages),
        _ => first_members_on_postgres(&messages),
    };
    let values = [view.id().0.into()].into_iter().chain(ids.iter().map(|id| id.0.into()));
    let rows = snapshot.query_all_raw(statement(&*snapshot, sql, values)).await?;
    turn.loaded(rows.len() * ROW_BYTES)?;
    let mut named: HashMap<(MessageId, String), Vec<MemberId>> = HashMap::new();
    for row in rows {
        let key = (row.try_get("", "message_id")?, row.try_get("", "emoji")?);
        named.entry(key).or_default().push(row.try_get("", "member_id")?);
    }
    Ok(named)
}

/// Reads only the first members of each emoji, by the index on `seq`.
fn first_members_on_postgres(messages: &str) -> String {
    format!(
        "SELECT t.message_id, t.emoji, r.member_id FROM reaction_total t CROSS JOIN LATERAL \
         (SELECT r.member_id, r.seq FROM reaction r WHERE r.workspace_id = $1 AND r.message_id = t.message_id \
          AND r.emoji = t.emoji ORDER BY r.seq LIMIT {MAX_LISTED_MEMBERS}) AS r \
         WHERE t.workspace_id = $1 AND t.message_id IN ({messages}) ORDER BY r.seq"
    )
}

/// The same for SQLite, which lacks `LATERAL`: finds the last `seq` to list and reads up to it. `CROSS JOIN` fixes the
/// join order.
fn first_members_on_sqlite(messages: &str) -> String {
    format!(
        "WITH named AS (SELECT t.message_id, t.emoji, COALESCE((SELECT r.seq FROM reaction r \
         WHERE r.workspace_id = $1 AND r.message_id = t.message_id AND r.emoji = t.emoji \
         ORDER BY r.seq LIMIT 1 OFFSET {}), {}) AS last_seq \
         FROM reaction_total t WHERE t.workspace_id = $1 AND t.message_id IN ({messages})) \
         SELECT r.message_id, r.emoji, r.member_id FROM named n CROSS JOIN reaction r WHERE r.workspace_id = $1 \
         AND r.message_id = n.message_id AND r.emoji = n.emoji AND r.seq <= n.last_seq ORDER BY r.seq",
        MAX_LISTED_MEMBERS - 1,
        Seq::MAX
    )
}
