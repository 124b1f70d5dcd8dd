//! The `Node` interface, and `node` and `nodes`, which look up objects by ID alone, as Relay's Global Object
//! Identification specifies.
//!
//! What the viewer cannot see is null, whether it exists or not. All objects of a request are read at one database
//! snapshot, and those of one type in a workspace by a fixed number of statements, whatever their number.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object, Result};

use super::context::{app, require_max_ids, viewer};
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
use crate::chat::read_state::graphql::{ReadState, ReadStates};
use crate::chat::saved_search::graphql::SavedSearch;
use crate::chat::session::graphql::Session;
use crate::chat::workspace::graphql::Workspace;
use crate::chat::workspace::view::View;
use crate::chat::{account, file, invite, message, saved_search};
use crate::ground::error::{Error, Result as Found};
use crate::ground::id::{
    AccountId, ChannelId, EmojiId, FileId, GlobalId, InviteId, MemberId, MessageId, NotificationId, ReadStateId,
    SavedSearchId, SessionId, ThreadId, UploadId, WorkspaceId, WorkspaceScoped,
};
use crate::ground::page;
use crate::model::viewer::Viewer;

/// An object with a globally unique ID.
#[derive(Interface, Clone)]
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
    ReadState(ReadState),
    Message(Message),
    Thread(Thread),
    Notification(Notification),
    File(File),
    Upload(Upload),
    Emoji(Emoji),
    SavedSearch(SavedSearch),
}

/// The objects found, by ID.
type Nodes = HashMap<String, Node>;

/// The objects of one workspace that a request looks up.
struct Lookup<'a> {
    view: Arc<View>,
    ids: &'a [ID],
    found: Nodes,
}

impl<'a> Lookup<'a> {
    /// Loads the objects in the workspace of a view.
    async fn run(view: Arc<View>, ids: &'a [ID]) -> Found<Nodes> {
        let mut lookup = Self { view, ids, found: Nodes::new() };
        lookup.read_memory();
        lookup.load_read_states().await?;
        lookup.load_messages().await?;
        lookup.load_files().await?;
        lookup.load_lists().await?;
        Ok(lookup.found)
    }

    /// The IDs of one type in the workspace.
    fn wanted<T: WorkspaceScoped>(&self) -> Vec<T> {
        let parsed = self.ids.iter().filter_map(|id| id.parse::<GlobalId<T>>().ok());
        parsed.filter(|found| found.workspace_id == self.view.id()).map(|found| found.id).collect()
    }

    fn insert<T: WorkspaceScoped>(&mut self, id: T, node: Node) {
        self.found.insert(GlobalId { workspace_id: self.view.id(), id }.to_string(), node);
    }

    fn read_memory(&mut self) {
        let view = self.view.clone();
        self.found.insert(view.id().to_string(), Node::Workspace(Workspace::viewed(view.clone())));
        for id in self.wanted::<MemberId>() {
            if let Ok(member) = member_of(&view, id) {
                self.insert(id, Node::Member(member));
            }
        }
        for id in self.wanted::<EmojiId>() {
            if let Some(emoji) = view.workspace().emoji_by_id(id) {
                self.insert(id, Node::Emoji(Emoji::from(&**emoji)));
            }
        }
        let channel_ids: Vec<ChannelId> = self.wanted();
        let read_states = ReadStates::among(&view, channel_ids.iter().copied());
        for id in channel_ids {
            if let Ok(channel) = view.channel(id) {
                self.insert(id, Node::Channel(Channel::viewed(&read_states, channel)));
            }
        }
    }

    async fn load_read_states(&mut self) -> Found<()> {
        let ids: Vec<ReadStateId> = self.wanted();
        let read_states = ReadStates::among(&self.view, ids.iter().map(|id| ChannelId(id.0)));
        for id in ids {
            if let Some(read_state) = read_states.of(ChannelId(id.0)).await? {
                self.insert(id, Node::ReadState(read_state));
            }
        }
        Ok(())
    }

    /// Loads messages, and the threads and notifications with their IDs.
    async fn load_messages(&mut self) -> Found<()> {
        let (ids, threads, notifications) =
            (self.wanted::<MessageId>(), self.wanted::<ThreadId>(), self.wanted::<NotificationId>());
        let related = threads.iter().map(|id| id.0).chain(notifications.iter().map(|id| id.0)).map(MessageId);
        let all: HashSet<MessageId> = ids.iter().copied().chain(related).collect();
        if all.is_empty() {
            return Ok(());
        }
        let rows = message::query::find_all(&self.view, all.into_iter().collect()).await?;
        let mut messages = Message::viewed_all(&self.view, rows);
        for message in &messages {
            self.insert(message.key(), Node::Message(message.clone()));
            if let Some(thread) = message.started_thread() {
                self.insert(ThreadId(message.key().0), Node::Thread(thread));
            }
        }
        messages.retain(|message| notifications.contains(&NotificationId(message.key().0)));
        for notification in notification::about(&self.view, &messages).await? {
            self.insert(NotificationId(notification.message_id().0), Node::Notification(notification));
        }
        Ok(())
    }

    async fn load_files(&mut self) -> Found<()> {
        let view = self.view.clone();
        let files: Vec<FileId> = self.wanted();
        if !files.is_empty() {
            for row in file::query::find_all(&view, files).await? {
                self.insert(row.id, Node::File(File::viewed(&view, row)));
            }
        }
        let uploads: Vec<FileId> = self.wanted::<UploadId>().into_iter().map(|id| FileId(id.0)).collect();
        if !uploads.is_empty() {
            for pending in file::upload::find_all(&view, uploads).await? {
                self.insert(UploadId(pending.upload.id.0), Node::Upload(pending.into()));
            }
        }
        Ok(())
    }

    /// Loads what a workspace has few of: all active invites, and all saved searches of the viewer.
    async fn load_lists(&mut self) -> Found<()> {
        let view = self.view.clone();
        if !self.wanted::<InviteId>().is_empty() {
            let invites = match invite::service::list(&view).await {
                Err(Error::Forbidden(..)) => Vec::new(),
                listed => listed?,
            };
            for row in invites {
                self.insert(row.id, Node::Invite(Invite { row, view: view.clone() }));
            }
        }
        if !self.wanted::<SavedSearchId>().is_empty() {
            for row in saved_search::service::list(&view).await? {
                self.insert(row.id, Node::SavedSearch(row.into()));
            }
        }
        Ok(())
    }
}

/// Loads the viewer's account and sessions, if the IDs name any.
async fn own(app: &App, viewer: &Viewer, ids: &[ID]) -> Found<Nodes> {
    let mut found = Nodes::new();
    if ids.iter().any(|id| id.parse::<AccountId>() == Ok(viewer.account_id)) {
        let account = Account(account::lookup::find(app, viewer.account_id).await?);
        found.insert(viewer.account_id.to_string(), Node::Account(account));
    }
    if ids.iter().any(|id| id.parse::<SessionId>().is_ok()) {
        let sessions = Session::all(app, viewer).await?.into_iter();
        found.extend(sessions.map(|session| (session.key().to_string(), Node::Session(session))));
    }
    Ok(found)
}

/// Looks up objects, in the order of the IDs. A workspace that cannot be read now costs only the objects in it.
async fn find_all(context: &Context<'_>, field: &'static str, ids: &[ID]) -> Found<Vec<Option<Result<Node>>>> {
    let (app, viewer) = (app(context)?, viewer(context)?);
    let is_known = |id: &ID| {
        WorkspaceId::named_by(id).is_some() || id.parse::<AccountId>().is_ok() || id.parse::<SessionId>().is_ok()
    };
    if !ids.iter().all(is_known) {
        return Err(Error::invalid(field, "Invalid ID: expected the ID of an object that implements Node."));
    }
    let mut found = own(app, viewer, ids).await?;
    let mut unavailable = HashMap::new();
    let workspaces = ids.iter().filter_map(|id| WorkspaceId::named_by(id)).collect();
    for (id, view) in View::open_all(app, viewer, &workspaces).await? {
        match view {
            Ok(view) => found.extend(Lookup::run(view, ids).await?),
            Err(error) => {
                unavailable.insert(id, error);
            }
        }
    }
    let node = |id: &ID| match WorkspaceId::named_by(id).and_then(|id| unavailable.get(&id)) {
        Some(error) => Some(Err(error.clone().into())),
        None => found.get(id.as_str()).cloned().map(Ok),
    };
    Ok(ids.iter().map(node).collect())
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
        find_all(context, "id", &[id]).await?.pop().flatten().transpose()
    }

    /// Looks up several objects by ID, in one or several workspaces. Returns them in the order of the IDs, with null
    /// for those that do not exist or that the viewer cannot see. All are consistent with each other.
    ///
    /// Errors: `BAD_USER_INPUT` if an ID is not that of an object that implements `Node`, or for more than 100 IDs.
    #[graphql(complexity = "ids.len().saturating_mul(child_complexity).saturating_add(1)")]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "IDs of objects that implement `Node`, maximum 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        require_max_ids("ids", &ids, page::MAX)?;
        Ok(find_all(context, "ids", &ids).await?)
    }
}
