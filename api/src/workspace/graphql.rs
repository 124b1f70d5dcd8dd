//! `Workspace`, `Boot`, `Node`, and creating a workspace.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Interface, Object, Result, SimpleObject};
use tokio::sync::OnceCell;

use super::view::View;
use super::{ChannelMentions, NAME_MAX, service};
use crate::channel::graphql::{Channel, Readings};
use crate::clock::Moment;
use crate::emoji::graphql::Emoji;
use crate::error::Error;
use crate::event::{Event, Skeleton};
use crate::file::graphql::File;
use crate::file::link;
use crate::file::upload_graphql::FileLimits;
use crate::graphql::connection::{ChannelConnection, MemberConnection, NotificationConnection};
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, id_or, viewer};
use crate::id::{ChannelId, FileId, MemberId, MessageId, WorkspaceId};
use crate::invite::graphql::Invite;
use crate::media::key::Variant;
use crate::member::graphql::{self as members, Member, member_of, target};
use crate::message::graphql::Message;
use crate::notification::graphql as notifications;
use crate::page::page;
use crate::saved_search::graphql::SavedSearch;
use crate::{channel, file, invite, member, message, notification, reading, saved_search, text};

/// Anything with an id of its own inside of a workspace.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Prefix and UUID; unique everywhere."))]
pub enum Node {
    Workspace(Workspace),
    Member(Member),
    Channel(Channel),
    Message(Message),
    File(File),
}

/// A team and all that it shares.
#[derive(Clone)]
pub struct Workspace {
    id: WorkspaceId,
    name: String,
    created_at: Moment,
    icon_id: Option<FileId>,
    channel_mentions: ChannelMentions,
    view: Option<Arc<View>>,
}

impl Workspace {
    /// The workspace of a view.
    pub fn viewed(view: Arc<View>) -> Self {
        let workspace = view.workspace();
        Self {
            id: workspace.id,
            name: workspace.name.clone(),
            created_at: workspace.created_at,
            icon_id: workspace.icon_id,
            channel_mentions: workspace.channel_mentions,
            view: Some(view.clone()),
        }
    }

    /// The workspace as an event carries it.
    pub fn of_event(event: &Event) -> Option<Self> {
        let name = event.body.name.clone().unwrap_or_default();
        let (icon_id, channel_mentions) = match event.skeleton {
            Skeleton::WorkspaceCreated => (None, ChannelMentions::default()),
            Skeleton::WorkspaceUpdated { icon_id, channel_mentions } => (icon_id, channel_mentions),
            _ => return None,
        };
        Some(Self { id: event.workspace_id, name, created_at: event.at, icon_id, channel_mentions, view: None })
    }

    fn view(&self) -> Result<&Arc<View>, Error> {
        self.view.as_ref().ok_or_else(|| Error::internal("an event does not carry this"))
    }
}

/// A team and all that it shares. Everything in one answer is as it stood at one number of its log.
#[Object]
impl Workspace {
    /// `wks_` and a UUID.
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.name
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        self.created_at
    }

    /// Where its picture is: a path on this server, for members.
    async fn icon_url(&self) -> Option<String> {
        self.icon_id.map(|icon_id| link::path(self.id, icon_id, Variant::Small))
    }

    /// Who may mention a whole channel, by `<!channel>` or `<!here>`. In direct channels everybody may.
    async fn channel_mentions(&self) -> ChannelMentions {
        self.channel_mentions
    }

    /// Its custom emoji, by name; at most 1,000.
    #[graphql(complexity = "50 * child_complexity + 1")]
    async fn emoji(&self) -> Result<Vec<Emoji>> {
        Ok(self.view()?.workspace().emoji().map(|emoji| Emoji::of(self.id, emoji)).collect())
    }

    /// How large files may be, and how much room there is.
    async fn file_limits(&self) -> Result<FileLimits> {
        Ok(file::quota::limits(self.view()?).await?.into())
    }

    /// The number of the log that this answer is at.
    async fn seq(&self) -> Result<Position> {
        Ok(Position(self.view()?.seq()))
    }

    /// The viewer's member.
    async fn me(&self) -> Result<Member> {
        Ok(Member(self.view()?.me().clone()))
    }

    /// How many members it has.
    async fn member_count(&self) -> Result<i32> {
        Ok(i32::try_from(self.view()?.workspace().active_count()).unwrap_or(i32::MAX))
    }

    /// Its members by name; with `search` those whose name or handle contains it, the best first: who is called so, whose
    /// name begins so, of whose name a word begins so, others.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn members(
        &self,
        #[graphql(desc = "Items from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "Items from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
        #[graphql(desc = "A part of a name or handle, up to 80 characters.")] search: Option<String>,
    ) -> Result<MemberConnection> {
        text::at_most("search", search.as_deref().unwrap_or_default(), NAME_MAX)?;
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        Ok(members::connection(member::service::page(self.view()?, search.as_deref(), page).await?))
    }

    /// Public channels, and private ones that the viewer is in, by name; with `search` those whose name contains it, the
    /// best first, as with `members`. Direct channels are left out.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn channels(
        &self,
        #[graphql(desc = "Items from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "Items from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
        #[graphql(desc = "A part of a name, up to 80 characters.")] search: Option<String>,
    ) -> Result<ChannelConnection> {
        text::at_most("search", search.as_deref().unwrap_or_default(), NAME_MAX)?;
        let view = self.view()?;
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        Ok(channel::graphql::connection(view, channel::service::list(view, search.as_deref(), page).await?))
    }

    /// Invites that still work, newest first; at most 200. Only owners and admins.
    #[graphql(complexity = "50 * child_complexity + 1")]
    async fn invites(&self) -> Result<Vec<Invite>> {
        let view = self.view()?;
        let invites = invite::service::list(view).await?;
        Ok(invites.into_iter().map(|row| Invite { row, view: view.clone() }).collect())
    }

    /// The searches that the viewer has saved, the oldest first; at most 50.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn saved_searches(&self) -> Result<Vec<SavedSearch>> {
        let saved = saved_search::service::list(self.view()?).await?;
        Ok(saved.into_iter().map(SavedSearch::from).collect())
    }

    /// What concerns the viewer: mentions, replies, direct messages. In the order of the log; the newest
    /// are `last`.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn notifications(
        &self,
        #[graphql(desc = "Items from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "Items from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<NotificationConnection> {
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        Ok(notifications::connection(self.view()?, &page).await?)
    }
}

/// How many items a page may have, for the cost of a document.
pub fn page_cost(first: Option<i32>, last: Option<i32>) -> usize {
    let wanted = first.or(last).and_then(|n| usize::try_from(n).ok()).unwrap_or(crate::page::DEFAULT);
    wanted.min(crate::page::MAX)
}

/// All that a client needs to begin, at one number of the log. Then it subscribes to `events` after
/// `seq`, and never asks again. It has no list of members: people are loaded as they are seen.
pub struct Boot {
    view: Arc<View>,
}

/// All that a client needs to begin, at one number of the log. Then it subscribes to `events` after
/// `seq`, and need not ask again. It has no list of members: people are loaded as they are seen.
#[Object]
impl Boot {
    /// The workspace.
    async fn workspace(&self) -> Workspace {
        Workspace::viewed(self.view.clone())
    }

    /// The viewer's member.
    async fn me(&self) -> Member {
        Member(self.view.me().clone())
    }

    /// The channels that the viewer is in, direct ones among them; at most 1,200.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn channels(&self) -> Vec<Channel> {
        let readings: Readings = Arc::new(OnceCell::new());
        let mine = self.view.my_channels();
        mine.map(|channel| Channel::viewed(&self.view, channel, Some(readings.clone()))).collect()
    }

    /// The number that all of this is at: the cursor for `events`.
    async fn seq(&self) -> Position {
        Position(self.view.seq())
    }

    /// The revision of what is private to the viewer (readings, notifications): for `events`.
    async fn private_rev(&self) -> Result<Position> {
        let snapshot = self.view.snapshot().await?;
        Ok(Position(reading::service::private_rev(&*snapshot, self.view.id(), self.view.me().id).await?))
    }

    /// Notifications that the viewer has not read, in channels that they are in; counted up to 1,000, which means so
    /// many or more.
    async fn unread_notifications(&self) -> Result<i32> {
        let snapshot = self.view.snapshot().await?;
        let unread = notification::unread::count(&*snapshot, self.view.id(), self.view.me().id).await?;
        Ok(unread.shown())
    }
}

#[derive(Default)]
pub struct WorkspaceQuery;

#[Object]
impl WorkspaceQuery {
    /// A workspace that the viewer is a member of.
    async fn workspace(&self, context: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Workspace> {
        let id = crate::graphql::id("id", &id)?;
        Ok(Workspace::viewed(View::open(app(context)?, viewer(context)?, id).await?))
    }

    /// All that a client needs to begin, at one number of the log.
    async fn boot(&self, context: &Context<'_>, #[graphql(desc = "The workspace.")] workspace_id: ID) -> Result<Boot> {
        let id = id("workspaceId", &workspace_id)?;
        Ok(Boot { view: View::open(app(context)?, viewer(context)?, id).await? })
    }

    /// Anything in a workspace by its id; null if there is no such thing that the viewer may see.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Node>> {
        let workspace = crate::graphql::id("workspaceId", &workspace_id)?;
        let view = View::open(app(context)?, viewer(context)?, workspace).await?;
        match node(&view, &id).await {
            Ok(node) => Ok(Some(node)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

async fn node(view: &Arc<View>, id: &ID) -> Result<Node, Error> {
    if let Ok(id) = id.parse::<MessageId>() {
        let row = message::service::find(view, id).await?;
        return Ok(Node::Message(Message::viewed(view, row)));
    }
    if let Ok(id) = id.parse::<ChannelId>() {
        return Ok(Node::Channel(Channel::viewed(view, view.channel(id)?, None)));
    }
    if let Ok(id) = id.parse::<FileId>() {
        return Ok(Node::File(File::viewed(view, file::service::find(view, id).await?)));
    }
    if let Ok(id) = id.parse::<MemberId>() {
        return Ok(Node::Member(member_of(view, id)?));
    }
    match id.parse::<WorkspaceId>() {
        Ok(id) if id == view.id() => Ok(Node::Workspace(Workspace::viewed(view.clone()))),
        Ok(_) => Err(Error::NotFound("node")),
        Err(_) => Err(Error::invalid("id", "Not an id of a workspace, member, channel, message or file.")),
    }
}

/// What a new workspace is to be.
#[derive(InputObject)]
pub struct CreateWorkspaceInput {
    /// `wks_` and a UUIDv7 minted by the client, which makes a retry harmless; left out, the server mints
    /// it. So it is with every `id` and `commandId`.
    id: Option<ID>,
    /// Up to 80 characters.
    name: String,
    /// The founder's handle; made from their name when left out.
    handle: Option<String>,
}

/// A new workspace.
#[derive(SimpleObject)]
pub struct CreateWorkspacePayload {
    /// The workspace, with its founder in the channel `general`.
    workspace: Workspace,
}

/// What to change of a workspace; what is left out stays.
#[derive(InputObject)]
pub struct UpdateWorkspaceInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A new name, up to 80 characters.
    name: Option<String>,
    /// A new picture: one that the viewer has uploaded and not used yet.
    icon_id: Option<ID>,
    /// To be without a picture.
    remove_icon: Option<bool>,
    /// Who may mention a whole channel.
    channel_mentions: Option<ChannelMentions>,
}

/// The changed workspace.
#[derive(SimpleObject)]
pub struct UpdateWorkspacePayload {
    /// The workspace.
    workspace: Workspace,
    /// The number of the event; where the log stood if there was nothing to do.
    seq: Position,
}

/// What is to become of a picture: another, none, or nothing at all.
///
/// # Errors
/// `BAD_USER_INPUT` if it says both.
pub fn picture(field: &'static str, new: Option<&ID>, remove: Option<bool>) -> Result<Option<Option<FileId>>, Error> {
    match (new, remove.unwrap_or(false)) {
        (Some(_), true) => Err(Error::invalid(field, "Give either a picture or that there is to be none.")),
        (Some(new), false) => Ok(Some(Some(id(field, new)?))),
        (None, true) => Ok(Some(None)),
        (None, false) => Ok(None),
    }
}

#[derive(Default)]
pub struct WorkspaceMutation;

#[Object]
impl WorkspaceMutation {
    /// Creates a workspace. The viewer becomes its owner and is in its first channel, `general`.
    async fn create_workspace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CreateWorkspaceInput,
    ) -> Result<CreateWorkspacePayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let id = id_or("id", input.id.as_ref(), WorkspaceId::mint)?;
        let receipt = service::create(app, caller, id, &input.name, input.handle.as_deref()).await?;
        Ok(CreateWorkspacePayload { workspace: Workspace::viewed(View::after(app, caller, &receipt)?) })
    }

    /// Changes the name or the picture of a workspace, or who may mention a whole channel. Only owners and admins.
    async fn update_workspace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: UpdateWorkspaceInput,
    ) -> Result<UpdateWorkspacePayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let icon = picture("iconId", input.icon_id.as_ref(), input.remove_icon)?;
        let mentions = input.channel_mentions;
        let receipt = service::update(app, caller, workspace_id, command, input.name, icon, mentions).await?;
        let seq = Position(receipt.seq());
        Ok(UpdateWorkspacePayload { workspace: Workspace::viewed(View::after(app, caller, &receipt)?), seq })
    }
}
