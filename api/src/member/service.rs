//! Members: change, remove, leave, list.

use super::Role;
use super::command::Command;
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{CommandId, FileId, MemberId, WorkspaceId};
use crate::log::Receipt;
use crate::page::{Page, Slice};
use crate::text;
use crate::viewer::Viewer;
use crate::workspace::NAME_MAX;
use crate::workspace::state::Member;
use crate::workspace::view::View;

/// Changes the viewer's own handle or name.
///
/// # Errors
/// `BAD_USER_INPUT`, `CONFLICT` for a handle that is taken.
pub async fn update(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    handle: Option<String>,
    name: Option<String>,
    avatar: Option<Option<FileId>>,
) -> Result<Receipt> {
    let name = name.map(|name| text::name("name", &name, NAME_MAX)).transpose()?;
    app.submit(viewer, workspace_id, id, Command::Update { handle, name, avatar }).await
}

/// Gives a member a role.
///
/// # Errors
/// `FORBIDDEN` unless the viewer is an owner, `CONFLICT` for the last owner.
pub async fn set_role(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    member_id: MemberId,
    role: Role,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::SetRole { member_id, role }).await
}

/// Removes a member from the workspace.
///
/// # Errors
/// `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` for the last owner.
pub async fn remove(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    member_id: MemberId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::Remove { member_id }).await
}

/// The viewer leaves the workspace.
///
/// # Errors
/// `CONFLICT` for the last owner.
pub async fn leave(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, id: CommandId) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::Leave).await
}

/// The active members who have these handles now. What can be no handle is nobody's.
///
/// # Errors
/// `BAD_USER_INPUT` for more than a page of them.
pub fn with_handles(view: &View, handles: &[String]) -> Result<Vec<MemberId>> {
    if handles.len() > crate::page::MAX {
        return Err(Error::invalid("handles", format!("At most {} handles at once.", crate::page::MAX)));
    }
    let normal = handles.iter().filter_map(|handle| text::handle("handles", handle, super::HANDLE_MAX).ok());
    Ok(normal.filter_map(|handle| view.workspace().handle(&handle)).collect())
}

/// What orders members: their name, then their id.
pub fn key(member: &Member) -> String {
    format!("{}\u{1}{}", member.name.to_lowercase(), member.id)
}

/// A page of the active members whose name or handle contains `search`, by name.
pub fn page<'a>(
    members: impl Iterator<Item = &'a std::sync::Arc<Member>>,
    search: Option<&str>,
    page: &Page<String>,
) -> Slice<Member> {
    let search = search.map(|text| text.trim().trim_start_matches('@').to_lowercase()).filter(|text| !text.is_empty());
    let fits = |member: &&std::sync::Arc<Member>| {
        member.active
            && search
                .as_ref()
                .is_none_or(|text| member.handle.contains(text) || member.name.to_lowercase().contains(text))
    };
    let mut found: Vec<(String, &std::sync::Arc<Member>)> =
        members.filter(fits).map(|member| (key(member), member)).collect();
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    crate::page::of_sorted(found, page, |(key, _)| key, |(_, member)| (***member).clone())
}
