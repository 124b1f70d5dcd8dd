//! Channels: create, open a direct one, join, leave, add, remove, list.

use super::command::Command;
use super::{ADD_MAX, ChannelKind, DIRECT_MAX, TOPIC_MAX};
use crate::app::App;
use crate::compute::Meter;
use crate::error::{Error, Result};
use crate::id::{ChannelId, CommandId, MemberId, WorkspaceId};
use crate::log::{self, Receipt};
use crate::page::{self, Page, Slice};
use crate::search::names::Wanted;
use crate::text;
use crate::viewer::Viewer;
use crate::workspace::NAME_MAX;
use crate::workspace::view::{ReadableChannel, View};

/// What a new channel is to be.
#[derive(Debug)]
pub struct New {
    pub id: ChannelId,
    pub kind: ChannelKind,
    pub name: String,
    pub topic: String,
    pub member_ids: Vec<MemberId>,
}

/// Creates a public or private channel.
///
/// # Errors
/// `BAD_USER_INPUT`, `CONFLICT` for a name that is taken.
pub async fn create(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, new: New) -> Result<Receipt> {
    if new.kind == ChannelKind::Direct {
        return Err(Error::invalid("kind", "A direct channel is opened by openDirect."));
    }
    at_most(new.member_ids.len(), ADD_MAX)?;
    let command = Command::Create {
        channel_id: new.id,
        kind: new.kind,
        name: text::channel_name("name", &new.name, NAME_MAX)?,
        topic: text::line("topic", new.topic.trim().to_owned(), TOPIC_MAX)?,
        member_ids: new.member_ids,
    };
    app.submit(viewer, workspace_id, CommandId(new.id.0), command).await
}

/// Opens the direct channel of the viewer and these people; the one that exists, if it does.
///
/// # Errors
/// `BAD_USER_INPUT` for nobody or too many, `NOT_FOUND`.
pub async fn open_direct(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: ChannelId,
    mut member_ids: Vec<MemberId>,
) -> Result<(Receipt, ChannelId)> {
    member_ids.sort_unstable();
    member_ids.dedup();
    if member_ids.is_empty() {
        return Err(Error::invalid("memberIds", "Name somebody to talk with."));
    }
    at_most(member_ids.len(), DIRECT_MAX)?;
    let command = Command::OpenDirect { channel_id: id, member_ids: member_ids.clone() };
    let receipt = app.submit(viewer, workspace_id, CommandId(id.0), command).await?;
    let me = log::command::acting(&receipt.workspace, viewer.account_id)?.id;
    member_ids.push(me);
    member_ids.sort_unstable();
    member_ids.dedup();
    let found = receipt.workspace.direct(&member_ids).ok_or(Error::NotFound("channel"))?;
    Ok((receipt, found))
}

fn at_most(count: usize, max: usize) -> Result<()> {
    if count > max {
        return Err(Error::invalid("memberIds", format!("At most {max} people at once.")));
    }
    Ok(())
}

/// The viewer joins a public channel.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn join(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::Join { channel_id }).await
}

/// The viewer leaves a channel.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` for a direct channel.
pub async fn leave(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::Leave { channel_id }).await
}

/// Adds people to a channel that the viewer is in.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`, `BAD_USER_INPUT`.
pub async fn add(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
    member_ids: Vec<MemberId>,
) -> Result<Receipt> {
    at_most(member_ids.len(), ADD_MAX)?;
    app.submit(viewer, workspace_id, id, Command::Add { channel_id, member_ids }).await
}

/// Removes somebody from a channel.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`.
pub async fn remove(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
    member_id: MemberId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, Command::Remove { channel_id, member_id }).await
}

/// A page of the public and private channels that the viewer may read, by name; with `search` those whose name
/// contains it, the best fit first.
///
/// # Errors
/// `UNAVAILABLE` when it takes too long, `PAYLOAD_TOO_LARGE` when the request has asked for too much.
pub async fn list(view: &View, search: Option<&str>, page: Page<String>) -> Result<Slice<(String, ReadableChannel)>> {
    let search = search.map(|text| text.trim().trim_start_matches('#').to_lowercase()).unwrap_or_default();
    text::at_most("search", &search, NAME_MAX)?;
    let (workspace, me) = (view.workspace().clone(), view.me().clone());
    let wanted = Wanted::exactly(&search);
    let look = move |meter: &mut Meter| {
        let readable = |id: &ChannelId| workspace.channel(*id).filter(|channel| workspace.may_read(&me, channel));
        let Some(wanted) = wanted else {
            return page::of_ordered(workspace.channels_by_name(), &page, |id| {
                meter.count(1)?;
                Ok(readable(id).map(|channel| channel.id))
            });
        };
        let mut found = Vec::new();
        for (order, id) in workspace.channels_by_name() {
            let Some(channel) = readable(id) else { continue };
            let fit = wanted.best([channel.name.as_str()], meter)?;
            found.extend(fit.map(|fit| (format!("{}{order}", fit as u8), *id)));
        }
        page::of_found(found, &page)
    };
    let found = view.app().compute.run(look).await?;
    Ok(found.map(|ids| ids.into_iter().filter_map(|(key, id)| Some((key, view.channel(id).ok()?))).collect()))
}
