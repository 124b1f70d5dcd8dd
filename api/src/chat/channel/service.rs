//! Channel operations: create, open a direct channel, join, leave, add, remove, rename, set the topic, archive, list.

use super::add_members::AddChannelMembers;
use super::archive::ArchiveChannel;
use super::create::CreateChannel;
use super::join::JoinChannel;
use super::leave::LeaveChannel;
use super::open_direct::OpenDirect;
use super::remove_member::RemoveChannelMember;
use super::rename::RenameChannel;
use super::set_topic::SetChannelTopic;
use super::unarchive::UnarchiveChannel;
use crate::app::App;
use crate::chat::search::names::NameMatcher;
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::compute::Meter;
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, CommandId, MemberId, WorkspaceId};
use crate::ground::page::{self, Page, Slice};
use crate::ground::text;
use crate::log::{self, Receipt};
use crate::model::channel::{ChannelKind, MAX_ADDED_MEMBERS, MAX_DIRECT_MEMBERS, MAX_TOPIC_CHARS};
use crate::model::viewer::Viewer;
use crate::model::workspace::MAX_NAME_CHARS;
use crate::model::workspace::state::Channel;

/// Creates a public or private channel.
///
/// # Errors
/// `BAD_USER_INPUT`, `CONFLICT` if the name is taken.
pub async fn create(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, new: CreateChannel) -> Result<Receipt> {
    if new.kind == ChannelKind::Direct {
        return Err(Error::invalid("kind", "createChannel does not support DIRECT. Use openDirect."));
    }
    require_at_most(new.member_ids.len(), MAX_ADDED_MEMBERS)?;
    let (name, topic) = (parse_name(&new.name)?, parse_topic(&new.topic)?);
    let id = CommandId(new.channel_id.0);
    app.submit(viewer, workspace_id, id, CreateChannel { name, topic, ..new }).await
}

/// Opens the direct channel of the viewer and these members. Returns the existing one, if any.
///
/// # Errors
/// `BAD_USER_INPUT` for no or too many members, `NOT_FOUND`.
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
        return Err(Error::invalid("memberIds", "At least one member is required."));
    }
    require_at_most(member_ids.len(), MAX_DIRECT_MEMBERS)?;
    let command = OpenDirect { channel_id: id, member_ids: member_ids.clone() };
    let receipt = app.submit(viewer, workspace_id, CommandId(id.0), command).await?;
    let me = log::command::require_member(&receipt.workspace, viewer.account_id)?.id;
    member_ids.push(me);
    member_ids.sort_unstable();
    member_ids.dedup();
    let found = receipt.workspace.direct(&member_ids).ok_or(Error::NotFound("channel"))?;
    Ok((receipt, found))
}

fn parse_name(name: &str) -> Result<String> {
    text::parse_channel_name("name", name, MAX_NAME_CHARS)
}

fn parse_topic(topic: &str) -> Result<String> {
    text::line("topic", topic.trim().to_owned(), MAX_TOPIC_CHARS)
}

fn require_at_most(count: usize, max: usize) -> Result<()> {
    if count > max {
        return Err(Error::invalid("memberIds", format!("Too many members: maximum {max}.")));
    }
    Ok(())
}

/// Adds the viewer to a public channel.
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
    app.submit(viewer, workspace_id, id, JoinChannel { channel_id }).await
}

/// Removes the viewer from a channel.
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
    app.submit(viewer, workspace_id, id, LeaveChannel { channel_id }).await
}

/// Adds members to a channel that the viewer has joined.
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
    require_at_most(member_ids.len(), MAX_ADDED_MEMBERS)?;
    app.submit(viewer, workspace_id, id, AddChannelMembers { channel_id, member_ids }).await
}

/// Removes a member from a channel.
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
    app.submit(viewer, workspace_id, id, RemoveChannelMember { channel_id, member_id }).await
}

/// Renames a channel.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if the name is taken or the channel is archived.
pub async fn rename(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
    name: &str,
) -> Result<Receipt> {
    let name = parse_name(name)?;
    app.submit(viewer, workspace_id, id, RenameChannel { channel_id, name }).await
}

/// Sets the topic of a channel that the viewer has joined. An empty one removes it.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if the channel is archived.
pub async fn set_topic(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
    topic: &str,
) -> Result<Receipt> {
    let topic = parse_topic(topic)?;
    app.submit(viewer, workspace_id, id, SetChannelTopic { channel_id, topic }).await
}

/// Archives a channel.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`.
pub async fn archive(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, ArchiveChannel { channel_id }).await
}

/// Makes an archived channel writable again.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`.
pub async fn unarchive(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    channel_id: ChannelId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, UnarchiveChannel { channel_id }).await
}

/// Returns a page of the public and private channels that the viewer may read, by name. With `search`, returns only
/// channels whose name contains it, best matches first. With `is_archived`, returns only archived channels or only
/// others.
///
/// # Errors
/// `UNAVAILABLE` on timeout, `PAYLOAD_TOO_LARGE` if the request exceeds its allowance.
pub async fn list(
    view: &View,
    search: Option<&str>,
    is_archived: Option<bool>,
    page: Page<String>,
) -> Result<Slice<(String, ReadableChannel)>> {
    let search = search.map(|text| text.trim().trim_start_matches('#').to_lowercase()).unwrap_or_default();
    text::require_max_chars("search", &search, MAX_NAME_CHARS)?;
    let (workspace, me) = (view.workspace().clone(), view.me().clone());
    let wanted = NameMatcher::exact(&search);
    let work = move |meter: &mut Meter| {
        let is_listed = |channel: &Channel| is_archived.is_none_or(|only| channel.archived_at.is_some() == only);
        let readable = |id: &ChannelId| {
            workspace.channel(*id).filter(|channel| workspace.may_read(&me, channel) && is_listed(channel))
        };
        let Some(wanted) = wanted else {
            return page::from_ordered(workspace.channels_by_name(), &page, |id| {
                meter.count(1)?;
                Ok(readable(id).map(|channel| channel.id))
            });
        };
        let mut found = Vec::new();
        for (order, id) in workspace.channels_by_name() {
            let Some(channel) = readable(id) else { continue };
            let fit = wanted.best_match([channel.name.as_str()], meter)?;
            found.extend(fit.map(|fit| (format!("{}{order}", fit as u8), *id)));
        }
        page::from_found(found, &page)
    };
    let found = view.app().compute.run(work).await?;
    Ok(found.map(|ids| ids.into_iter().filter_map(|(key, id)| Some((key, view.channel(id).ok()?))).collect()))
}
