//! What resolvers take from the context of a request: the application, the viewer, and the IDs among the arguments.

use std::str::FromStr;

use async_graphql::{Context, ID};

use crate::app::App;
use crate::ground::error::{Error, Result};
use crate::ground::id::InvalidId;
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

/// Parses several IDs.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID or more than `max`.
pub fn ids<T: FromStr<Err = InvalidId>>(field: &'static str, ids: &[ID], max: usize) -> Result<Vec<T>> {
    if ids.len() > max {
        return Err(Error::invalid(field, format!("Too many IDs: maximum {max}.")));
    }
    ids.iter().map(|one| id(field, one)).collect()
}

/// Parses an optional ID, or generates one.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID.
pub fn id_or<T: FromStr<Err = InvalidId>>(field: &'static str, given: Option<&ID>, mint: fn() -> T) -> Result<T> {
    given.map_or_else(|| Ok(mint()), |given| id(field, given))
}
