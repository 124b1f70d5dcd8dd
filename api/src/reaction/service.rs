//! Reactions: add, remove, and read them for several messages at once.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::command::Command;
use super::entity::{Column, Entity, Model};
use super::form;
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{CommandId, MessageId, WorkspaceId};
use crate::log::Receipt;
use crate::viewer::Viewer;
use crate::workspace::view::View;

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
    form::normal(emoji).ok_or_else(|| Error::invalid("emoji", "This is not one emoji."))
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
