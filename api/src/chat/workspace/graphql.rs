//! The `Workspace` and `Boot` types and the mutations that create and update workspaces.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::service;
use super::update::UpdateWorkspace;
use super::view::View;
use crate::chat::channel::graphql::{Channel, ChannelConnection};
use crate::chat::emoji::graphql::Emoji;
use crate::chat::file::link;
use crate::chat::file::upload_graphql::FileLimits;
use crate::chat::graphql::context::{app, id, id_or, picture, viewer};
use crate::chat::graphql::limits::page_cost;
use crate::chat::graphql::scalar::Position;
use crate::chat::graphql::target::Target;
use crate::chat::invite::graphql::Invite;
use crate::chat::member::graphql::{self as members, Member, MemberConnection};
use crate::chat::notification::graphql::{self as notifications, NotificationConnection};
use crate::chat::read_state::graphql::ReadStates;
use crate::chat::saved_search::graphql::SavedSearch;
use crate::chat::{channel, file, invite, member, saved_search};
use crate::ground::clock::Timestamp;
use crate::ground::id::{FileId, WorkspaceId};
use crate::ground::page::page;
use crate::ground::text;
use crate::live::{notification, read_state};
use crate::model::file::key::Variant;
use crate::model::workspace::{ChannelMentions, MAX_NAME_CHARS, entity};

/// The fields that a workspace and its snapshot have in common.
#[derive(Clone)]
struct WorkspaceFields {
    id: WorkspaceId,
    name: String,
    created_at: Timestamp,
    icon_id: Option<FileId>,
    channel_mentions: ChannelMentions,
}

/// The state of a workspace at the sequence number of an event. Has the fields of `Workspace` except its ID and those that
/// refer to other objects or depend on the viewer.
#[derive(SimpleObject)]
pub struct WorkspaceSnapshot {
    /// The ID of the workspace: `wks_` followed by 26 characters.
    workspace_id: ID,
    #[graphql(flatten)]
    fields: WorkspaceFields,
}

impl From<entity::Model> for WorkspaceSnapshot {
    fn from(row: entity::Model) -> Self {
        let entity::Model { workspace_id: id, name, created_at, icon_id, channel_mentions, .. } = row;
        Self { workspace_id: id.into(), fields: WorkspaceFields { id, name, created_at, icon_id, channel_mentions } }
    }
}

#[Object]
impl WorkspaceFields {
    /// The name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// When the workspace was created.
    async fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// The URL of the icon: a path on this server, accessible to members of the workspace. Null if none is set.
    async fn icon_url(&self) -> Option<String> {
        self.icon_id.map(|icon_id| link::path(self.id, icon_id, Variant::Small))
    }

    /// Who can mention a whole channel with `<!channel>` or `<!here>`. Not restricted in direct channels.
    async fn channel_mentions(&self) -> ChannelMentions {
        self.channel_mentions
    }
}

/// A workspace of the viewer.
#[derive(Clone)]
pub struct Workspace {
    fields: WorkspaceFields,
    view: Arc<View>,
}

impl Workspace {
    /// Creates the workspace of a view.
    pub fn viewed(view: Arc<View>) -> Self {
        let workspace = view.workspace();
        let fields = WorkspaceFields {
            id: workspace.id,
            name: workspace.name.clone(),
            created_at: workspace.created_at,
            icon_id: workspace.icon_id,
            channel_mentions: workspace.channel_mentions,
        };
        Self { fields, view }
    }
}

/// A workspace: members, channels and messages of a team. All fields of a response are consistent with each other, as
/// of the sequence number `seq`.
#[Object]
impl Workspace {
    #[graphql(flatten)]
    async fn fields(&self) -> &WorkspaceFields {
        &self.fields
    }

    /// The ID of the workspace: `wks_` followed by 26 characters.
    pub async fn id(&self) -> ID {
        self.fields.id.to_string().into()
    }

    /// Custom emoji of the workspace, ordered by name, maximum 1,000.
    #[graphql(complexity = "50 * child_complexity + 1")]
    async fn emoji(&self) -> Vec<Emoji> {
        self.view.workspace().emoji().map(|emoji| Emoji::from(&**emoji)).collect()
    }

    /// Storage limits and usage.
    async fn file_limits(&self) -> Result<FileLimits> {
        Ok(file::quota::limits(&self.view, &*self.view.snapshot().await?).await?.into())
    }

    /// The sequence number at which the response is consistent.
    async fn seq(&self) -> Position {
        Position(self.view.seq())
    }

    /// The viewer's membership.
    async fn me(&self) -> Member {
        Member(self.view.me().clone())
    }

    /// Number of active members.
    async fn member_count(&self) -> i32 {
        i32::try_from(self.view.workspace().active_count()).unwrap_or(i32::MAX)
    }

    /// Active members, ordered by name. With `search`, only members whose name or handle contains the text, best
    /// matches first: exact names, then names that start with the text, then names with a word that starts with it,
    /// then others.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid cursor, page size or search text.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn members(
        &self,
        #[graphql(desc = "Number of items to return from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of items to return from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
        #[graphql(desc = "Part of a name or handle, maximum 80 characters.")] search: Option<String>,
    ) -> Result<MemberConnection> {
        text::require_max_chars("search", search.as_deref().unwrap_or_default(), MAX_NAME_CHARS)?;
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        Ok(members::connection(member::query::page(&self.view, search.as_deref(), page).await?))
    }

    /// Public channels and the viewer's private channels, ordered by name. With `search`, only channels whose name
    /// contains the text, best matches first. Direct channels are not included, and archived channels only with
    /// `isArchived`.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid cursor, page size or search text.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn channels(
        &self,
        #[graphql(desc = "Number of items to return from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of items to return from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
        #[graphql(desc = "Part of a name, maximum 80 characters.")] search: Option<String>,
        #[graphql(
            default_with = "Some(false)",
            desc = "If true, returns only archived channels; if false, only others; if null, both. Defaults to `false`."
        )]
        is_archived: Option<bool>,
    ) -> Result<ChannelConnection> {
        text::require_max_chars("search", search.as_deref().unwrap_or_default(), MAX_NAME_CHARS)?;
        let view = &self.view;
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        let channels = channel::query::list(view, search.as_deref(), is_archived, page).await?;
        Ok(channel::graphql::connection(view, channels))
    }

    /// Active invites, newest first, maximum 200. Requires the role `ADMIN` or `OWNER`.
    ///
    /// Errors: `FORBIDDEN` for insufficient permissions.
    #[graphql(complexity = "50 * child_complexity + 1")]
    async fn invites(&self) -> Result<Vec<Invite>> {
        let view = &self.view;
        let invites = invite::service::list(view).await?;
        Ok(invites.into_iter().map(|row| Invite { row, view: view.clone() }).collect())
    }

    /// The viewer's saved searches, oldest first, maximum 50.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn saved_searches(&self) -> Result<Vec<SavedSearch>> {
        let saved = saved_search::service::list(&self.view).await?;
        Ok(saved.into_iter().map(SavedSearch::from).collect())
    }

    /// The viewer's notifications in order of `seq`: mentions, replies and direct messages. Use `last` for the newest.
    /// Mentions by name, replies and direct messages are retained for 90 days.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn notifications(
        &self,
        #[graphql(desc = "Number of items to return from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of items to return from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<NotificationConnection> {
        let page = page(first, after.as_deref(), last, before.as_deref())?;
        Ok(notifications::connection(&self.view, &page).await?)
    }
}

/// The initial state for a client.
pub struct Boot {
    view: Arc<View>,
}

/// The initial state for a client, consistent at the sequence number `seq`. Load it once, then subscribe to `events`
/// with `after` set to `seq` to receive all later changes. Does not contain the list of members; load members as needed
/// with `Query.members`.
#[Object]
impl Boot {
    /// The workspace.
    async fn workspace(&self) -> Workspace {
        Workspace::viewed(self.view.clone())
    }

    /// The viewer's membership.
    async fn me(&self) -> Member {
        Member(self.view.me().clone())
    }

    /// The viewer's channels, including direct and archived channels, maximum 1,200.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn channels(&self) -> Vec<Channel> {
        let read_states = ReadStates::all(&self.view);
        self.view.my_channels().map(|channel| Channel::viewed(&read_states, channel)).collect()
    }

    /// The sequence number of the state. Pass it as `after` to `Subscription.events`.
    async fn seq(&self) -> Position {
        Position(self.view.seq())
    }

    /// The revision of the viewer's private state: read states, notifications and saved searches. Pass it to
    /// `Subscription.events`.
    async fn private_rev(&self) -> Result<Position> {
        let snapshot = self.view.snapshot().await?;
        Ok(Position(read_state::writes::private_rev(&*snapshot, self.view.id(), self.view.me().id).await?))
    }

    /// Number of unread notifications in the viewer's channels that are not archived. Capped at 1,000: that value means
    /// 1,000 or more.
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
    /// Looks up a workspace of which the viewer is a member.
    ///
    /// Errors: `NOT_FOUND` if the workspace does not exist or the viewer is not a member.
    async fn workspace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the workspace.")] id: ID,
    ) -> Result<Workspace> {
        let id = crate::chat::graphql::context::id("id", &id)?;
        Ok(Workspace::viewed(View::open(app(context)?, viewer(context)?, id).await?))
    }

    /// Returns the initial state for a client in one consistent snapshot.
    ///
    /// Errors: `NOT_FOUND` if the workspace does not exist or the viewer is not a member.
    async fn boot(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of a workspace of which the viewer is a member.")] workspace_id: ID,
    ) -> Result<Boot> {
        let id = id("workspaceId", &workspace_id)?;
        Ok(Boot { view: View::open(app(context)?, viewer(context)?, id).await? })
    }
}

/// Input for `createWorkspace`.
#[derive(InputObject)]
pub struct CreateWorkspaceInput {
    /// Client-generated ID of the new workspace: `wks_` and a UUIDv7 in base32. Retrying with the same ID has no
    /// further effect. Generated by the server if omitted.
    id: Option<ID>,
    /// The name, maximum 80 characters.
    name: String,
    /// The viewer's handle in the workspace, maximum 32 characters. Derived from the account's name if omitted.
    handle: Option<String>,
}

/// Return value of `createWorkspace`.
#[derive(SimpleObject)]
pub struct CreateWorkspacePayload {
    /// The new workspace, with the viewer in the channel `general`.
    workspace: Workspace,
}

/// Input for `updateWorkspace`. Omitted fields remain unchanged.
#[derive(InputObject)]
pub struct UpdateWorkspaceInput {
    /// The ID of a workspace of which the viewer is a member.
    workspace_id: ID,
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The new name, maximum 80 characters.
    name: Option<String>,
    /// The ID of the new icon: an image uploaded by the viewer and not used elsewhere.
    icon_id: Option<ID>,
    /// Whether to remove the icon. Cannot be combined with `iconId`. Defaults to `false`.
    remove_icon: Option<bool>,
    /// Who can mention a whole channel.
    channel_mentions: Option<ChannelMentions>,
}

/// Return value of `updateWorkspace`.
#[derive(SimpleObject)]
pub struct UpdateWorkspacePayload {
    /// The updated workspace.
    workspace: Workspace,
    /// The sequence number of the event, or the current end of the log if nothing changed.
    seq: Position,
}

#[derive(Default)]
pub struct WorkspaceMutation;

#[Object]
impl WorkspaceMutation {
    /// Creates a workspace. The viewer becomes its owner and joins its first channel, `general`.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid name or handle, `FORBIDDEN` if the account cannot create workspaces,
    /// `CONFLICT` if the ID is in use or the viewer is in 100 workspaces.
    async fn create_workspace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: CreateWorkspaceInput,
    ) -> Result<CreateWorkspacePayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let id = id_or("id", input.id.as_ref(), WorkspaceId::mint)?;
        let receipt = service::create(app, caller, id, &input.name, input.handle.as_deref()).await?;
        Ok(CreateWorkspacePayload { workspace: Workspace::viewed(View::after(app, caller, &receipt)?) })
    }

    /// Changes the name, the icon or the mention policy of a workspace. Requires the role `ADMIN` or `OWNER`.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid name or image, `FORBIDDEN` for insufficient permissions, `NOT_FOUND` if
    /// the image does not exist, `CONFLICT` if the image is already in use.
    async fn update_workspace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: UpdateWorkspaceInput,
    ) -> Result<UpdateWorkspacePayload> {
        let target = Target::workspace(context, &input.workspace_id, input.command_id.as_ref())?;
        let icon = picture(target.workspace_id, "iconId", input.icon_id.as_ref(), input.remove_icon)?;
        let command = UpdateWorkspace::new(input.name.as_deref(), icon, input.channel_mentions)?;
        let receipt = target.submit(command).await?;
        let workspace = Workspace::viewed(target.view(&receipt)?);
        Ok(UpdateWorkspacePayload { workspace, seq: Position(receipt.seq()) })
    }
}
