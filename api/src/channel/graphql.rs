//! `Channel`, and creating, opening, joining, leaving, adding, removing.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use tokio::sync::OnceCell;

use super::{ChannelKind, service};
use crate::clock::Moment;
use crate::error::Error;
use crate::event::{Event, Skeleton};
use crate::file::graphql as files;
use crate::file::kind::FileKind;
use crate::graphql::connection::{ChannelConnection, FileConnection, MemberConnection, MessageConnection};
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, id_or, viewer};
use crate::id::{ChannelId, MemberId};
use crate::live::signal;
use crate::log::Receipt;
use crate::member::graphql::{self as members, Member, member_ids, target};
use crate::message::graphql as messages;
use crate::page::{self, Slice, page};
use crate::reading::graphql::Reading;
use crate::workspace::graphql::page_cost;
use crate::workspace::state;
use crate::workspace::view::{ReadableChannel, View};
use crate::{member, reading};

/// The readings of all channels of an answer, found by one question when the first is asked for.
pub type Readings = Arc<OnceCell<HashMap<ChannelId, signal::Reading>>>;

/// A channel.
#[derive(Clone)]
pub struct Channel {
    channel: Arc<state::Channel>,
    viewed: Option<Viewed>,
}

#[derive(Clone)]
struct Viewed {
    view: Arc<View>,
    readable: ReadableChannel,
    readings: Option<Readings>,
}

impl Channel {
    /// A channel that the viewer may read.
    pub fn viewed(view: &Arc<View>, readable: ReadableChannel, readings: Option<Readings>) -> Self {
        let channel = readable.channel().clone();
        Self { channel, viewed: Some(Viewed { view: view.clone(), readable, readings }) }
    }

    /// The channel as an event carries it.
    pub fn of_event(event: &Event) -> Option<Self> {
        let (id, kind, created_at) = match &event.skeleton {
            Skeleton::ChannelCreated { channel_id, channel_kind, .. } => (*channel_id, *channel_kind, event.at),
            Skeleton::ChannelJoined { channel_id, channel_kind, created_at, .. } => {
                (*channel_id, *channel_kind, *created_at)
            }
            _ => return None,
        };
        let channel = state::Channel {
            id,
            kind,
            name: event.body.name.clone().unwrap_or_default(),
            topic: event.body.topic.clone().unwrap_or_default(),
            // Nobody is shown who created it, which the joining of another does not say.
            creator_id: event.actor(),
            created_at,
            created_seq: event.seq,
            members: roaring::RoaringBitmap::new(),
        };
        Some(Self { channel: Arc::new(channel), viewed: None })
    }

    fn seen(&self) -> Result<&Viewed, Error> {
        self.viewed.as_ref().ok_or_else(|| Error::internal("an event does not carry this"))
    }
}

/// A conversation: public, private or direct.
#[Object]
impl Channel {
    /// `chn_` and a UUID.
    pub async fn id(&self) -> ID {
        self.channel.id.to_string().into()
    }

    /// Who can find and enter it.
    async fn kind(&self) -> ChannelKind {
        self.channel.kind
    }

    /// Its name, without `#`. Null for direct channels.
    async fn name(&self) -> Option<&str> {
        (self.channel.kind != ChannelKind::Direct).then_some(&self.channel.name)
    }

    /// What it is about; may be empty.
    async fn topic(&self) -> &str {
        &self.channel.topic
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        self.channel.created_at
    }

    /// How many members it has.
    async fn member_count(&self) -> Result<i32> {
        Ok(i32::try_from(self.seen()?.readable.channel().members.len()).unwrap_or(i32::MAX))
    }

    /// Whether the viewer is in it.
    async fn viewer_is_member(&self) -> Result<bool> {
        Ok(self.seen()?.readable.entered())
    }

    /// Its members, by name.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn members(
        &self,
        #[graphql(desc = "Items from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "Items from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<MemberConnection> {
        let seen = self.seen()?;
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        Ok(members::connection(member::service::of_channel(&seen.view, &seen.readable, page).await?))
    }

    /// Which of the given members are in this channel.
    #[graphql(complexity = "ids.len().saturating_mul(child_complexity).saturating_add(1)")]
    async fn members_among(
        &self,
        #[graphql(desc = "Ids of members, at most 100. Unknown ids are left out.")] ids: Vec<ID>,
    ) -> Result<Vec<Member>> {
        let seen = self.seen()?;
        let ids: Vec<MemberId> = crate::graphql::ids("ids", &ids, page::MAX)?;
        let inside = member::service::among(&seen.view, &seen.readable, &ids);
        Ok(inside.into_iter().map(Member).collect())
    }

    /// The people of a direct channel, the viewer among them, at most 9. Empty for other kinds.
    async fn direct_members(&self) -> Result<Vec<Member>> {
        let seen = self.seen()?;
        if self.channel.kind != ChannelKind::Direct {
            return Ok(Vec::new());
        }
        let inside = seen.view.workspace().numbered_all(&seen.readable.channel().members);
        Ok(inside.map(|member| Member((**member).clone())).collect())
    }

    /// Messages outside of threads, in the order of the log. Give `first` and `after`, `last` and
    /// `before`, or either `around` or `aroundSeq` with the size in `first`.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn messages(
        &self,
        #[graphql(desc = "Items from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "Items from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "The id of a message: the page around it. For a reply: around the message that begins its thread."
        )]
        around: Option<ID>,
        #[graphql(desc = "A position in the log: half the page stands before it.")] around_seq: Option<Position>,
    ) -> Result<MessageConnection> {
        let seen = self.seen()?;
        let around_seq = around_seq.map(|position| position.0);
        let wanted = messages::Wanted { first, after, last, before, around, around_seq };
        Ok(messages::connection(&seen.view, &seen.readable, None, wanted).await?)
    }

    /// The files that were sent to it, the newest first; of one kind if one is given.
    #[graphql(complexity = "page_cost(first, None).saturating_mul(child_complexity).saturating_add(1)")]
    async fn files(
        &self,
        #[graphql(desc = "Items from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only files of this kind.")] kind: Option<FileKind>,
    ) -> Result<FileConnection> {
        let seen = self.seen()?;
        Ok(files::connection(&seen.view, &seen.readable, kind, first, after.as_deref()).await?)
    }

    /// How far the viewer has read, and what they have not. Null unless they are in the channel.
    async fn reading(&self) -> Result<Option<Reading>> {
        let seen = self.seen()?;
        if !seen.readable.entered() {
            return Ok(None);
        }
        let (workspace, me) = (seen.view.id(), seen.view.me().id);
        let ask =
            |only| async move { reading::service::readings(&*seen.view.snapshot().await?, workspace, me, only).await };
        let reading = match &seen.readings {
            Some(shared) => shared.get_or_try_init(|| ask(None)).await?.get(&self.channel.id).copied(),
            None => ask(Some(self.channel.id)).await?.get(&self.channel.id).copied(),
        };
        Ok(reading.map(Reading))
    }
}

/// A page of channels as the schema has it.
pub fn connection(view: &Arc<View>, slice: Slice<(String, ReadableChannel)>) -> ChannelConnection {
    let readings: Readings = Arc::new(OnceCell::new());
    let cursor = |(key, _): &(String, ReadableChannel)| page::cursor(key);
    ChannelConnection::new(slice, cursor, |(_, channel)| Channel::viewed(view, channel, Some(readings.clone())))
}

#[derive(Default)]
pub struct ChannelQuery;

#[Object]
impl ChannelQuery {
    /// A channel that the viewer may read.
    async fn channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Channel> {
        let workspace = crate::graphql::id("workspaceId", &workspace_id)?;
        let id = crate::graphql::id("id", &id)?;
        let view = View::open(app(context)?, viewer(context)?, workspace).await?;
        Ok(Channel::viewed(&view, view.channel(id)?, None))
    }
}

/// What a new channel is to be.
#[derive(InputObject)]
pub struct CreateChannelInput {
    /// The workspace.
    workspace_id: ID,
    /// `chn_` and a UUIDv7 minted by the client: makes a retry harmless.
    id: Option<ID>,
    /// PUBLIC or PRIVATE.
    #[graphql(default_with = "ChannelKind::Public")]
    kind: ChannelKind,
    /// Up to 80 characters; written in lower case with hyphens for spaces. Public names are unique.
    name: String,
    /// Up to 250 characters.
    #[graphql(default)]
    topic: String,
    /// Who is in it from the beginning beside the viewer; at most 100.
    #[graphql(default)]
    member_ids: Vec<ID>,
}

/// Whom to talk with.
#[derive(InputObject)]
pub struct OpenDirectInput {
    /// The workspace.
    workspace_id: ID,
    /// `chn_` and a UUIDv7 minted by the client, used if there is no such channel yet.
    id: Option<ID>,
    /// From 1 to 8 others, or only the viewer for notes to oneself.
    member_ids: Vec<ID>,
}

/// Which channel to join.
#[derive(InputObject)]
pub struct JoinChannelInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A public channel.
    channel_id: ID,
}

/// Which channel to leave.
#[derive(InputObject)]
pub struct LeaveChannelInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A public or private channel.
    channel_id: ID,
}

/// Whom to add to which channel.
#[derive(InputObject)]
pub struct AddToChannelInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A channel that the viewer is in.
    channel_id: ID,
    /// Members of the workspace; at most 100.
    member_ids: Vec<ID>,
}

/// Whom to remove from which channel.
#[derive(InputObject)]
pub struct RemoveFromChannelInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A channel that the viewer is in.
    channel_id: ID,
    /// Who.
    member_id: ID,
}

macro_rules! channel_payloads {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The channel.
            channel: Channel,
            /// The number of the event; where the log stood if there was nothing to do.
            seq: Position,
        }
    )*};
}

channel_payloads! {
    /// A new channel.
    CreateChannelPayload;
    /// The one direct channel of these people.
    OpenDirectPayload;
    /// The channel that the viewer is now in.
    JoinChannelPayload;
    /// The channel with its new people.
    AddToChannelPayload;
    /// The channel without them.
    RemoveFromChannelPayload;
}

/// The channel that was left.
#[derive(SimpleObject)]
pub struct LeaveChannelPayload {
    /// Its id; a private one is out of sight now.
    channel_id: ID,
    /// The number of the event; where the log stood if there was nothing to do.
    seq: Position,
}

#[derive(Default)]
pub struct ChannelMutation;

/// The channel after a command, with the number of its event.
fn done(context: &Context<'_>, receipt: &Receipt, channel_id: ChannelId) -> Result<(Channel, Position), Error> {
    let view = View::after(app(context)?, viewer(context)?, receipt)?;
    Ok((Channel::viewed(&view, view.channel(channel_id)?, None), Position(receipt.seq())))
}

#[Object]
impl ChannelMutation {
    /// Creates a public or private channel with the viewer in it.
    async fn create_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CreateChannelInput,
    ) -> Result<CreateChannelPayload> {
        let workspace = id("workspaceId", &input.workspace_id)?;
        let new = service::New {
            id: id_or("id", input.id.as_ref(), ChannelId::mint)?,
            kind: input.kind,
            name: input.name,
            topic: input.topic,
            member_ids: member_ids(&input.member_ids)?,
        };
        let channel_id = new.id;
        let receipt = service::create(app(context)?, viewer(context)?, workspace, new).await?;
        let (channel, seq) = done(context, &receipt, channel_id)?;
        Ok(CreateChannelPayload { channel, seq })
    }

    /// Opens the direct channel of the viewer and these people. The same people always share one; to talk
    /// with one more, open another.
    async fn open_direct(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: OpenDirectInput,
    ) -> Result<OpenDirectPayload> {
        let workspace = id("workspaceId", &input.workspace_id)?;
        let channel_id = id_or("id", input.id.as_ref(), ChannelId::mint)?;
        let members = member_ids(&input.member_ids)?;
        let (receipt, found) =
            service::open_direct(app(context)?, viewer(context)?, workspace, channel_id, members).await?;
        let (channel, seq) = done(context, &receipt, found)?;
        Ok(OpenDirectPayload { channel, seq })
    }

    /// The viewer joins a public channel.
    async fn join_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: JoinChannelInput,
    ) -> Result<JoinChannelPayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let channel_id = id("channelId", &input.channel_id)?;
        let receipt = service::join(app(context)?, viewer(context)?, workspace, command, channel_id).await?;
        let (channel, seq) = done(context, &receipt, channel_id)?;
        Ok(JoinChannelPayload { channel, seq })
    }

    /// The viewer leaves a channel. Nothing of it reaches them any more.
    async fn leave_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: LeaveChannelInput,
    ) -> Result<LeaveChannelPayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let channel_id = id("channelId", &input.channel_id)?;
        let receipt = service::leave(app(context)?, viewer(context)?, workspace, command, channel_id).await?;
        Ok(LeaveChannelPayload { channel_id: input.channel_id, seq: Position(receipt.seq()) })
    }

    /// Adds people to a public or private channel that the viewer is in. They see its history.
    async fn add_to_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: AddToChannelInput,
    ) -> Result<AddToChannelPayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let channel_id = id("channelId", &input.channel_id)?;
        let members = member_ids(&input.member_ids)?;
        let receipt = service::add(app(context)?, viewer(context)?, workspace, command, channel_id, members).await?;
        let (channel, seq) = done(context, &receipt, channel_id)?;
        Ok(AddToChannelPayload { channel, seq })
    }

    /// Removes somebody from a channel. Only owners and admins, in channels that they are in.
    async fn remove_from_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: RemoveFromChannelInput,
    ) -> Result<RemoveFromChannelPayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let channel_id = id("channelId", &input.channel_id)?;
        let member_id: MemberId = id("memberId", &input.member_id)?;
        let receipt =
            service::remove(app(context)?, viewer(context)?, workspace, command, channel_id, member_id).await?;
        let (channel, seq) = done(context, &receipt, channel_id)?;
        Ok(RemoveFromChannelPayload { channel, seq })
    }
}
