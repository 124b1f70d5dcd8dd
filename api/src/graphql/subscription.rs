//! The subscription root, and how a request for `events` becomes a running subscription.

use std::sync::Arc;

use async_graphql::{Context, ID, Request, Response, Result, Subscription as Root, Value};
use futures_util::{Stream, StreamExt};

use super::error::response;
use super::events::EventItem;
use super::scalar::Position;
use crate::app::App;
use crate::db::Scope;
use crate::error::Error;
use crate::event::Seq;
use crate::id::WorkspaceId;
use crate::live::rendering::{Feed, Rendering};
use crate::live::selection::{self, Selection};
use crate::live::subscription::{Start, copy};
use crate::live::{self};
use crate::log::command::acting;
use crate::viewer::Viewer;
use crate::{reading, sign_in};

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
    ) -> Result<impl Stream<Item = EventItem> + use<>> {
        // The arguments are read by `subscribe`; here the items come in that it feeds.
        let _ = (workspace_id, after, private_rev);
        let feed = context.data::<Arc<Feed>>().ok().and_then(|feed| feed.take());
        let mut items = feed.ok_or_else(|| Error::invalid("events", "Subscribe by WebSocket or multipart/mixed."))?;
        let stream = futures_util::stream::poll_fn(move |context| items.poll_recv(context));
        Ok(stream.filter_map(|item| async move { EventItem::new(&item) }))
    }
}

/// Begins the subscription that a request asks for.
///
/// # Errors
/// A complete response: the document is not valid, nobody is signed in, or the workspace is not theirs.
pub async fn subscribe(
    app: &App,
    viewer: Option<Viewer>,
    mut request: Request,
) -> Result<live::Subscription, Response> {
    // Validates the document, so that what follows can rely on it.
    let rendering = Rendering::start(app.rooms.execute(), copy(&request)).await.map_err(|refusal| *refusal)?;
    let selection = read(&mut request).map_err(|error| response(&error))?;
    let start = prepare(app, viewer, request, selection).await.map_err(|error| response(&error))?;
    Ok(live::Subscription::begin(start, rendering))
}

fn read(request: &mut Request) -> Result<Selection, Error> {
    let name = request.operation_name.clone();
    let variables = request.variables.clone();
    let document = request.parsed_query().map_err(|error| Error::invalid("query", error.message))?;
    selection::read(document, name.as_deref(), &variables)
}

async fn prepare(app: &App, viewer: Option<Viewer>, request: Request, selection: Selection) -> Result<Start, Error> {
    let viewer = viewer.ok_or(Error::Unauthenticated)?;
    let Arguments { workspace_id, after, private_rev } = Arguments::read(&selection)?;
    let room = app.rooms.get(workspace_id).await?;
    if room.fork().active_member_of(viewer.account_id).is_none() {
        // They may have come in by another process, a moment ago.
        room.refresh().await?;
    }
    let member_id = acting(&room.fork(), viewer.account_id)?.id;
    let (database, scope) = (app.database.clone(), Scope::Member(workspace_id, viewer.account_id));
    let read_private_rev = Arc::new(move || {
        let database = database.clone();
        let read = async move {
            let snapshot = database.snapshot(scope).await?;
            reading::service::private_rev(&snapshot, workspace_id, member_id).await
        };
        Box::pin(read) as futures_util::future::BoxFuture<'static, _>
    });
    Ok(Start {
        interest: app.rooms.interest(&room),
        rooms: app.rooms.clone(),
        database: app.database.clone(),
        room,
        member_id,
        request,
        key: selection.key,
        after,
        private_rev,
        read_private_rev,
        ended: sign_in::service::ended(app, viewer.sign_in_id),
    })
}

struct Arguments {
    workspace_id: WorkspaceId,
    after: Option<Seq>,
    private_rev: Option<i64>,
}

impl Arguments {
    fn read(selection: &Selection) -> Result<Self, Error> {
        let find = |wanted: &str| selection.arguments.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let number = |field: &'static str| match find(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_i64()),
            Some(_) => Err(Error::invalid(field, "This is not a number.")),
        };
        let workspace = match find("workspaceId") {
            Some(Value::String(text)) => ID::from(text.clone()),
            _ => return Err(Error::invalid("workspaceId", "This is not an id.")),
        };
        Ok(Self {
            workspace_id: super::id("workspaceId", &workspace)?,
            after: number("after")?,
            private_rev: number("privateRev")?,
        })
    }
}
