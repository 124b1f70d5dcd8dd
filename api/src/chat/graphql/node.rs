//! The `Node` interface, and `node` and `nodes`, which look up objects by ID alone, as Relay's Global Object
//! Identification specifies.
//!
//! What the viewer cannot see is null, whether it exists or not.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object, Result};

use super::context::{app, id, require_max_ids, viewer};
use crate::app::App;
use crate::chat::account::graphql::Account;
use crate::chat::channel::graphql::Channel;
use crate::chat::emoji::graphql::Emoji;
use crate::chat::file::graphql::File;
use crate::chat::file::upload_graphql::Upload;
use crate::chat::invite::graphql::Invite;
use crate::chat::member::graphql::{Member, member_of};
use crate::chat::message::graphql::Message;
use crate::chat::message::thread_graphql::Thread;
use crate::chat::notification::graphql::{self as notification, Notification};
use crate::chat::saved_search::graphql::SavedSearch;
use crate::chat::session::graphql::Session;
use crate::chat::workspace::graphql::Workspace;
use crate::chat::workspace::view::View;
use crate::chat::{account, file, invite, message, saved_search};
use crate::ground::error::{Error, Result as Found};
use crate::ground::id::{
    AccountId, ChannelId, EmojiId, FileId, GlobalId, InviteId, MemberId, MessageId, NotificationId, SavedSearchId,
    SessionId, ThreadId, UploadId, WorkspaceId, WorkspaceScoped,
};
use crate::ground::page;
use crate::model::viewer::Viewer;

/// An object with a globally unique ID.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The ID: a prefix for the type followed by 26 characters, or by 52 for an object in a workspace. Globally \
            unique."
))]
pub enum Node {
    Account(Account),
    Session(Session),
    Workspace(Workspace),
    Member(Member),
    Invite(Invite),
    Channel(Channel),
    Message(Message),
    Thread(Thread),
    Notification(Notification),
    File(File),
    Upload(Upload),
    Emoji(Emoji),
    SavedSearch(SavedSearch),
}

/// Looks up the objects of one request.
struct Lookup<'a> {
    app: &'a App,
    viewer: &'a Viewer,
    /// The workspaces opened so far. `None` unless the viewer is a member.
    views: HashMap<WorkspaceId, Option<Arc<View>>>,
    /// Whether the request names several workspaces. Their views are in memory, so that it never waits for a second
    /// snapshot while it holds one.
    in_memory: bool,
}

impl<'a> Lookup<'a> {
    fn new(context: &Context<'a>, ids: &[ID]) -> Found<Self> {
        let mut named = ids.iter().filter_map(|id| WorkspaceId::named_by(id));
        let first = named.next();
        let in_memory = named.any(|workspace_id| Some(workspace_id) != first);
        Ok(Self { app: app(context)?, viewer: viewer(context)?, views: HashMap::new(), in_memory })
    }

    async fn view(&mut self, workspace_id: WorkspaceId) -> Found<Arc<View>> {
        if !self.views.contains_key(&workspace_id) {
            let opened = match self.in_memory {
                true => View::in_memory(self.app, self.viewer, workspace_id, |view| async { Ok(view) }).await,
                false => View::open(self.app, self.viewer, workspace_id).await,
            };
            self.views.insert(workspace_id, if_visible(opened)?);
        }
        self.views.get(&workspace_id).cloned().flatten().ok_or(Error::NotFound("node"))
    }

    /// The view of the workspace that an ID names, and the object in it.
    async fn open<T: WorkspaceScoped>(&mut self, field: &'static str, given: &ID) -> Found<(Arc<View>, T)> {
        let GlobalId { workspace_id, id } = id(field, given)?;
        Ok((self.view(workspace_id).await?, id))
    }

    async fn account(&self, id: AccountId) -> Found<Account> {
        if id != self.viewer.account_id {
            return Err(Error::NotFound("account"));
        }
        Ok(Account(account::lookup::find(self.app, id).await?))
    }

    async fn node(&mut self, field: &'static str, given: &ID) -> Found<Node> {
        let prefix = given.split_inclusive('_').next().unwrap_or_default();
        Ok(match prefix {
            AccountId::PREFIX => Node::Account(self.account(id(field, given)?).await?),
            SessionId::PREFIX => Node::Session(Session::find(self.app, self.viewer, id(field, given)?).await?),
            WorkspaceId::PREFIX => Node::Workspace(Workspace::viewed(self.view(id(field, given)?).await?)),
            MemberId::PREFIX => {
                let (view, id) = self.open(field, given).await?;
                Node::Member(member_of(&view, id)?)
            }
            InviteId::PREFIX => {
                let (view, id) = self.open::<InviteId>(field, given).await?;
                let row = invite::service::list(&view).await?.into_iter().find(|row| row.id == id);
                Node::Invite(Invite { row: row.ok_or(Error::NotFound("invite"))?, view })
            }
            ChannelId::PREFIX => {
                let (view, id) = self.open(field, given).await?;
                Node::Channel(Channel::viewed(&view, view.channel(id)?, None))
            }
            MessageId::PREFIX => {
                let (view, id) = self.open(field, given).await?;
                Node::Message(Message::find(&view, id).await?)
            }
            ThreadId::PREFIX => {
                let (view, id) = self.open::<ThreadId>(field, given).await?;
                let root = message::query::find(&view, MessageId(id.0)).await?;
                Node::Thread(Thread::started_by(&view, Arc::new(root)).ok_or(Error::NotFound("thread"))?)
            }
            NotificationId::PREFIX => {
                let (view, id) = self.open::<NotificationId>(field, given).await?;
                Node::Notification(notification::about(&view, MessageId(id.0)).await?)
            }
            FileId::PREFIX => {
                let (view, id) = self.open(field, given).await?;
                Node::File(File::find(&view, id).await?)
            }
            UploadId::PREFIX => {
                let (view, id) = self.open::<UploadId>(field, given).await?;
                Node::Upload(file::upload::find(&view, FileId(id.0)).await?.into())
            }
            EmojiId::PREFIX => {
                let (view, id) = self.open(field, given).await?;
                let emoji = view.workspace().emoji_by_id(id).ok_or(Error::NotFound("emoji"))?;
                Node::Emoji(Emoji::of(view.id(), emoji))
            }
            SavedSearchId::PREFIX => {
                let (view, id) = self.open::<SavedSearchId>(field, given).await?;
                let row = saved_search::service::list(&view).await?.into_iter().find(|row| row.id == id);
                Node::SavedSearch(row.ok_or(Error::NotFound("saved search"))?.into())
            }
            _ => return Err(Error::invalid(field, "Invalid ID: expected the ID of an object that implements Node.")),
        })
    }

    /// Loads all messages among the IDs, with one query per workspace.
    async fn messages(&mut self, ids: &[ID]) -> Found<HashMap<GlobalId<MessageId>, Message>> {
        let mut wanted: HashMap<WorkspaceId, Vec<MessageId>> = HashMap::new();
        for GlobalId { workspace_id, id } in ids.iter().filter_map(|id| id.parse::<GlobalId<MessageId>>().ok()) {
            wanted.entry(workspace_id).or_default().push(id);
        }
        let mut messages = HashMap::new();
        for (workspace_id, ids) in wanted {
            let Some(view) = if_visible(self.view(workspace_id).await)? else { continue };
            let found = Message::viewed_all(&view, message::query::find_all(&view, ids).await?);
            messages.extend(found.into_iter().map(|message| (message.key().in_workspace(workspace_id), message)));
        }
        Ok(messages)
    }
}

/// `None` for what the viewer cannot see.
fn if_visible<T>(found: Found<T>) -> Found<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound(_) | Error::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Looks up an object by ID. Null if it does not exist or the viewer cannot see it.
    ///
    /// Errors: `BAD_USER_INPUT` if the ID is not that of an object that implements `Node`.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of an object that implements `Node`.")] id: ID,
    ) -> Result<Option<Node>> {
        Ok(if_visible(Lookup::new(context, &[])?.node("id", &id).await)?)
    }

    /// Looks up several objects by ID, also in different workspaces. Returns them in the order of the IDs, with null
    /// for those that do not exist or that the viewer cannot see.
    ///
    /// Errors: `BAD_USER_INPUT` if an ID is not that of an object that implements `Node`, or for more than 100 IDs.
    #[graphql(complexity = "ids.len().saturating_mul(child_complexity).saturating_add(1)")]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "IDs of objects that implement `Node`, maximum 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        require_max_ids("ids", &ids, page::MAX)?;
        let mut lookup = Lookup::new(context, &ids)?;
        let messages = lookup.messages(&ids).await?;
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(match id.parse::<GlobalId<MessageId>>() {
                Ok(id) => messages.get(&id).cloned().map(Node::Message),
                Err(_) => if_visible(lookup.node("ids", id).await)?,
            });
        }
        Ok(nodes)
    }
}
