//! Reactions: add, remove, and read them for several messages at once.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::command::Command;
use super::entity::{Column, Entity, Model};
use crate::app::App;
use crate::emoji;
use crate::error::{Error, Result};
use crate::id::{CommandId, MessageId, WorkspaceId};
use crate::log::Receipt;
use crate::viewer::Viewer;
use crate::workspace::view::View;

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

/// One emoji, in its full form, so that ❤ and ❤️ are one reaction; or a custom one as `:name:`.
fn check(emoji: &str) -> Result<String> {
    if emoji.len() <= BYTES_MAX && emoji::named(emoji.trim()).is_some() {
        return Ok(emoji.trim().to_owned());
    }
    let wrong = || Error::invalid("emoji", "This is not one emoji.");
    let emoji = Some(emoji).filter(|emoji| emoji.len() <= BYTES_MAX).ok_or_else(wrong)?.trim();
    // Some systems write selectors where the standard has none, such as before or behind a skin tone.
    let bare: String = emoji.chars().filter(|c| !matches!(c, '\u{fe0e}' | '\u{fe0f}')).collect();
    let found = emojis::get(emoji).or_else(|| emojis::get(&bare)).ok_or_else(wrong)?;
    Ok(found.as_str().to_owned())
}

/// The reactions on messages that the viewer may read, in the order in which each emoji came.
///
/// # Errors
/// When the database does not answer.
pub async fn of_messages(view: &View, ids: &[MessageId]) -> Result<HashMap<MessageId, Vec<Model>>> {
    let rows = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::MessageId.is_in(ids.iter().copied()))
        .order_by_asc(Column::Seq)
        .all(&*view.snapshot().await?)
        .await?;
    let mut reactions: HashMap<MessageId, Vec<Model>> = HashMap::new();
    for row in rows {
        reactions.entry(row.message_id).or_default().push(row);
    }
    Ok(reactions)
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
