//! The GraphQL schema: its root types, its limits and the conversion of errors.
//!
//! Types and resolvers are in `<noun>/graphql.rs`. Resolvers only translate between the schema and the services.

pub mod budget;
pub mod charge;
pub mod connection;
pub mod error;
pub mod events;
pub mod scalar;
pub mod size;
pub mod subscription;

use async_graphql::{Context, ID, MergedObject, Request, SDLExportOptions, Schema as AsyncSchema, SchemaBuilder};
use futures_util::StreamExt;
use std::str::FromStr;
use std::sync::Arc;

use crate::app::App;
use crate::error::{Error, Result};
use crate::live::execution::ExecuteFn;
use crate::viewer::{CachedViewer, Viewer};
use crate::{
    account, channel, emoji, file, invite, member, message, notification, presence, reaction, read_state, saved_search,
    search, session, workspace,
};

/// Maximum size of a document, in bytes.
pub const DOCUMENT_MAX: usize = 32 * 1024;
/// Maximum nesting of selections. The introspection query of common tools nests 15 levels.
pub const DEPTH_MAX: usize = 18;
/// Maximum cost of a document: 1 per field, multiplied by the sizes of the pages that contain it.
pub const COMPLEXITY_MAX: usize = 20_000;

/// The query root. Fields that require authentication return `UNAUTHENTICATED` without it. Fields that take a
/// `workspaceId` return `NOT_FOUND` if the viewer is not a member of the workspace, and `BAD_USER_INPUT` for malformed
/// IDs. Any field can return `RATE_LIMITED`, `PAYLOAD_TOO_LARGE`, `UNAVAILABLE` or `INTERNAL`. See `docs/api.md` for
/// error codes.
#[derive(MergedObject, Default)]
pub struct Query(
    session::graphql::SessionQuery,
    workspace::graphql::WorkspaceQuery,
    member::graphql::MemberQuery,
    channel::graphql::ChannelQuery,
    message::graphql::MessageQuery,
    invite::graphql::InviteQuery,
    search::graphql::SearchQuery,
    file::graphql::FileQuery,
    file::upload_graphql::UploadQuery,
);

/// The mutation root. Mutations are idempotent: for 30 days, repeating a mutation with the same `id` or `commandId`
/// returns the result of the first execution, or `CONFLICT` if the input differs.
///
/// In addition to its documented errors, any mutation can return `UNAUTHENTICATED` without authentication,
/// `NOT_FOUND` if the viewer is not a member of the workspace, `BAD_USER_INPUT` for malformed IDs, `RATE_LIMITED` with
/// `retryAfter`, `PAYLOAD_TOO_LARGE`, `UNAVAILABLE` or `INTERNAL`. After `UNAVAILABLE` and `INTERNAL`, retry with the
/// same `id` or `commandId`.
#[derive(MergedObject, Default)]
pub struct Mutation(AccountMutations, ConversationMutations, FileMutations);

#[derive(MergedObject, Default)]
struct AccountMutations(
    account::graphql::AccountMutation,
    session::graphql::SessionMutation,
    workspace::graphql::WorkspaceMutation,
    invite::graphql::InviteMutation,
    member::graphql::MemberMutation,
    presence::graphql::PresenceMutation,
    saved_search::graphql::SavedSearchMutation,
);

#[derive(MergedObject, Default)]
struct ConversationMutations(
    channel::graphql::ChannelMutation,
    message::graphql::MessageMutation,
    reaction::graphql::ReactionMutation,
    read_state::graphql::ReadStateMutation,
    notification::graphql::NotificationMutation,
);

#[derive(MergedObject, Default)]
struct FileMutations(file::upload_graphql::UploadMutation, file::graphql::FileMutation, emoji::graphql::EmojiMutation);

/// The schema of the server.
pub type Schema = AsyncSchema<Query, Mutation, subscription::Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, subscription::Subscription> {
    Schema::build(Query::default(), Mutation::default(), subscription::Subscription)
        .register_output_type::<events::LogEvent>()
        .register_output_type::<workspace::graphql::Node>()
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .limit_directives(10)
        .extension(error::ErrorCodes)
        .extension(charge::ChargeComplexity)
        .extension(size::ResponseSize)
}

/// The schema bound to a running server.
pub fn schema(app: App) -> Schema {
    builder().data(app).finish()
}

/// The schema in SDL, as printed by `confab schema`.
pub fn sdl() -> String {
    builder().finish().sdl_with_options(SDLExportOptions::new().sorted_fields().sorted_enum_items().sorted_arguments())
}

/// Returns the function that executes selections of `events`. It is not bound to a server, because items contain
/// everything they render.
pub fn executor() -> ExecuteFn {
    let schema = builder().finish();
    Arc::new(move |request: Request| schema.execute_stream(request).boxed())
}

/// The running server.
///
/// # Errors
/// `INTERNAL` if a selection of `events` reaches a resolver that needs the server. Validation rejects such selections.
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
pub fn id<T: FromStr<Err = crate::id::InvalidId>>(field: &'static str, id: &ID) -> Result<T> {
    id.parse().map_err(|wrong: crate::id::InvalidId| Error::invalid(field, wrong.to_string()))
}

/// Parses several IDs.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID or more than `max`.
pub fn ids<T: FromStr<Err = crate::id::InvalidId>>(field: &'static str, ids: &[ID], max: usize) -> Result<Vec<T>> {
    if ids.len() > max {
        return Err(Error::invalid(field, format!("Too many IDs: maximum {max}.")));
    }
    ids.iter().map(|one| id(field, one)).collect()
}

/// Parses an optional ID, or generates one.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid ID.
pub fn id_or<T: FromStr<Err = crate::id::InvalidId>>(
    field: &'static str,
    given: Option<&ID>,
    mint: fn() -> T,
) -> Result<T> {
    given.map_or_else(|| Ok(mint()), |given| id(field, given))
}
