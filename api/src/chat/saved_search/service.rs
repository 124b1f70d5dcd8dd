//! Saved search operations: create, list, delete, follow.

use std::sync::Arc;

use futures_util::FutureExt;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use crate::adapter::search::document::{Document, PUBLIC_AUDIENCE};
use crate::adapter::search::matching::CompiledQuery;
use crate::adapter::search::query::Query;
use crate::app::App;
use crate::chat::search::query_parser::{self, OperatorKind};
use crate::chat::search::resolve::{Filter, resolve};
use crate::chat::search::source::{self, FileContent};
use crate::chat::workspace::view::View;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{SavedSearchId, WorkspaceId};
use crate::ground::{db, text};
use crate::live::matches::{Matches, Start};
use crate::live::read_state;
use crate::live::room_member::RoomMember;
use crate::live::signal::Signal;
use crate::model::event::{Event, Seq, SharedEvent};
use crate::model::message;
use crate::model::saved_search::entity::{ActiveModel, Column, Entity, Model};
use crate::model::saved_search::{MAX_NAME_CHARS, MAX_PER_MEMBER};
use crate::model::viewer::Viewer;

/// Returns the viewer's saved searches, oldest first.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn list(view: &View) -> Result<Vec<Model>> {
    let mine = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::MemberId.eq(view.me().id));
    Ok(mine.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(&*view.snapshot().await?).await?)
}

/// Saves a search. Repeating the call with the same id returns the saved search.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid or empty query, `CONFLICT` at the limit or if the id is taken.
pub async fn create(view: &View, id: SavedSearchId, name: &str, query: &str) -> Result<Model> {
    let name = text::name("name", name, MAX_NAME_CHARS)?;
    let typed = query_parser::parse(query)?;
    if typed.terms.is_empty() && typed.operators.is_empty() {
        return Err(Error::invalid("query", "The search is empty. Enter a word or an operator."));
    }
    let (_turn, transaction) = view.write().await?;
    // First, because it locks the member's row: concurrent calls cannot count at the same time.
    let private_rev = read_state::writes::bump_private_rev(&transaction, view.id(), view.me().id, 1).await?;
    let key = (view.id(), view.me().id, id);
    if let Some(known) = Entity::find_by_id(key).one(&transaction).await? {
        let is_same = known.name == name && known.query == query.trim();
        return if is_same { Ok(known) } else { Err(Error::id_taken()) };
    }
    let mine = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::MemberId.eq(view.me().id));
    if mine.count(&transaction).await? >= MAX_PER_MEMBER {
        return Err(Error::Conflict(
            Reason::SavedSearchLimit,
            format!("Saved search limit reached: {MAX_PER_MEMBER} per member. Delete one first."),
        ));
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

/// Deletes a saved search.
///
/// # Errors
/// `NOT_FOUND` unless it is the viewer's.
pub async fn delete(view: &View, id: SavedSearchId) -> Result<()> {
    let (_turn, transaction) = view.write().await?;
    let deleted = Entity::delete_by_id((view.id(), view.me().id, id)).exec(&transaction).await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound("saved search"));
    }
    let private_rev = read_state::writes::bump_private_rev(&transaction, view.id(), view.me().id, 1).await?;
    transaction.commit().await?;
    view.app().rooms.signal(view.id(), view.me().id, Signal::PrivateChanged { private_rev });
    Ok(())
}

/// Follows a saved search: yields matching messages in the viewer's channels, sent after a `seq` or from now on. Names
/// in the query are resolved once, at the start.
///
/// # Errors
/// `NOT_FOUND` unless it is the viewer's. `BAD_USER_INPUT` if a name in the query cannot be resolved.
pub async fn follow(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: SavedSearchId,
    after: Option<Seq>,
) -> Result<Matches> {
    let permit = app.follows.acquire(viewer.account_id)?;
    let view = View::open(app, viewer, workspace_id).await?;
    let key = (view.id(), view.me().id, id);
    let saved = Entity::find_by_id(key).one(&*view.snapshot().await?).await?;
    let query = resolve_query(&view, &saved.ok_or(Error::NotFound("saved search"))?.query).await?;
    let (wanted, judge_app, account_id) = (Arc::new(CompiledQuery::new(query)), app.clone(), viewer.account_id);
    let judge = move |event: SharedEvent| {
        // Held for as long as the search is followed.
        let _permit = &permit;
        let (app, wanted) = (judge_app.clone(), wanted.clone());
        let judge = async move {
            match document(&event) {
                Some(document) => app.follows.matches(account_id, &wanted, &event, document).await,
                None => Ok(false),
            }
        };
        judge.boxed()
    };
    let member = RoomMember::enter(&app.rooms, workspace_id, view.me().id, viewer.session_id).await?;
    let (database, predicate) = (app.database.clone(), Box::new(judge));
    Matches::start(Start { database, member, account_id, after, predicate })
}

async fn resolve_query(view: &Arc<View>, query: &str) -> Result<Query> {
    let mut typed = query_parser::parse(query)?;
    // New messages are always unread.
    typed
        .operators
        .retain(|operator| operator.key != OperatorKind::Is || !operator.value.eq_ignore_ascii_case("unread"));
    let resolved = resolve(view, &typed, &Filter::default()).await?;
    if let Some(unknown) = resolved.unresolved.first() {
        return Err(Error::invalid("savedSearchId", format!("Unknown member or channel in the search: {unknown}.")));
    }
    // Complete words: a saved query has no word that is still being typed.
    typed.terms.iter_mut().for_each(|term| term.is_prefix = false);
    Ok(Query { workspace_id: view.id(), terms: typed.terms, clauses: resolved.clauses })
}

/// Returns the search document of a message that was just sent.
fn document(event: &Event) -> Option<Document> {
    let row = message::entity::Model::from_event(event).filter(|row| row.seq == event.seq)?;
    let files = FileContent::new(event.body.files.iter().map(|described| (described, None)));
    // The room has already checked visibility.
    Some(source::document(row, PUBLIC_AUDIENCE, false, files))
}
