//! Custom emoji operations: create and delete.

use super::create::CreateEmoji;
use super::delete::DeleteEmoji;
use crate::app::App;
use crate::ground::error::Result;
use crate::ground::id::{CommandId, EmojiId, FileId, WorkspaceId};
use crate::log::Receipt;
use crate::model::emoji::require_valid_name;
use crate::model::viewer::Viewer;

/// Creates an emoji from a picture that the viewer uploaded.
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
    let name = require_valid_name(name)?;
    app.submit(viewer, workspace_id, CommandId(emoji_id.0), CreateEmoji { emoji_id, name, file_id }).await
}

/// Deletes an emoji. Texts and reactions that use it show its name instead.
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
    app.submit(viewer, workspace_id, id, DeleteEmoji { emoji_id }).await
}
