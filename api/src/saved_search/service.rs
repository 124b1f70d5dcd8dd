//! Saved searches: save, list, delete, and follow.

use std::sync::Arc;

use futures_util::FutureExt;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{MAX, NAME_MAX};
use crate::app::App;
use crate::db;
use crate::error::{Error, Result};
use crate::event::{Event, Seq, SharedEvent, Skeleton};
use crate::id::{SavedSearchId, WorkspaceId};
use crate::live::matches::{Matches, Start};
use crate::live::signal::Signal;
use crate::message;
use crate::search::document::{Document, EVERYBODY, Has, has_link};
use crate::search::matching::Wanted;
use crate::search::operators::{self, Key};
use crate::search::query::Query;
use crate::search::resolve::{Filter, resolve};
use crate::search::truth::Files;
use crate::text;
use crate::viewer::Viewer;
use crate::workspace::view::View;
use crate::{reading, sign_in};

/// The viewer's saved searches, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(view: &View) -> Result<Vec<Model>> {
    let mine = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::MemberId.eq(view.me().id));
    Ok(mine.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(&*view.snapshot().await?).await?)
}

/// Saves a search. The same id again gives what was saved first.
///
/// # Errors
/// `BAD_USER_INPUT` for a search that cannot be read or says nothing, `CONFLICT` beyond [`MAX`].
pub async fn create(view: &View, id: SavedSearchId, name: &str, query: &str) -> Result<Model> {
    let name = text::name("name", name, NAME_MAX)?;
    let typed = operators::read(query)?;
    if typed.terms.is_empty() && typed.operators.is_empty() {
        return Err(Error::invalid("query", "Say what to look for."));
    }
    let (_turn, transaction) = view.write().await?;
    // Raised first: its row is held until the commit, so that nobody counts at the same time.
    let private_rev = reading::service::raise(&transaction, view.id(), view.me().id, 1).await?;
    let key = (view.id(), view.me().id, id);
    if let Some(known) = Entity::find_by_id(key).one(&transaction).await? {
        let is_same = known.name == name && known.query == query.trim();
        return if is_same { Ok(known) } else { Err(Error::id_taken()) };
    }
    let mine = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::MemberId.eq(view.me().id));
    if mine.count(&transaction).await? >= MAX {
        return Err(Error::Conflict(format!("A member has at most {MAX} saved searches. Delete one first.")));
    }
    let saved = Model {
        workspace_id: view.id(),
        member_id: view.me().id,
        id,
        name,
        query: query.trim().to_owned(),
        created_at: db::now(&transaction).await?,
    };
    Entity::insert(ActiveModel::from(saved.clone())).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    view.app().rooms.signal(view.id(), view.me().id, Signal::PrivateChanged { private_rev });
    Ok(saved)
}

/// Deletes one.
///
/// # Errors
/// `NOT_FOUND` unless it is the viewer's.
pub async fn delete(view: &View, id: SavedSearchId) -> Result<()> {
    let (_turn, transaction) = view.write().await?;
    let deleted = Entity::delete_by_id((view.id(), view.me().id, id)).exec(&transaction).await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound("saved search"));
    }
    let private_rev = reading::service::raise(&transaction, view.id(), view.me().id, 1).await?;
    transaction.commit().await?;
    view.app().rooms.signal(view.id(), view.me().id, Signal::PrivateChanged { private_rev });
    Ok(())
}

/// Follows one: what is sent to the viewer's channels and matches, after a number or from now on. Names in it
/// mean what they mean now.
///
/// # Errors
/// `NOT_FOUND` unless it is the viewer's; `BAD_USER_INPUT` if it names somebody who is not there.
pub async fn follow(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: SavedSearchId,
    after: Option<Seq>,
) -> Result<Matches> {
    let permit = app.follows.take(viewer.account_id)?;
    let view = View::open(app, viewer, workspace_id).await?;
    let key = (view.id(), view.me().id, id);
    let saved = Entity::find_by_id(key).one(&*view.snapshot().await?).await?;
    let query = meant(&view, &saved.ok_or(Error::NotFound("saved search"))?.query).await?;
    let (wanted, judging, account_id) = (Arc::new(Wanted::of(query)), app.clone(), viewer.account_id);
    let judge = move |event: SharedEvent| {
        // It is there for as long as the search is followed.
        let _permit = &permit;
        let (app, wanted) = (judging.clone(), wanted.clone());
        let judge = async move {
            match document(&event) {
                Some(document) => app.follows.is(account_id, &wanted, &event, document).await,
                None => Ok(false),
            }
        };
        judge.boxed()
    };
    let member_id = view.me().id;
    let room = app.rooms.get(workspace_id).await?;
    let left = room.departure(member_id);
    if !room.fork().member(member_id).is_some_and(|member| member.active) {
        return Err(Error::NotFound("workspace"));
    }
    Matches::begin(Start {
        database: app.database.clone(),
        interest: app.rooms.interest(&room),
        room,
        member_id,
        account_id,
        after,
        judge: Box::new(judge),
        fresh: app.rooms.fresh().clone(),
        ended: sign_in::service::ended(app, viewer.sign_in_id),
        left,
    })
}

async fn meant(view: &Arc<View>, query: &str) -> Result<Query> {
    let mut typed = operators::read(query)?;
    // What has just come is unread.
    typed.operators.retain(|operator| operator.key != Key::Is || !operator.value.eq_ignore_ascii_case("unread"));
    let resolved = resolve(view, &typed, &Filter::default()).await?;
    if let Some(unknown) = resolved.unresolved.first() {
        return Err(Error::invalid("savedSearchId", format!("{unknown} names nobody and nothing that is there.")));
    }
    // Complete words: nobody is typing any more.
    typed.terms.iter_mut().for_each(|term| term.is_open = false);
    Ok(Query { workspace_id: view.id(), terms: typed.terms, clauses: resolved.clauses })
}

/// A message that was just sent, as it would be indexed.
fn document(event: &Event) -> Option<Document> {
    let Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, .. } = &event.skeleton else {
        return None;
    };
    let text = message::service::of_event(event)?.text;
    let files = Files::of(event.body.files.iter().map(|described| (described, None)));
    let link = has_link(&text).then_some(Has::Link);
    Some(Document {
        id: *message_id,
        workspace_id: event.workspace_id,
        seq: event.seq,
        channel_id: *channel_id,
        // The room has judged who may see it.
        audience: EVERYBODY,
        author_id: event.actor(),
        thread_id: *thread_id,
        threaded: thread_id.is_some(),
        at: event.at,
        has: link.into_iter().chain(files.has()).collect(),
        files: files.into_text(),
        text,
        mentions: mentions.clone(),
    })
}
