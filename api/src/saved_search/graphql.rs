//! `SavedSearch`, and saving and deleting. The subscription stands in `graphql/subscription.rs`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::entity::Model;
use super::service;
use crate::clock::Moment;
use crate::graphql::{app, id, id_or, viewer};
use crate::id::SavedSearchId;
use crate::workspace::view::View;

/// A search that the viewer has saved.
#[derive(SimpleObject, Clone)]
pub struct SavedSearch {
    /// `sav_` and a UUID.
    id: ID,
    /// What it is called.
    name: String,
    /// As it was typed: what `search` takes.
    query: String,
    /// When it was saved.
    created_at: Moment,
}

impl From<Model> for SavedSearch {
    fn from(row: Model) -> Self {
        Self { id: row.id.to_string().into(), name: row.name, query: row.query, created_at: row.created_at }
    }
}

/// A search to be saved.
#[derive(InputObject)]
pub struct CreateSavedSearchInput {
    /// The workspace.
    workspace_id: ID,
    /// `sav_` and a UUIDv7 minted by the client: saved again under the same id it is saved once.
    id: Option<ID>,
    /// What it is to be called, up to 80 characters.
    name: String,
    /// What to look for, as `search` takes it. At most 50 searches are saved.
    query: String,
}

/// The search that was saved.
#[derive(SimpleObject)]
pub struct CreateSavedSearchPayload {
    /// The search, as it is saved.
    saved_search: SavedSearch,
}

/// A saved search to be deleted.
#[derive(InputObject)]
pub struct DeleteSavedSearchInput {
    /// The workspace.
    workspace_id: ID,
    /// A search of the viewer.
    saved_search_id: ID,
}

/// What was deleted.
#[derive(SimpleObject)]
pub struct DeleteSavedSearchPayload {
    /// The search that is no more.
    saved_search_id: ID,
}

#[derive(Default)]
pub struct SavedSearchMutation;

#[Object]
impl SavedSearchMutation {
    /// Saves a search, for the viewer alone.
    async fn create_saved_search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CreateSavedSearchInput,
    ) -> Result<CreateSavedSearchPayload> {
        let new = id_or("id", input.id.as_ref(), SavedSearchId::mint)?;
        let workspace = id("workspaceId", &input.workspace_id)?;
        let create = |view: Arc<View>| {
            let (name, query) = (input.name.clone(), input.query.clone());
            async move { service::create(&view, new, &name, &query).await }
        };
        let saved = View::in_memory(app(context)?, viewer(context)?, workspace, create).await?;
        Ok(CreateSavedSearchPayload { saved_search: saved.into() })
    }

    /// Deletes a saved search of the viewer.
    async fn delete_saved_search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: DeleteSavedSearchInput,
    ) -> Result<DeleteSavedSearchPayload> {
        let gone: SavedSearchId = id("savedSearchId", &input.saved_search_id)?;
        let workspace = id("workspaceId", &input.workspace_id)?;
        let delete = |view: Arc<View>| async move { service::delete(&view, gone).await };
        View::in_memory(app(context)?, viewer(context)?, workspace, delete).await?;
        Ok(DeleteSavedSearchPayload { saved_search_id: input.saved_search_id })
    }
}
