//! The subscription root, and how a request for one of them becomes a running subscription.

use std::sync::Arc;

use async_graphql::{Context, ID, Request, Response, Result, Subscription as Root, Value};
use futures_util::{Stream, StreamExt};

use super::error::response;
use super::events::{EventItem, MessageSent};
use super::scalar::Position;
use crate::app::{App, SUBSCRIPTIONS_MAX};
use crate::budget::Owner;
use crate::db::Scope;
use crate::error::Error;
use crate::event::Seq;
use crate::id::{AccountId, MemberId, WorkspaceId};
use crate::live::heartbeat::Fresh;
use crate::live::matches::Matches;
use crate::live::rendering::Feed;
use crate::live::renderings::Shared;
use crate::live::selection::{self, Root as Kind, Selection};
use crate::live::subscription::{Start, copy};
use crate::live::{self, Frame, Item};
use crate::log::command::acting;
use crate::permits::Permit;
use crate::presence::graphql::MemberPresence;
use crate::presence::watching::Watching;
use crate::presence::{Activity, WATCHED_MAX};
use crate::viewer::{Connection, Viewer};
use crate::{presence, reading, saved_search, sign_in};

/// What can be subscribed to.
pub struct Subscription;

/// What can be subscribed to, by WebSocket (`graphql-transport-ws`) or `multipart/mixed`.
#[Root]
impl Subscription {
    /// Everything that happens in a workspace and that the viewer may see, in order, each once.
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "The number of the last event that the client has: boot's `seq`. From now on without it.")]
        after: Option<Position>,
        #[graphql(desc = "Boot's `privateRev`: if the private part has changed since, PrivateChanged comes first.")]
        private_rev: Option<Position>,
        #[graphql(desc = "How the viewer is there at first, ACTIVE if it is not said. `setActivity` changes it.")]
        activity: Option<Activity>,
    ) -> Result<impl Stream<Item = EventItem> + use<>> {
        // The arguments are read by `subscribe`; here the items come in that it feeds.
        let _ = (workspace_id, after, private_rev, activity);
        Ok(items(context, "events")?.filter_map(|item| async move { EventItem::new(&item) }))
    }

    /// Whether members are here: all of them at first, then those who changed, at most once a second. A member
    /// is here while they follow `events`; who is gone stays for a few seconds, in case they come back, and
    /// the people of a server that died are offline within 15 seconds. Live only, and never to be relied upon.
    async fn presence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Whom to watch, at most 200: those who are on the screen. \
                          An id that the workspace does not have is OFFLINE.")]
        member_ids: Vec<ID>,
    ) -> Result<impl Stream<Item = Vec<MemberPresence>> + use<>> {
        let _ = (workspace_id, member_ids);
        Ok(items(context, "presence")?.filter_map(|item| async move {
            let Item::Presence(members) = item else { return None };
            Some(members.into_iter().map(MemberPresence::from).collect())
        }))
    }

    /// The messages that are sent to the viewer's channels and match a saved search, each once and in order. Words
    /// match as they do in `search`, but only whole ones; `is:unread` always does.
    async fn search_matches(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "A search of the viewer.")] saved_search_id: ID,
        #[graphql(desc = "The number of the last event that the client has looked at, at most 2,000 back. \
                          From now on without it.")]
        after: Option<Position>,
    ) -> Result<impl Stream<Item = MessageSent> + use<>> {
        let _ = (workspace_id, saved_search_id, after);
        Ok(items(context, "searchMatches")?.filter_map(|item| async move { EventItem::sent(&item) }))
    }
}

/// The items that `subscribe` feeds to a resolver.
fn items(context: &Context<'_>, root: &'static str) -> Result<impl Stream<Item = Item> + use<>, Error> {
    let feed = context.data::<Arc<Feed>>().ok().and_then(|feed| feed.take());
    let mut items = feed.ok_or_else(|| Error::invalid(root, "Subscribe by WebSocket or multipart/mixed."))?;
    Ok(futures_util::stream::poll_fn(move |context| items.poll_recv(context)))
}

/// A running subscription.
pub struct Running {
    of: Of,
    /// By whose turn it is executed where it shares nothing.
    owner: Owner,
    /// Whether this process hears everything.
    fresh: Fresh,
    _permit: Option<Permit<AccountId>>,
}

enum Of {
    /// `events`.
    Events(Box<live::Subscription>),
    /// `presence`, and what writes it.
    Presence(Box<(Watching, Arc<Shared>)>),
    /// `searchMatches`, and what writes it.
    Matches(Box<(Matches, Arc<Shared>)>),
}

impl Running {
    /// Waits for frames and appends up to `limit` of them; none when nothing follows. A process that is cut off
    /// delivers nothing, so what waited in a queue or for a turn until then comes when it hears everything again.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the sign-in has ended, `NOT_FOUND` when the member is no longer in the
    /// workspace, `UNAVAILABLE` to come back later. Nothing comes after an error.
    pub async fn recv_many(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<(), Error> {
        let owner = self.owner;
        match &mut self.of {
            Of::Events(events) => events.recv_many(out, limit).await?,
            Of::Presence(both) => {
                let (watching, shared) = both.as_mut();
                let item = Item::Presence(watching.next().await?);
                out.push(shared.render(owner, &item).await?);
            }
            Of::Matches(both) => {
                let (matches, shared) = both.as_mut();
                let item = Item::Event(matches.next().await?);
                out.push(shared.render(owner, &item).await?);
            }
        }
        self.fresh.wait().await;
        Ok(())
    }

    /// Whether this process hears everything, and so may deliver.
    pub fn fresh(&self) -> &Fresh {
        &self.fresh
    }
}

/// Begins the subscription that a request of this owner asks for.
///
/// # Errors
/// A complete response: the document is not valid, nobody is signed in, or the workspace is not theirs.
pub async fn subscribe(
    app: &App,
    owner: Owner,
    viewer: Option<Viewer>,
    connection: Option<Connection>,
    mut request: Request,
) -> Result<Running, Response> {
    // Validates the document, so that what follows can rely on it.
    let rendering = {
        let turn = app.rooms.renderer().turn(owner).await;
        app.rooms.renderer().start(&turn, copy(&request)).await.map_err(|refusal| *refusal)?
    };
    let selection = read(&mut request).map_err(|error| response(&error))?;
    let permit = permit(app, viewer).map_err(|error| response(&error))?;
    let begun = match selection.root {
        Kind::Events => prepare(app, viewer, connection, request, selection)
            .await
            .map(|start| Of::Events(Box::new(live::Subscription::begin(start, rendering)))),
        Kind::Presence => watch(app, viewer, &selection).await.map(|watching| {
            let shared = app.presence.renderings().of(selection.key, app.rooms.renderer(), copy(&request), rendering);
            Of::Presence(Box::new((watching, shared)))
        }),
        Kind::Matches => follow(app, viewer, &selection).await.map(|matches| {
            let shared = app.matches.of(selection.key, app.rooms.renderer(), copy(&request), rendering);
            Of::Matches(Box::new((matches, shared)))
        }),
    };
    let fresh = app.rooms.fresh().clone();
    begun.map(|of| Running { of, owner, fresh, _permit: permit }).map_err(|error| response(&error))
}

/// A place for one more subscription of an account.
fn permit(app: &App, viewer: Option<Viewer>) -> Result<Option<Permit<AccountId>>, Error> {
    let taken = viewer.map(|viewer| app.subscriptions.take(viewer.account_id)).transpose();
    taken.map_err(|_| {
        Error::Limit(format!("An account runs at most {SUBSCRIPTIONS_MAX} subscriptions at once. End one first."))
    })
}

async fn watch(app: &App, viewer: Option<Viewer>, selection: &Selection) -> Result<Watching, Error> {
    let viewer = viewer.ok_or(Error::Unauthenticated)?;
    let workspace_id = workspace(selection)?;
    let wrong = || Error::invalid("memberIds", "This is not an id.");
    let id = |value: &Value| match value {
        Value::String(text) => Ok(ID::from(text.clone())),
        _ => Err(wrong()),
    };
    let given: Vec<ID> = match argument(selection, "memberIds") {
        Some(Value::List(values)) => values.iter().map(id).collect::<Result<_, _>>()?,
        // A single value stands for a list of one.
        Some(value) => vec![id(value)?],
        None => return Err(wrong()),
    };
    let ids: Vec<MemberId> = super::ids("memberIds", &given, WATCHED_MAX)?;
    presence::service::watch(app, &viewer, workspace_id, ids).await
}

async fn follow(app: &App, viewer: Option<Viewer>, selection: &Selection) -> Result<Matches, Error> {
    let viewer = viewer.ok_or(Error::Unauthenticated)?;
    let id = match argument(selection, "savedSearchId") {
        Some(Value::String(text)) => super::id("savedSearchId", &ID::from(text.clone()))?,
        _ => return Err(Error::invalid("savedSearchId", "This is not an id.")),
    };
    let after = number(selection, "after")?;
    saved_search::service::follow(app, &viewer, workspace(selection)?, id, after).await
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
    let Arguments { workspace_id, after, private_rev, activity } = Arguments::read(&selection)?;
    let room = app.rooms.get(workspace_id).await?;
    if room.fork().active_member_of(viewer.account_id).is_none() {
        // They may have come in by another process, a moment ago.
        room.refresh().await?;
    }
    let member_id = acting(&room.fork(), viewer.account_id)?.id;
    let (reading, scope) = (app.clone(), Scope::Member(workspace_id, viewer.account_id));
    let read_private_rev = Arc::new(move || {
        let app = reading.clone();
        let read = async move {
            let _turn = app.gates.snapshots.wait(Owner::Account(viewer.account_id)).await;
            let snapshot = app.database.snapshot(scope).await?;
            reading::service::private_rev(&snapshot, workspace_id, member_id).await
        };
        Box::pin(read) as futures_util::future::BoxFuture<'static, _>
    });
    Ok(Start {
        interest: app.rooms.interest(&room),
        here: app.presence.arrive(workspace_id, member_id, viewer.sign_in_id, connection, activity),
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
        ended: sign_in::service::ended(app, viewer.sign_in_id),
    })
}

fn argument<'a>(selection: &'a Selection, wanted: &str) -> Option<&'a Value> {
    selection.arguments.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}

fn workspace(selection: &Selection) -> Result<WorkspaceId, Error> {
    match argument(selection, "workspaceId") {
        Some(Value::String(text)) => super::id("workspaceId", &ID::from(text.clone())),
        _ => Err(Error::invalid("workspaceId", "This is not an id.")),
    }
}

fn number(selection: &Selection, field: &'static str) -> Result<Option<i64>, Error> {
    match argument(selection, field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_i64()),
        Some(_) => Err(Error::invalid(field, "This is not a number.")),
    }
}

fn activity(selection: &Selection) -> Result<Activity, Error> {
    // As a variable it comes as a text.
    let name = match argument(selection, "activity") {
        None | Some(Value::Null) => return Ok(Activity::Active),
        Some(Value::Enum(name)) => name.as_str(),
        Some(Value::String(text)) => text.as_str(),
        Some(_) => "",
    };
    match name {
        "ACTIVE" => Ok(Activity::Active),
        "IDLE" => Ok(Activity::Idle),
        _ => Err(Error::invalid("activity", "This is neither ACTIVE nor IDLE.")),
    }
}

struct Arguments {
    workspace_id: WorkspaceId,
    after: Option<Seq>,
    private_rev: Option<i64>,
    activity: Activity,
}

impl Arguments {
    fn read(selection: &Selection) -> Result<Self, Error> {
        Ok(Self {
            workspace_id: workspace(selection)?,
            after: number(selection, "after")?,
            private_rev: number(selection, "privateRev")?,
            activity: activity(selection)?,
        })
    }
}
