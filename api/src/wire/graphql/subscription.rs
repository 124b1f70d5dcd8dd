//! The subscription root, and how a request becomes a running subscription.

use std::sync::Arc;

use async_graphql::{Context, ID, InputType, Request, Response, Result, Subscription as Root, Value};
use futures_util::{Stream, StreamExt};

use super::error::response;
use super::events::{EventItem, MessageSent};
use crate::app::{App, MAX_SUBSCRIPTIONS};
use crate::chat::graphql::context::{id, known_ids_in};
use crate::chat::graphql::scalar::Position;
use crate::chat::presence::graphql::MemberPresence;
use crate::chat::workspace::memberships;
use crate::chat::{presence, saved_search};
use crate::ground::budget::Owner;
use crate::ground::db::Scope;
use crate::ground::error::Error;
use crate::ground::id::{AccountId, GlobalId, MemberId, SavedSearchId, WorkspaceId, WorkspaceScoped};
use crate::ground::permits::Permit;
use crate::live::document::clone_request;
use crate::live::execution::ItemFeed;
use crate::live::execution_pool::PooledExecution;
use crate::live::matches::Matches;
use crate::live::presence::subscription::PresenceSubscription;
use crate::live::read_state;
use crate::live::selection::{self, Root as Kind, Selection};
use crate::live::subscription::Start;
use crate::live::{self, Frame, Item};
use crate::log::command::require_member;
use crate::log::freshness::Freshness;
use crate::model::presence::{Activity, MAX_WATCHED_MEMBERS};
use crate::model::viewer::{Connection, Viewer};

/// The root type of subscriptions.
pub struct Subscription;

/// The subscription root. Subscriptions run over WebSocket (`graphql-transport-ws`) or HTTP (`multipart/mixed`). An
/// account can run at most 1,000 subscriptions per process; more are rejected with `RATE_LIMITED`.
#[Root]
impl Subscription {
    /// All events of a workspace that are visible to the viewer, in order and exactly once, and the viewer's signals.
    /// See `EventItem`.
    ///
    /// Errors: `NOT_FOUND` if the workspace does not exist or the viewer is not, or is no longer, a member,
    /// `RATE_LIMITED` if the viewer runs more than 8 different selections in the workspace, `UNAUTHENTICATED` when the
    /// session ends, `UNAVAILABLE` if the subscription must be restarted.
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of a workspace of which the viewer is a member.")] workspace_id: ID,
        #[graphql(desc = "The sequence number of the last event known to the client, from `Boot.seq` or an item. \
                          Defaults to the end of the log.")]
        after: Option<Position>,
        #[graphql(desc = "The revision of the private state known to the client, from `Boot.privateRev` or an item. \
                          If it is outdated, `PrivateChanged` is sent first.")]
        private_rev: Option<Position>,
        #[graphql(desc = "The initial activity of the viewer. Defaults to `ACTIVE`. Change it with `setActivity`.")]
        activity: Option<Activity>,
    ) -> Result<impl Stream<Item = EventItem> + use<>> {
        // `subscribe` reads the arguments and feeds the items that are resolved here.
        let _ = (workspace_id, after, private_rev, activity);
        Ok(items(context, "events")?.filter_map(|item| async move { EventItem::new(&item) }))
    }

    /// Presence of members. The first item contains all given members; later items contain only those whose presence
    /// changed, at most once per second. A member is present while subscribed to `events`, and for 3 seconds
    /// afterwards. After a server process fails, the members connected to it are offline within 15 seconds. Presence is
    /// not stored and not guaranteed to be current.
    ///
    /// Errors: `NOT_FOUND` if the workspace does not exist or the viewer is not, or is no longer, a member,
    /// `BAD_USER_INPUT` for more than 200 members, `UNAVAILABLE` if the viewer runs more than 50 presence subscriptions
    /// in the workspace.
    async fn presence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of a workspace of which the viewer is a member.")] workspace_id: ID,
        #[graphql(desc = "IDs of the members to watch, maximum 200. Pass the members that are displayed. \
                          Unknown IDs are reported as `OFFLINE`; IDs in another workspace are ignored.")]
        member_ids: Vec<ID>,
    ) -> Result<impl Stream<Item = Vec<MemberPresence>> + use<>> {
        let _ = (workspace_id, member_ids);
        Ok(items(context, "presence")?.filter_map(|item| async move {
            let Item::Presence(workspace_id, members) = item else { return None };
            Some(members.into_iter().map(|member| MemberPresence::new(workspace_id, member)).collect())
        }))
    }

    /// New messages in the viewer's channels that match a saved search, in order and exactly once. Matches words like
    /// `search`, but only complete words. `is:unread` matches every message. The names and alternative texts of files
    /// are searched, but not their contents.
    ///
    /// Errors: `NOT_FOUND` if the saved search does not exist, `BAD_USER_INPUT` if the search refers
    /// to an unknown member or channel or `after` is more than 2,000 events behind, `RATE_LIMITED` if the viewer
    /// follows more than 20 saved searches.
    async fn search_matches(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of one of the viewer's saved searches.")] saved_search_id: ID,
        #[graphql(desc = "The sequence number of the last event searched, at most 2,000 behind the end of the log. \
                          Defaults to the end of the log.")]
        after: Option<Position>,
    ) -> Result<impl Stream<Item = MessageSent> + use<>> {
        let _ = (saved_search_id, after);
        Ok(items(context, "searchMatches")?.filter_map(|item| async move { EventItem::sent(&item) }))
    }
}

/// The items that `subscribe` feeds to a resolver.
fn items(context: &Context<'_>, root: &'static str) -> Result<impl Stream<Item = Item> + use<>, Error> {
    let feed = context.data::<Arc<ItemFeed>>().ok().and_then(|feed| feed.take());
    let mut items = feed.ok_or_else(|| {
        Error::invalid(root, "Subscriptions require a WebSocket or POST with Accept: multipart/mixed.")
    })?;
    Ok(futures_util::stream::poll_fn(move |context| items.poll_recv(context)))
}

/// A running subscription.
pub struct Running {
    kind: Active,
    /// Whose permit is used to execute items that are not shared.
    owner: Owner,
    /// Whether this process receives all events.
    fresh: Freshness,
    _permit: Option<Permit<AccountId>>,
}

enum Active {
    /// A subscription to `events`.
    Events(Box<live::Subscription>),
    /// A subscription to `presence` and its shared execution.
    Presence(Box<(PresenceSubscription, Arc<PooledExecution>)>),
    /// A subscription to `searchMatches` and its shared execution.
    Matches(Box<(Matches, Arc<PooledExecution>)>),
}

impl Running {
    /// Waits for frames and appends up to `limit` of them; appends none at the end of the subscription. A process that
    /// is cut off delivers nothing: frames queued until then are delivered when it receives all events again.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the session ends, `NOT_FOUND` when the member leaves the workspace, `UNAVAILABLE` if the
    /// client must subscribe again. An error ends the subscription.
    pub async fn recv_many(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<(), Error> {
        let owner = self.owner;
        match &mut self.kind {
            Active::Events(events) => events.recv_many(out, limit).await?,
            Active::Presence(both) => {
                let (watching, shared) = both.as_mut();
                let item = Item::Presence(watching.workspace_id(), watching.next().await?);
                out.push(shared.render(owner, &item).await?);
            }
            Active::Matches(both) => {
                let (matches, shared) = both.as_mut();
                let item = Item::Event(matches.next().await?);
                out.push(shared.render(owner, &item).await?);
            }
        }
        self.fresh.wait().await;
        Ok(())
    }

    /// Whether this process receives all events and can deliver.
    pub fn fresh(&self) -> &Freshness {
        &self.fresh
    }
}

/// Starts the subscription selected by a request.
///
/// # Errors
/// A complete response, if the document is invalid, authentication is missing or the viewer is not a member of the
/// workspace.
pub async fn subscribe(
    app: &App,
    owner: Owner,
    viewer: Option<Viewer>,
    connection: Option<Connection>,
    mut request: Request,
) -> Result<Running, Response> {
    // Validates the document; the code below relies on it.
    let execution = {
        let turn = app.rooms.executor().permit(owner).await;
        app.rooms.executor().start(&turn, clone_request(&request)).await.map_err(|refusal| *refusal)?
    };
    let selection = read(&mut request).map_err(|error| response(&error))?;
    let permit = permit(app, viewer).map_err(|error| response(&error))?;
    let started = match selection.root {
        Kind::Events => prepare(app, viewer, connection, request, selection)
            .await
            .map(|start| Active::Events(Box::new(live::Subscription::start(start, execution)))),
        Kind::Presence => watch(app, viewer, &selection).await.map(|watching| {
            let shared = app.presence.execution_pool().get_or_insert(
                selection.key,
                app.rooms.executor(),
                clone_request(&request),
                execution,
            );
            Active::Presence(Box::new((watching, shared)))
        }),
        Kind::SearchMatches => follow(app, viewer, &selection).await.map(|matches| {
            let shared =
                app.matches.get_or_insert(selection.key, app.rooms.executor(), clone_request(&request), execution);
            Active::Matches(Box::new((matches, shared)))
        }),
    };
    let fresh = app.logs.fresh().clone();
    started.map(|kind| Running { kind, owner, fresh, _permit: permit }).map_err(|error| response(&error))
}

/// Takes a permit for one more subscription of an account.
fn permit(app: &App, viewer: Option<Viewer>) -> Result<Option<Permit<AccountId>>, Error> {
    let permit = viewer.map(|viewer| app.subscriptions.take(viewer.account_id)).transpose();
    permit.map_err(|_| {
        Error::Limit(format!("Subscription limit reached: {MAX_SUBSCRIPTIONS} per account. End one first."))
    })
}

async fn watch(app: &App, viewer: Option<Viewer>, selection: &Selection) -> Result<PresenceSubscription, Error> {
    let viewer = viewer.ok_or(Error::Unauthenticated)?;
    let workspace_id = workspace(selection)?;
    let invalid = || Error::invalid("memberIds", "Expected an ID.");
    let id = |value: &Value| match value {
        Value::String(text) => Ok(ID::from(text.clone())),
        _ => Err(invalid()),
    };
    let requested: Vec<ID> = match argument(selection, "memberIds") {
        Some(Value::List(values)) => values.iter().map(id).collect::<Result<_, _>>()?,
        // A single value is coerced to a list of one.
        Some(value) => vec![id(value)?],
        None => return Err(invalid()),
    };
    let ids: Vec<MemberId> = known_ids_in(workspace_id, "memberIds", &requested, MAX_WATCHED_MEMBERS)?;
    presence::service::watch(app, &viewer, workspace_id, ids).await
}

async fn follow(app: &App, viewer: Option<Viewer>, selection: &Selection) -> Result<Matches, Error> {
    let viewer = viewer.ok_or(Error::Unauthenticated)?;
    let GlobalId { workspace_id, id }: GlobalId<SavedSearchId> = match argument(selection, "savedSearchId") {
        Some(Value::String(text)) => id("savedSearchId", &ID::from(text.clone()))?,
        _ => return Err(Error::invalid("savedSearchId", "Expected an ID.")),
    };
    let after = number(selection, "after")?;
    saved_search::service::follow(app, &viewer, workspace_id, id, after).await.map_err(|error| match error {
        Error::NotFound("workspace") => Error::NotFound(SavedSearchId::NOUN),
        error => error,
    })
}

fn read(request: &mut Request) -> Result<Selection, Error> {
    let name = request.operation_name.clone();
    let variables = request.variables.clone();
    let document = request.parsed_query().map_err(|error| Error::invalid("query", error.message))?;
    selection::read(document, name.as_deref(), &variables)
}

async fn prepare(
    app: &App,
    viewer: Option<Viewer>,
    connection: Option<Connection>,
    request: Request,
    selection: Selection,
) -> Result<Start, Error> {
    let viewer = viewer.ok_or(Error::Unauthenticated)?;
    let (workspace_id, after) = (workspace(&selection)?, number(&selection, "after")?);
    let (private_rev, activity) = (number(&selection, "privateRev")?, activity(&selection)?);
    memberships::require(app, viewer.account_id, workspace_id).await?;
    let room = app.rooms.get(workspace_id).await?;
    if room.fork().active_member_of(viewer.account_id).is_none() {
        // The member may have joined through another process just now.
        room.log().refresh().await?;
    }
    let member_id = require_member(&room.fork(), viewer.account_id)?.id;
    let (read_state, scope) = (app.clone(), Scope::Member(workspace_id, viewer.account_id));
    let read_private_rev = Arc::new(move || {
        let app = read_state.clone();
        let read = async move {
            let _turn = app.semaphores.snapshots.wait(Owner::Account(viewer.account_id)).await;
            let snapshot = app.database.snapshot(scope).await?;
            read_state::writes::private_rev(&snapshot, workspace_id, member_id).await
        };
        Box::pin(read) as futures_util::future::BoxFuture<'static, _>
    });
    Ok(Start {
        interest: app.rooms.interest(&room),
        here: app.presence.arrive(workspace_id, member_id, viewer.session_id, connection, activity),
        rooms: app.rooms.clone(),
        database: app.database.clone(),
        room,
        member_id,
        account_id: viewer.account_id,
        request,
        key: selection.key,
        after,
        private_rev,
        read_private_rev,
        ended: app.rooms.revocations().watch(viewer.session_id),
    })
}

fn argument<'a>(selection: &'a Selection, argument_name: &str) -> Option<&'a Value> {
    selection.arguments.iter().find(|(name, _)| name == argument_name).map(|(_, value)| value)
}

fn workspace(selection: &Selection) -> Result<WorkspaceId, Error> {
    match argument(selection, "workspaceId") {
        Some(Value::String(text)) => id("workspaceId", &ID::from(text.clone())),
        _ => Err(Error::invalid("workspaceId", "Expected an ID.")),
    }
}

fn number(selection: &Selection, field: &'static str) -> Result<Option<i64>, Error> {
    match argument(selection, field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_i64()),
        Some(_) => Err(Error::invalid(field, "Expected an integer.")),
    }
}

fn activity(selection: &Selection) -> Result<Activity, Error> {
    match argument(selection, "activity") {
        None | Some(Value::Null) => Ok(Activity::Active),
        value => Activity::parse(value.cloned()).map_err(|_| Error::invalid("activity", "Expected ACTIVE or IDLE.")),
    }
}
