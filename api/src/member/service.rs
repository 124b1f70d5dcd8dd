//! Members: change, remove, leave, list.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;

use super::Role;
use super::command::Command;
use crate::app::App;
use crate::compute::Meter;
use crate::error::{Error, Result};
use crate::id::{CommandId, FileId, MemberId, WorkspaceId};
use crate::log::Receipt;
use crate::page::{self, Page, Slice};
use crate::search::names::Wanted;
use crate::text;
use crate::viewer::Viewer;
use crate::workspace::NAME_MAX;
use crate::workspace::state::Member;
use crate::workspace::view::{ReadableChannel, View};

/// Characters of a part of a name.
const SEARCH_MAX: usize = 80;
/// The members of a channel with so many are put in order for each page; of a larger one they are looked for among
/// all members, who are in order.
const FEW: u64 = 500;
/// Steps that putting one member in order takes.
const STEPS_OF_ONE: u64 = 100;

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
    if handles.len() > page::MAX {
        return Err(Error::invalid("handles", format!("At most {} handles at once.", page::MAX)));
    }
    let normal = handles.iter().filter_map(|handle| text::handle("handles", handle, super::HANDLE_MAX).ok());
    Ok(normal.filter_map(|handle| view.workspace().handle(&handle)).collect())
}

/// A page of the members of the workspace, by name; with `search` those whose name or handle contains it, the best fit
/// first.
///
/// # Errors
/// `UNAVAILABLE` when it takes too long, `PAYLOAD_TOO_LARGE` when the request has asked for too much.
pub async fn page(view: &View, search: Option<&str>, page: Page<String>) -> Result<Slice<(String, Arc<Member>)>> {
    let search = search.map(text::normal_handle).filter(|text| !text.is_empty());
    let Some(search) = search else {
        return page::of_ordered(view.workspace().members_by_name(), &page, |member| Ok(Some(member.clone())));
    };
    text::at_most("search", &search, SEARCH_MAX)?;
    let Some(wanted) = Wanted::exactly(&search) else { return page::of_found([], &page) };
    let workspace = view.workspace().clone();
    let look = move |meter: &mut Meter| {
        let mut found = Vec::new();
        for (order, member) in workspace.members_by_name() {
            let fit = wanted.best([member.name.as_str(), &member.handle], meter)?;
            found.extend(fit.map(|fit| (format!("{}{order}", fit as u8), member.clone())));
        }
        page::of_found(found, &page)
    };
    view.app().compute.run(look).await
}

/// A page of the members of a channel, by name.
///
/// # Errors
/// Those of [`page()`].
pub async fn of_channel(
    view: &View,
    channel: &ReadableChannel,
    page: Page<String>,
) -> Result<Slice<(String, Arc<Member>)>> {
    let (workspace, inside) = (view.workspace().clone(), channel.channel().clone());
    let look = move |meter: &mut Meter| {
        if inside.members.len() <= FEW {
            meter.count(inside.members.len() * STEPS_OF_ONE)?;
            let members = workspace.numbered_all(&inside.members).filter(|member| member.active);
            let order: OrdMap<String, Arc<Member>> = members.map(|member| (member.order(), member.clone())).collect();
            return page::of_ordered(&order, &page, |member| Ok(Some(member.clone())));
        }
        page::of_ordered(workspace.members_by_name(), &page, |member| {
            meter.count(1)?;
            Ok(inside.members.contains(member.number).then(|| member.clone()))
        })
    };
    view.app().compute.run(look).await
}

/// Which of these members are in a channel, each once.
pub fn among(view: &View, channel: &ReadableChannel, ids: &[MemberId]) -> Vec<Member> {
    let ids: BTreeSet<MemberId> = ids.iter().copied().collect();
    let known = ids.into_iter().filter_map(|id| view.workspace().member(id));
    let inside = known.filter(|member| member.active && view.workspace().is_in(member, channel.channel()));
    inside.map(|member| (**member).clone()).collect()
}
