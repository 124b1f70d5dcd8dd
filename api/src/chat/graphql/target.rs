//! The target of a mutation: the workspace and the object that its input names, and the ID of its command.

use std::sync::Arc;

use async_graphql::{Context, ID};

use super::context::{app, id, id_or, new_id_in, viewer};
use crate::app::App;
use crate::chat::workspace::memberships;
use crate::chat::workspace::view::View;
use crate::ground::error::Result;
use crate::ground::id::{CommandId, GlobalId, WorkspaceId, WorkspaceScoped};
use crate::log::{Command, Receipt};
use crate::model::viewer::Viewer;

/// The target of a mutation of the viewer. It is created before the input is checked, so that callers without
/// authentication receive `UNAUTHENTICATED`.
pub struct Target<'a, T = ()> {
    pub app: &'a App,
    pub viewer: &'a Viewer,
    pub workspace_id: WorkspaceId,
    /// The object. `()` if the input names only a workspace.
    pub id: T,
    command_id: CommandId,
}

impl<'a> Target<'a> {
    /// The target of an input that names a workspace.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `BAD_USER_INPUT`.
    pub fn workspace(context: &Context<'a>, workspace_id: &ID, command_id: Option<&ID>) -> Result<Self> {
        let (app, viewer) = (app(context)?, viewer(context)?);
        let workspace_id = id("workspaceId", workspace_id)?;
        Ok(Self { app, viewer, workspace_id, id: (), command_id: id_or("commandId", command_id, CommandId::mint)? })
    }
}

impl<'a, T: WorkspaceScoped> Target<'a, T> {
    /// The target of an input that names an object.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `BAD_USER_INPUT`.
    pub fn object(context: &Context<'a>, field: &'static str, given: &ID, command_id: Option<&ID>) -> Result<Self> {
        let (app, viewer) = (app(context)?, viewer(context)?);
        let GlobalId { workspace_id, id } = id(field, given)?;
        Ok(Self { app, viewer, workspace_id, id, command_id: id_or("commandId", command_id, CommandId::mint)? })
    }

    /// The target of an input that creates an object. The ID of the object is also that of the command.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `BAD_USER_INPUT`.
    pub fn new_object(context: &Context<'a>, workspace_id: &ID, given: Option<&ID>, mint: fn() -> T) -> Result<Self> {
        let (app, viewer) = (app(context)?, viewer(context)?);
        let workspace_id = id("workspaceId", workspace_id)?;
        let id = new_id_in(workspace_id, "id", given, mint)?;
        Ok(Self { app, viewer, workspace_id, id, command_id: CommandId(id.uuid()) })
    }
}

impl<T> Target<'_, T> {
    /// Submits the command of the mutation.
    ///
    /// # Errors
    /// `NOT_FOUND` if the viewer was never a member, and those of [`App::submit`].
    pub async fn submit(&self, command: impl Command + 'static) -> Result<Receipt> {
        memberships::require(self.app, self.viewer.account_id, self.workspace_id).await?;
        self.app.submit(self.viewer, self.workspace_id, self.command_id, command).await
    }

    /// The view right after the command.
    ///
    /// # Errors
    /// `NOT_FOUND` if the viewer is no longer a member.
    pub fn view(&self, receipt: &Receipt) -> Result<Arc<View>> {
        View::after(self.app, self.viewer, receipt)
    }
}
