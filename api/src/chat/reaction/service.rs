//! Reaction operations: add, remove, and read for several messages at once.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseBackend};

use super::add::AddReaction;
use super::form;
use super::remove::RemoveReaction;
use crate::app::App;
use crate::chat::workspace::view::View;
use crate::ground::allowance;
use crate::ground::db::{placeholders, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::{CommandId, MemberId, MessageId, WorkspaceId};
use crate::log::Receipt;
use crate::model::event::Seq;
use crate::model::reaction::MAX_LISTED_MEMBERS;
use crate::model::viewer::Viewer;

/// Approximate size of a row in bytes.
const ROW_BYTES: usize = 100;
/// Maximum length of an emoji in bytes, checked before it is normalized.
const MAX_EMOJI_BYTES: usize = 256;

/// Adds the viewer's reaction.
///
/// # Errors
/// `BAD_USER_INPUT` unless it is one emoji, `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` at the limit.
pub async fn add(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    message_id: MessageId,
    emoji: &str,
) -> Result<Receipt> {
    let emoji = check(emoji)?;
    app.submit(viewer, workspace_id, id, AddReaction { message_id, emoji }).await
}

/// Removes the viewer's reaction.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN`.
pub async fn remove(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    message_id: MessageId,
    emoji: &str,
) -> Result<Receipt> {
    let emoji = check(emoji)?;
    app.submit(viewer, workspace_id, id, RemoveReaction { message_id, emoji }).await
}

fn check(emoji: &str) -> Result<String> {
    let short = Some(emoji).filter(|emoji| emoji.len() <= MAX_EMOJI_BYTES);
    let expected = "Expected exactly one Unicode emoji, or the :name: of a custom emoji.";
    short.and_then(form::normalize).ok_or_else(|| Error::invalid("emoji", expected))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_misplaced_variation_selectors() {
        let peace = check("\u{270c}\u{1f3fd}").unwrap();
        for written in ["\u{270c}\u{fe0f}\u{1f3fd}", "\u{270c}\u{1f3fd}\u{fe0f}", " \u{270c}\u{1f3fd} "] {
            assert_eq!(check(written).unwrap(), peace, "{written:?}");
        }
        assert_eq!(check("\u{1f44d}\u{1f3fd}\u{fe0f}").unwrap(), "\u{1f44d}\u{1f3fd}");
        // Selectors are restored where the fully qualified form has them.
        for written in ["\u{2764}", "\u{2764}\u{fe0f}"] {
            assert_eq!(check(written).unwrap(), "\u{2764}\u{fe0f}");
        }
        let flag = "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}";
        assert_eq!(check(flag).unwrap(), flag);
        for wrong in ["", "\u{fe0f}", "a", "\u{1f44d}\u{1f44d}", "\u{1f44d}a"] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }
}
