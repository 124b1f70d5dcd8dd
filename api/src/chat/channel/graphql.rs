//! The `Channel` type and the mutations that create, open, join and leave channels, and change their members.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::add_members::AddChannelMembers;
use super::create::CreateChannel;
use super::join::JoinChannel;
use super::leave::LeaveChannel;
use super::open_direct::{self, OpenDirect};
use super::remove_member::RemoveChannelMember;
use crate::chat::file::graphql::{self as files, FileConnection};
use crate::chat::graphql::connection::connections;
use crate::chat::graphql::context::{id_in, ids_in, known_ids_in, open_view_of};
use crate::chat::graphql::limits::page_cost;
use crate::chat::graphql::payload::payloads;
use crate::chat::graphql::scalar::Position;
use crate::chat::graphql::target::Target;
use crate::chat::member;
use crate::chat::member::graphql::{self as members, Member, MemberConnection};
use crate::chat::message::graphql::MessageConnection;
use crate::chat::message::thread_graphql as messages;
use crate::chat::read_state::graphql::{ReadState, ReadStates};
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::clock::Timestamp;
use crate::ground::error::Error;
use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
use crate::ground::page::{self, Slice, page};
use crate::log::Receipt;
use crate::model::channel::ChannelKind;
use crate::model::channel::entity::channel;
use crate::model::file::kind::FileKind;
use crate::model::workspace::state;

/// The fields that a channel and its snapshot have in common.
#[derive(Clone)]
struct ChannelFields(Arc<state::Channel>);

/// The state of a channel at the sequence number of an event. Has the fields of `Channel` except its ID and those that
/// refer to other objects or depend on the viewer.
#[derive(SimpleObject)]
pub struct ChannelSnapshot {
    /// The ID of the channel: `chn_` followed by 52 characters.
    channel_id: ID,
    #[graphql(flatten)]
    fields: ChannelFields,
}

impl From<channel::Model> for ChannelSnapshot {
    fn from(row: channel::Model) -> Self {
        let channel_id = row.id.in_workspace(row.workspace_id).into();
        Self { channel_id, fields: ChannelFields(Arc::new(row.into())) }
    }
}

#[Object]
impl ChannelFields {
    /// Determines who can find and join the channel.
    async fn kind(&self) -> ChannelKind {
        self.0.kind
    }

    /// The name without a leading `#`. Null for direct channels.
    async fn name(&self) -> Option<&str> {
        (self.0.kind != ChannelKind::Direct).then_some(&self.0.name)
    }

    /// The topic. An empty string if none is set.
    async fn topic(&self) -> &str {
        &self.0.topic
    }

    /// When the channel was created.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When the channel was archived. Null if it is not archived. An archived channel can be read and searched. Its
    /// members can leave it, be removed from it and mark it as read; other changes fail with `CONFLICT`.
    async fn archived_at(&self) -> Option<Timestamp> {
        self.0.archived_at
    }
}

/// A channel that the viewer can read.
#[derive(Clone)]
pub struct Channel {
    fields: ChannelFields,
    view: Arc<View>,
    readable: ReadableChannel,
    read_states: Arc<ReadStates>,
}

impl Channel {
    /// Creates a channel of a response, with the loader of its read state.
    pub fn viewed(read_states: &Arc<ReadStates>, readable: ReadableChannel) -> Self {
        let (view, read_states) = (read_states.view().clone(), read_states.clone());
        Self { fields: ChannelFields(readable.channel().clone()), view, readable, read_states }
    }

    /// The channel with this ID, alone.
    ///
    /// # Errors
    /// `NOT_FOUND` if the viewer cannot read it.
    pub fn find(view: &Arc<View>, id: ChannelId) -> Result<Self, Error> {
        Ok(Self::viewed(&ReadStates::among(view, [id]), view.channel(id)?))
    }
}

/// A conversation: a public channel, a private channel or a direct channel.
#[Object]
impl Channel {
    #[graphql(flatten)]
    async fn fields(&self) -> &ChannelFields {
        &self.fields
    }

    /// The ID of the channel: `chn_` followed by 52 characters.
    pub async fn id(&self) -> ID {
        self.readable.channel().id.in_workspace(self.view.id()).into()
    }

    /// The ID of the member who created the channel. Besides owners and admins, they can rename and archive it.
    async fn creator_id(&self) -> ID {
        self.readable.channel().creator_id.in_workspace(self.view.id()).into()
    }

    /// Number of members in the channel.
    async fn member_count(&self) -> i32 {
        i32::try_from(self.readable.channel().members.len()).unwrap_or(i32::MAX)
    }

    /// Whether the viewer is a member of the channel.
    async fn viewer_is_member(&self) -> bool {
        self.readable.entered()
    }

    /// Members of the channel, ordered by name.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn members(
        &self,
        #[graphql(desc = "Number of items to return from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of items to return from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<MemberConnection> {
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        Ok(members::connection(member::query::of_channel(&self.view, &self.readable, page).await?))
    }

    /// Returns those of the given members who are in the channel, to check specific members without loading all of
    /// them.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid ID or more than 100 IDs.
    #[graphql(complexity = "ids.len().saturating_mul(child_complexity).saturating_add(1)")]
    async fn members_among(
        &self,
        #[graphql(desc = "IDs of members, maximum 100. Unknown IDs are ignored.")] ids: Vec<ID>,
    ) -> Result<Vec<Member>> {
        let ids: Vec<MemberId> = known_ids_in(self.view.id(), "ids", &ids, page::MAX)?;
        let inside = member::query::among(&self.view, &self.readable, &ids);
        Ok(inside.into_iter().map(Member).collect())
    }

    /// Members of a direct channel, including the viewer, maximum 9. Empty for public and private channels.
    async fn direct_members(&self) -> Result<Vec<Member>> {
        if self.readable.channel().kind != ChannelKind::Direct {
            return Ok(Vec::new());
        }
        let inside = self.view.workspace().members_by_number(&self.readable.channel().members);
        Ok(inside.map(|member| Member((**member).clone())).collect())
    }

    /// Messages of the channel in order of `seq`, excluding thread replies. Paginate with `first` and `after`, or with
    /// `last` and `before`. To open the channel at a certain position, pass `around` or `aroundSeq` with the page size
    /// in `first`.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid cursor or combination of arguments, `NOT_FOUND` if the message in
    /// `around` does not exist.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn messages(
        &self,
        #[graphql(desc = "Number of items to return from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of items to return from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "The ID of a message to center the page on. For a reply, the message that starts its thread."
        )]
        around: Option<ID>,
        #[graphql(desc = "A sequence number to center the page on.")] around_seq: Option<Position>,
    ) -> Result<MessageConnection> {
        let around_seq = around_seq.map(|position| position.0);
        let arguments = messages::PageArguments { first, after, last, before, around, around_seq };
        Ok(messages::connection(&self.view, &self.readable, None, arguments).await?)
    }

    /// Files sent to the channel, newest first.
    #[graphql(complexity = "page_cost(first, None).saturating_mul(child_complexity).saturating_add(1)")]
    async fn files(
        &self,
        #[graphql(desc = "Number of items to return from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns only files of this kind.")] kind: Option<FileKind>,
    ) -> Result<FileConnection> {
        Ok(files::connection(&self.view, &self.readable, kind, first, after.as_deref()).await?)
    }

    /// The viewer's read state in the channel. Null if the viewer is not a member of the channel.
    async fn read_state(&self) -> Result<Option<ReadState>> {
        if !self.readable.entered() {
            return Ok(None);
        }
        Ok(self.read_states.of(self.readable.channel().id).await?)
    }
}

connections! {
    /// A page of channels.
    ChannelConnection of
    /// A channel with its cursor.
    ChannelEdge of Channel;
}

/// Converts a page of channels into a connection.
pub fn connection(view: &Arc<View>, slice: Slice<(String, ReadableChannel)>) -> ChannelConnection {
    let read_states = ReadStates::all(view);
    ChannelConnection::new(slice, |(key, _)| page::cursor(key), |(_, channel)| Channel::viewed(&read_states, channel))
}

#[derive(Default)]
pub struct ChannelQuery;

#[Object]
impl ChannelQuery {
    /// Looks up a channel that the viewer can read: any public channel, or a private or direct channel that the viewer
    /// is in.
    ///
    /// Errors: `NOT_FOUND` if the channel does not exist or the viewer cannot read it.
    async fn channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the channel.")] id: ID,
    ) -> Result<Channel> {
        let (view, id) = open_view_of(context, "id", &id).await?;
        Ok(Channel::find(&view, id)?)
    }
}

/// Input for `createChannel`.
#[derive(InputObject)]
pub struct CreateChannelInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Client-generated ID of the new channel: `chn_`, the 26 characters of the workspace and a UUIDv7 in base32.
    /// Retrying with the same ID has no further effect. Generated by the server if omitted.
    id: Option<ID>,
    /// `PUBLIC` or `PRIVATE`. Defaults to `PUBLIC`.
    #[graphql(default_with = "ChannelKind::Public")]
    kind: ChannelKind,
    /// The name, maximum 80 characters. Converted to lower case with hyphens in place of spaces. Names of public
    /// channels are unique in the workspace.
    name: String,
    /// The topic, maximum 250 characters. Defaults to an empty string.
    #[graphql(default)]
    topic: String,
    /// IDs of members to add besides the viewer, maximum 100.
    #[graphql(default)]
    member_ids: Vec<ID>,
}

/// Input for `openDirect`.
#[derive(InputObject)]
pub struct OpenDirectInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Client-generated ID: `chn_`, the 26 characters of the workspace and a UUIDv7 in base32. Used only if the direct
    /// channel does not exist yet. Generated by the server if omitted.
    id: Option<ID>,
    /// IDs of 1 to 8 other members. To open a channel for private notes, pass only the viewer's own member ID.
    member_ids: Vec<ID>,
}

/// Input for `joinChannel`.
#[derive(InputObject)]
pub struct JoinChannelInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a public channel.
    channel_id: ID,
}

/// Input for `leaveChannel`.
#[derive(InputObject)]
pub struct LeaveChannelInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a public or private channel.
    channel_id: ID,
}

/// Input for `addToChannel`.
#[derive(InputObject)]
pub struct AddToChannelInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a public or private channel that the viewer is in.
    channel_id: ID,
    /// IDs of members of the workspace, maximum 100. Members already in the channel are ignored.
    member_ids: Vec<ID>,
}

/// Input for `removeFromChannel`.
#[derive(InputObject)]
pub struct RemoveFromChannelInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a public or private channel that the viewer is in.
    channel_id: ID,
    /// The ID of the member to remove.
    member_id: ID,
}

payloads! {
    channel: Channel, "The channel.";
    /// Return value of `createChannel`.
    CreateChannelPayload;
    /// Return value of `openDirect`.
    OpenDirectPayload;
    /// Return value of `joinChannel`.
    JoinChannelPayload;
    /// Return value of `addToChannel`.
    AddToChannelPayload;
    /// Return value of `removeFromChannel`.
    RemoveFromChannelPayload;
}

/// Return value of `leaveChannel`.
#[derive(SimpleObject)]
pub struct LeaveChannelPayload {
    /// The ID of the channel. A private channel is no longer visible to the viewer.
    channel_id: ID,
    /// The sequence number of the event, or the current end of the log if nothing changed.
    seq: Position,
}

#[derive(Default)]
pub struct ChannelMutation;

/// The channel after a command, with the sequence number of its event.
pub(super) fn changed(target: &Target<'_, ChannelId>, receipt: &Receipt) -> Result<(Channel, Position), Error> {
    Ok((Channel::find(&target.view(receipt)?, target.id)?, Position(receipt.seq())))
}

fn member_ids(workspace_id: WorkspaceId, given: &[ID]) -> Result<Vec<MemberId>, Error> {
    ids_in(workspace_id, "memberIds", given, page::MAX)
}

#[Object]
impl ChannelMutation {
    /// Creates a public or private channel. The viewer becomes a member of it.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid name, topic, kind or member list, `NOT_FOUND` if a member is not active
    /// in the workspace, `CONFLICT` if the name is taken or a channel limit is reached.
    async fn create_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: CreateChannelInput,
    ) -> Result<CreateChannelPayload> {
        let target = Target::new_object(context, &input.workspace_id, input.id.as_ref(), ChannelId::mint)?;
        let members = member_ids(target.workspace_id, &input.member_ids)?;
        let command = CreateChannel::new(target.id, input.kind, &input.name, &input.topic, members)?;
        let receipt = target.submit(command).await?;
        Ok(CreateChannelPayload::new(changed(&target, &receipt)?))
    }

    /// Opens the direct channel of the viewer and the given members. Creates it if it does not exist. There is
    /// exactly one direct channel per set of members, and its members never change.
    ///
    /// Errors: `BAD_USER_INPUT` if no member or too many members are given, `NOT_FOUND` if a member is not active in
    /// the workspace, `CONFLICT` if a channel limit is reached.
    async fn open_direct(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: OpenDirectInput,
    ) -> Result<OpenDirectPayload> {
        let target = Target::new_object(context, &input.workspace_id, input.id.as_ref(), ChannelId::mint)?;
        let members = member_ids(target.workspace_id, &input.member_ids)?;
        let receipt = target.submit(OpenDirect::new(target.id, members.clone())?).await?;
        let id = open_direct::find(&receipt.workspace, target.viewer.account_id, &members)?;
        let channel = Channel::find(&target.view(&receipt)?, id)?;
        Ok(OpenDirectPayload::new((channel, Position(receipt.seq()))))
    }

    /// Joins a public channel. Has no effect if the viewer is already a member.
    ///
    /// Errors: `NOT_FOUND` if the channel does not exist or the viewer cannot read it, `CONFLICT` if the channel is
    /// archived or the viewer's channel limit is reached.
    async fn join_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: JoinChannelInput,
    ) -> Result<JoinChannelPayload> {
        let target = Target::object(context, "channelId", &input.channel_id, input.command_id.as_ref())?;
        let receipt = target.submit(JoinChannel { channel_id: target.id }).await?;
        Ok(JoinChannelPayload::new(changed(&target, &receipt)?))
    }

    /// Leaves a public or private channel. The viewer receives no further events from it.
    ///
    /// Errors: `NOT_FOUND` if the viewer cannot read the channel, `FORBIDDEN` for a direct channel.
    async fn leave_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: LeaveChannelInput,
    ) -> Result<LeaveChannelPayload> {
        let target = Target::object(context, "channelId", &input.channel_id, input.command_id.as_ref())?;
        let receipt = target.submit(LeaveChannel { channel_id: target.id }).await?;
        Ok(LeaveChannelPayload { channel_id: input.channel_id, seq: Position(receipt.seq()) })
    }

    /// Adds members to a public or private channel that the viewer is in. They can read its full history.
    ///
    /// Errors: `BAD_USER_INPUT` for more than 100 members, `NOT_FOUND` if the channel or a member does not exist,
    /// `FORBIDDEN` for a direct channel or if the viewer is not in the channel, `CONFLICT` if the channel is archived
    /// or a channel limit is reached.
    async fn add_to_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: AddToChannelInput,
    ) -> Result<AddToChannelPayload> {
        let target = Target::object(context, "channelId", &input.channel_id, input.command_id.as_ref())?;
        let members = member_ids(target.workspace_id, &input.member_ids)?;
        let receipt = target.submit(AddChannelMembers::new(target.id, members)?).await?;
        Ok(AddToChannelPayload::new(changed(&target, &receipt)?))
    }

    /// Removes a member from a public or private channel. Requires the role `ADMIN` or `OWNER`, and the viewer must be
    /// in the channel.
    ///
    /// Errors: `FORBIDDEN` for insufficient permissions or a direct channel, `NOT_FOUND` if the channel or member does
    /// not exist, `BAD_USER_INPUT` if the member is the viewer (use `leaveChannel`).
    async fn remove_from_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: RemoveFromChannelInput,
    ) -> Result<RemoveFromChannelPayload> {
        let target = Target::object(context, "channelId", &input.channel_id, input.command_id.as_ref())?;
        let member_id = id_in(target.workspace_id, "memberId", &input.member_id)?;
        let receipt = target.submit(RemoveChannelMember { channel_id: target.id, member_id }).await?;
        Ok(RemoveFromChannelPayload::new(changed(&target, &receipt)?))
    }
}
