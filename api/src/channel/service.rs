//! Channels: create, open a direct one, join, leave, add, remove, list.

use super::command::Command;
use super::{ADD_MAX, ChannelKind, DIRECT_MAX, TOPIC_MAX};
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{ChannelId, CommandId, MemberId, WorkspaceId};
use crate::log::{self, Receipt};
use crate::page::{self, Page, Slice};
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

/// What orders channels: their name, then their id.
pub fn key(channel: &ReadableChannel) -> String {
    format!("{}\u{1}{}", channel.channel().name, channel.channel().id)
}

/// A page of the public and private channels that the viewer may read, by name.
pub fn list(view: &View, search: Option<&str>, page: &Page<String>) -> Slice<ReadableChannel> {
    let search = search.map(|text| text.trim().trim_start_matches('#').to_lowercase()).unwrap_or_default();
    let named = view.workspace().channels().filter(|channel| channel.kind != ChannelKind::Direct);
    let readable = named.filter_map(|channel| view.channel(channel.id).ok());
    let found = readable.filter(|channel| channel.channel().name.contains(&search));
    let mut sorted: Vec<(String, ReadableChannel)> = found.map(|channel| (key(&channel), channel)).collect();
    sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    page::of_sorted(sorted, page, |(key, _)| key, |(_, channel)| channel.clone())
}
