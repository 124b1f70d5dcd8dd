//! Custom emoji: create and delete.

use super::NAME_MAX;
use super::command::Command;
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{CommandId, EmojiId, FileId, WorkspaceId};
use crate::log::Receipt;
use crate::viewer::Viewer;

/// Makes an emoji of a picture that the viewer has uploaded.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `CONFLICT`.
pub async fn create(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    emoji_id: EmojiId,
    name: &str,
    file_id: FileId,
) -> Result<Receipt> {
    let name = checked(name)?;
    app.submit(viewer, workspace_id, CommandId(emoji_id.0), Command::Create { emoji_id, name, file_id }).await
}

/// Deletes an emoji. Where it stands in texts and reactions its name is shown.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`.
pub async fn delete(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    emoji_id: EmojiId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::Delete { emoji_id }).await
}

/// The name of an emoji, with or without its colons.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn checked(name: &str) -> Result<String> {
    let name = name.trim().trim_matches(':').to_lowercase();
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '+'));
    if !fits || !(2..=NAME_MAX).contains(&name.len()) {
        let why = format!("A name has from 2 to {NAME_MAX} letters a to z, digits, '_', '-' and '+'.");
        return Err(Error::invalid("name", why));
    }
    Ok(name)
}

/// The name inside of `:name:`.
pub fn named(text: &str) -> Option<&str> {
    let name = text.strip_prefix(':')?.strip_suffix(':')?;
    checked(name).is_ok_and(|checked| checked == name).then_some(name)
}
