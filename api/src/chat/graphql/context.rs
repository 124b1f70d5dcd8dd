//! What resolvers read from the context of a request: the application, the viewer, and the IDs among the arguments.

use std::str::FromStr;
use std::sync::Arc;

use async_graphql::{Context, ID};

use crate::app::App;
use crate::chat::workspace::view::View;
use crate::ground::error::{Error, Result};
use crate::ground::id::{FileId, GlobalId, InvalidId, WorkspaceId, WorkspaceScoped};
use crate::model::viewer::{CachedViewer, Viewer};

/// The running server.
///
/// # Errors
/// `INTERNAL` for a resolver of items of `events`, which run without the server.
pub fn app<'a>(context: &Context<'a>) -> Result<&'a App> {
    context.data::<App>().map_err(|_| Error::internal("a resolver that requires the server ran without it"))
}

/// The account that sends the request.
///
/// # Errors
/// `UNAUTHENTICATED` without authentication, `UNAVAILABLE` if the session cannot be verified now.
pub fn viewer<'a>(context: &Context<'a>) -> Result<&'a Viewer> {
    context.data_opt::<Viewer>().ok_or_else(|| match context.data_opt::<CachedViewer>() {
        Some(_) => Error::DependencyUnavailable("database"),
        None => Error::Unauthenticated,
    })
}

/// Parses an ID of the type expected by `field`.
///
/// # Errors
/// `BAD_USER_INPUT` for any other ID.
pub fn id<T: FromStr<Err = InvalidId>>(field: &'static str, id: &ID) -> Result<T> {
    id.parse().map_err(|wrong: InvalidId| Error::invalid(field, wrong.to_string()))
}

/// Opens the workspace that an ID names, for an object in it.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID, `NOT_FOUND` if the viewer is not a member, as if the object did not exist.
pub async fn open_view_of<T: WorkspaceScoped>(
    context: &Context<'_>,
    field: &'static str,
    given: &ID,
) -> Result<(Arc<View>, T)> {
    let GlobalId { workspace_id, id } = id(field, given)?;
    match View::open(app(context)?, viewer(context)?, workspace_id).await {
        Err(Error::NotFound(_)) => Err(Error::NotFound(T::NOUN)),
        view => Ok((view?, id)),
    }
}

/// Parses an optional ID, or generates one.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID.
pub fn id_or<T: FromStr<Err = InvalidId>>(field: &'static str, given: Option<&ID>, mint: fn() -> T) -> Result<T> {
    given.map_or_else(|| Ok(mint()), |given| id(field, given))
}

/// Parses the ID of an object in a workspace. Call it after [`viewer`], so that callers without authentication receive
/// `UNAUTHENTICATED`.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID, `NOT_FOUND` for an object of another workspace.
pub fn id_in<T: WorkspaceScoped>(workspace_id: WorkspaceId, field: &'static str, given: &ID) -> Result<T> {
    let found: GlobalId<T> = id(field, given)?;
    if found.workspace_id != workspace_id {
        return Err(Error::NotFound(T::NOUN));
    }
    Ok(found.id)
}

/// Parses the IDs of objects in a workspace.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID or more than `max`, `NOT_FOUND` for an object of another workspace.
pub fn ids_in<T: WorkspaceScoped>(
    workspace_id: WorkspaceId,
    field: &'static str,
    given: &[ID],
    max: usize,
) -> Result<Vec<T>> {
    require_max_ids(field, given, max)?;
    given.iter().map(|one| id_in(workspace_id, field, one)).collect()
}

/// Parses IDs and keeps those of objects in a workspace.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID or more than `max`.
pub fn known_ids_in<T: WorkspaceScoped>(
    workspace_id: WorkspaceId,
    field: &'static str,
    given: &[ID],
    max: usize,
) -> Result<Vec<T>> {
    require_max_ids(field, given, max)?;
    let parsed: Vec<GlobalId<T>> = given.iter().map(|one| id(field, one)).collect::<Result<_>>()?;
    Ok(parsed.into_iter().filter(|found| found.workspace_id == workspace_id).map(|found| found.id).collect())
}

/// Parses the client-generated ID of a new object in a workspace, or generates one.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID, or one that names another workspace.
pub fn new_id_in<T: WorkspaceScoped>(
    workspace_id: WorkspaceId,
    field: &'static str,
    given: Option<&ID>,
    mint: fn() -> T,
) -> Result<T> {
    let Some(given) = given else { return Ok(mint()) };
    let new: GlobalId<T> = id(field, given)?;
    if new.workspace_id != workspace_id {
        let why = format!("Invalid ID: expected {}, the 26 characters of the workspace and 26 more.", T::PREFIX);
        return Err(Error::invalid(field, why));
    }
    Ok(new.id)
}

/// Resolves the change of an avatar or icon: set it, remove it, or leave it unchanged (`None`).
///
/// # Errors
/// `BAD_USER_INPUT` if both a new image and its removal are requested, `NOT_FOUND` for a file of another workspace.
pub fn picture(
    workspace_id: WorkspaceId,
    field: &'static str,
    new: Option<&ID>,
    remove: Option<bool>,
) -> Result<Option<Option<FileId>>> {
    match (new, remove.unwrap_or(false)) {
        (Some(_), true) => Err(Error::invalid(field, format!("{field} cannot be combined with removing the image."))),
        (Some(new), false) => Ok(Some(Some(id_in(workspace_id, field, new)?))),
        (None, true) => Ok(Some(None)),
        (None, false) => Ok(None),
    }
}

/// Limits the number of IDs in a list.
///
/// # Errors
/// `BAD_USER_INPUT` for more than `max`.
pub fn require_max_ids(field: &'static str, given: &[ID], max: usize) -> Result<()> {
    if given.len() > max {
        return Err(Error::invalid(field, format!("Too many IDs: maximum {max}.")));
    }
    Ok(())
}
