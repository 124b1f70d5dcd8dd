//! Reactions: add, remove, and read them for several messages at once.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseBackend};

use super::NAMED_MAX;
use super::command::Command;
use super::form;
use crate::allowance;
use crate::app::App;
use crate::db::{places, statement};
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::{CommandId, MemberId, MessageId, WorkspaceId};
use crate::log::Receipt;
use crate::viewer::Viewer;
use crate::workspace::view::View;

/// Bytes that a row takes, about.
const ROW_BYTES: usize = 100;
/// The most bytes of an emoji that are looked at.
const BYTES_MAX: usize = 256;

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
    app.submit(viewer, workspace_id, id, Command::Add { message_id, emoji }).await
}

/// Takes the viewer's reaction back.
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
    app.submit(viewer, workspace_id, id, Command::Remove { message_id, emoji }).await
}

fn check(emoji: &str) -> Result<String> {
    let short = Some(emoji).filter(|emoji| emoji.len() <= BYTES_MAX);
    short.and_then(form::normal).ok_or_else(|| Error::invalid("emoji", "This is not one emoji."))
}

/// One emoji on a message: how many put it there, and whether the viewer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub emoji: String,
    pub count: i64,
    pub viewer_reacted: bool,
}

/// The reactions on messages that the viewer may read, in the order in which each emoji came. However many members
/// reacted, as many rows are read as there are different emoji.
///
/// # Errors
/// When the database does not answer.
pub async fn of_messages(view: &View, ids: &[MessageId]) -> Result<HashMap<MessageId, Vec<Counted>>> {
    let snapshot = view.snapshot().await?;
    let sql = format!(
        "SELECT t.message_id, t.emoji, t.count, EXISTS (SELECT 1 FROM reaction r WHERE r.workspace_id = $1 \
         AND r.message_id = t.message_id AND r.emoji = t.emoji AND r.member_id = $2) AS mine \
         FROM reaction_total t WHERE t.workspace_id = $1 AND t.message_id IN ({}) ORDER BY t.first_seq",
        places(3, ids.len())
    );
    let mut values = vec![view.id().0.into(), view.me().id.0.into()];
    values.extend(ids.iter().map(|id| id.0.into()));
    let mut reactions: HashMap<MessageId, Vec<Counted>> = HashMap::new();
    for row in snapshot.query_all_raw(statement(&*snapshot, sql, values)).await? {
        let emoji = row.try_get("", "emoji")?;
        let counted = Counted { emoji, count: row.try_get("", "count")?, viewer_reacted: row.try_get("", "mine")? };
        reactions.entry(row.try_get("", "message_id")?).or_default().push(counted);
    }
    Ok(reactions)
}

/// The first [`NAMED_MAX`] who put each emoji on messages that the viewer may read.
///
/// # Errors
/// When the database does not answer; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn named(view: &View, ids: &[MessageId]) -> Result<HashMap<(MessageId, String), Vec<MemberId>>> {
    let turn = allowance::turn().await?;
    let snapshot = view.snapshot().await?;
    let messages = places(2, ids.len());
    let sql = match snapshot.get_database_backend() {
        DatabaseBackend::Sqlite => named_on_sqlite(&messages),
        _ => named_on_postgres(&messages),
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

/// The first of each emoji by the index in which they have an order, and no other.
fn named_on_postgres(messages: &str) -> String {
    format!(
        "SELECT t.message_id, t.emoji, r.member_id FROM reaction_total t CROSS JOIN LATERAL \
         (SELECT r.member_id, r.seq FROM reaction r WHERE r.workspace_id = $1 AND r.message_id = t.message_id \
          AND r.emoji = t.emoji ORDER BY r.seq LIMIT {NAMED_MAX}) AS r \
         WHERE t.workspace_id = $1 AND t.message_id IN ({messages}) ORDER BY r.seq"
    )
}

/// The same without LATERAL, which SQLite does not have: up to the last of the first. CROSS JOIN keeps the order of the
/// loops.
fn named_on_sqlite(messages: &str) -> String {
    format!(
        "WITH named AS (SELECT t.message_id, t.emoji, COALESCE((SELECT r.seq FROM reaction r \
         WHERE r.workspace_id = $1 AND r.message_id = t.message_id AND r.emoji = t.emoji \
         ORDER BY r.seq LIMIT 1 OFFSET {}), {}) AS last_seq \
         FROM reaction_total t WHERE t.workspace_id = $1 AND t.message_id IN ({messages})) \
         SELECT r.message_id, r.emoji, r.member_id FROM named n CROSS JOIN reaction r WHERE r.workspace_id = $1 \
         AND r.message_id = n.message_id AND r.emoji = n.emoji AND r.seq <= n.last_seq ORDER BY r.seq",
        NAMED_MAX - 1,
        Seq::MAX
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_may_stand_anywhere() {
        let peace = check("\u{270c}\u{1f3fd}").unwrap();
        for written in ["\u{270c}\u{fe0f}\u{1f3fd}", "\u{270c}\u{1f3fd}\u{fe0f}", " \u{270c}\u{1f3fd} "] {
            assert_eq!(check(written).unwrap(), peace, "{written:?}");
        }
        assert_eq!(check("\u{1f44d}\u{1f3fd}\u{fe0f}").unwrap(), "\u{1f44d}\u{1f3fd}");
        // Put back where the standard form has them.
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
