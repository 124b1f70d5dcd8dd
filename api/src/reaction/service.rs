//! Reactions: add, remove, and read them for several messages at once.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::NAMED_MAX;
use super::command::Command;
use super::entity::{Column, Entity};
use super::form;
use crate::allowance;
use crate::app::App;
use crate::db::many::among;
use crate::db::{places, statement};
use crate::error::{Error, Result};
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
    let on_these = || {
        let which = among(&*snapshot, Column::MessageId, ids.iter().copied());
        Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(which).select_only()
    };
    let mine = on_these().filter(Column::MemberId.eq(view.me().id)).columns([Column::MessageId, Column::Emoji]);
    let mine: HashSet<(MessageId, String)> = mine.into_tuple().all(&*snapshot).await?.into_iter().collect();
    let counted: Vec<(MessageId, String, i64)> = on_these()
        .columns([Column::MessageId, Column::Emoji])
        .column_as(Column::Seq.count(), "count")
        .group_by(Column::MessageId)
        .group_by(Column::Emoji)
        .order_by_asc(Column::Seq.min())
        .into_tuple()
        .all(&*snapshot)
        .await?;
    let mut reactions: HashMap<MessageId, Vec<Counted>> = HashMap::new();
    for (message_id, emoji, count) in counted {
        let viewer_reacted = mine.contains(&(message_id, emoji.clone()));
        reactions.entry(message_id).or_default().push(Counted { emoji, count, viewer_reacted });
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
    let sql = format!(
        "SELECT message_id, emoji, member_id FROM (SELECT message_id, emoji, member_id, seq, \
         row_number() OVER (PARTITION BY message_id, emoji ORDER BY seq) AS place \
         FROM reaction WHERE workspace_id = $1 AND message_id IN ({})) AS r WHERE place <= {NAMED_MAX} ORDER BY seq",
        places(2, ids.len())
    );
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
