//! Sends a message, or queues it while the database is unavailable.

use super::send::SendMessage;
use crate::app::App;
use crate::app::queue::{ACCEPTANCE_WINDOW, Queued};
use crate::chat::workspace::memberships;
use crate::ground::error::{Error, Result};
use crate::ground::id::{CommandId, WorkspaceId};
use crate::log::Receipt;
use crate::model::viewer::{CachedViewer, Viewer};

/// The sender of a message.
#[derive(Debug, Clone, Copy)]
pub enum Sender {
    Viewer(Viewer),
    CachedViewer(CachedViewer),
}

/// Sends a message. If a queue is configured, the message is queued instead while the database is unavailable or
/// earlier messages of the author are still queued; then it is not decided yet, and the result is `None`.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN` unless the viewer is in the channel, `CONFLICT`, and `UNAVAILABLE` if the
/// message can neither be stored nor queued.
pub async fn send(
    app: &App,
    sender: Sender,
    workspace_id: WorkspaceId,
    message: SendMessage,
) -> Result<Option<Receipt>> {
    message.require_valid()?;
    let (viewer, is_current) = match sender {
        Sender::Viewer(viewer) => (viewer, true),
        Sender::CachedViewer(CachedViewer(viewer)) => (viewer, false),
    };
    let queue = async |message: &SendMessage| {
        app.queue.insert(Queued::new(viewer, workspace_id, message.message_id, &(message, message.is_confirmed))?).await
    };
    if !is_current {
        return queue(&message).await.map(|()| None);
    }
    if app.queue.has_queued(&viewer, workspace_id) {
        match queue(&message).await {
            // The bus has become unavailable too. Queued messages must not block the author, so decide directly.
            Err(Error::DependencyUnavailable(_)) => {}
            queued => return queued.map(|()| None),
        }
    }
    let kept = app.queue.is_open().then(|| message.clone());
    let command_id = CommandId(message.message_id.0);
    let sent = async {
        memberships::require(app, viewer.account_id, workspace_id).await?;
        app.submit(&viewer, workspace_id, command_id, message).await
    };
    match (sent.await, kept) {
        (Err(Error::DependencyUnavailable(_)), Some(message)) if app.logs.fresh().age() < ACCEPTANCE_WINDOW => {
            queue(&message).await.map(|()| None)
        }
        (decided, _) => decided.map(Some),
    }
}
