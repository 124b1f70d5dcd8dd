//! The GraphQL schema: its root types, its limits and the conversion of errors.
//!
//! Types and resolvers are in `<noun>/graphql.rs`. Resolvers only translate between the schema, and commands and queries.

pub mod charge;
pub mod error;
pub mod events;
pub mod size;
pub mod subscription;

use async_graphql::{MergedObject, Request, SDLExportOptions, Schema as AsyncSchema, SchemaBuilder};
use futures_util::StreamExt;
use std::sync::Arc;

use crate::app::App;
use crate::chat::graphql::limits::{MAX_COMPLEXITY, MAX_SELECTION_DEPTH};
use crate::chat::graphql::node;
use crate::chat::{
    account, channel, emoji, file, invite, member, message, notification, presence, reaction, read_state, saved_search,
    search, session, workspace,
};
use crate::live::execution::ExecuteFn;

/// The query root. Fields that require authentication return `UNAUTHENTICATED` without it. Fields that take an ID
/// return `NOT_FOUND` if the viewer is not a member of the workspace that the ID names, and `BAD_USER_INPUT` if the ID
/// is malformed. Any field can return `RATE_LIMITED`, `PAYLOAD_TOO_LARGE`, `UNAVAILABLE` or `INTERNAL`. See
/// `docs/api.md` for error codes.
#[derive(MergedObject, Default)]
pub struct Query(
    session::graphql::SessionQuery,
    node::NodeQuery,
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
    channel::update_graphql::ChannelUpdateMutation,
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
        .register_output_type::<node::Node>()
        .register_output_type::<error::ErrorReason>()
        .limit_depth(MAX_SELECTION_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
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
    let options = SDLExportOptions::new().sorted_fields().sorted_enum_items().sorted_arguments().include_specified_by();
    builder().finish().sdl_with_options(options)
}

/// Returns the function that executes selections of `events`. It is not bound to a server, because items contain
/// everything they render.
pub fn executor() -> ExecuteFn {
    let schema = builder().finish();
    Arc::new(move |request: Request| schema.execute_stream(request).boxed())
}
