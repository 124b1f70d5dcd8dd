//! The schema: its roots, its limits, and how errors of the server become errors of GraphQL.
//!
//! What a type or a field does stands in `<noun>/graphql.rs`; resolvers translate and nothing more.

pub mod budget;
pub mod charge;
pub mod connection;
pub mod error;
pub mod events;
pub mod scalar;
pub mod size;
pub mod subscription;

use async_graphql::{Context, ID, MergedObject, Request, SDLExportOptions, Schema as Built, SchemaBuilder};
use futures_util::StreamExt;
use std::str::FromStr;
use std::sync::Arc;

use crate::app::App;
use crate::error::{Error, Result};
use crate::live::rendering::Execute;
use crate::viewer::{Remembered, Viewer};
use crate::{
    account, channel, emoji, file, invite, member, message, notification, presence, reaction, reading, saved_search,
    search, sign_in, workspace,
};

/// Bytes of a document.
pub const DOCUMENT_MAX: usize = 32 * 1024;
/// Nesting of selections. What tools ask for the schema with nests 15 deep.
pub const DEPTH_MAX: usize = 18;
/// Cost of a document: one per field, times the size of the pages that it stands in.
pub const COMPLEXITY_MAX: usize = 20_000;

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    sign_in::graphql::SignInQuery,
    workspace::graphql::WorkspaceQuery,
    member::graphql::MemberQuery,
    channel::graphql::ChannelQuery,
    message::graphql::MessageQuery,
    invite::graphql::InviteQuery,
    search::graphql::SearchQuery,
    file::graphql::FileQuery,
    file::upload_graphql::UploadQuery,
);

/// Everything that can be done. What is done twice under one id is done once.
#[derive(MergedObject, Default)]
pub struct Mutation(People, Talk, Files);

#[derive(MergedObject, Default)]
struct People(
    account::graphql::AccountMutation,
    sign_in::graphql::SignInMutation,
    workspace::graphql::WorkspaceMutation,
    invite::graphql::InviteMutation,
    member::graphql::MemberMutation,
    presence::graphql::PresenceMutation,
    saved_search::graphql::SavedSearchMutation,
);

#[derive(MergedObject, Default)]
struct Talk(
    channel::graphql::ChannelMutation,
    message::graphql::MessageMutation,
    reaction::graphql::ReactionMutation,
    reading::graphql::ReadingMutation,
    notification::graphql::NotificationMutation,
);

#[derive(MergedObject, Default)]
struct Files(file::upload_graphql::UploadMutation, file::graphql::FileMutation, emoji::graphql::EmojiMutation);

/// The schema of the server.
pub type Schema = Built<Query, Mutation, subscription::Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, subscription::Subscription> {
    Schema::build(Query::default(), Mutation::default(), subscription::Subscription)
        .register_output_type::<events::LogEvent>()
        .register_output_type::<workspace::graphql::Node>()
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .limit_directives(10)
        .extension(error::Codes)
        .extension(charge::Charge)
        .extension(size::Sizes)
}

/// The schema, over a running server.
pub fn schema(app: App) -> Schema {
    builder().data(app).finish()
}

/// The schema's text, as `confab schema` prints it.
pub fn sdl() -> String {
    builder().finish().sdl_with_options(SDLExportOptions::new().sorted_fields().sorted_enum_items().sorted_arguments())
}

/// What executes the selections of `events`. The server that they belong to is not needed: items carry
/// all that is rendered.
pub fn rendering() -> Execute {
    let schema = builder().finish();
    Arc::new(move |request: Request| schema.execute_stream(request).boxed())
}

/// The running server.
///
/// # Errors
/// `INTERNAL` where a selection of `events` reaches a resolver that needs it, which is refused before.
pub fn app<'a>(context: &Context<'a>) -> Result<&'a App> {
    context.data::<App>().map_err(|_| Error::internal("a resolver that needs the server ran without it"))
}

/// Who asks.
///
/// # Errors
/// `UNAUTHENTICATED` when nobody is signed in; `UNAVAILABLE` when that cannot be asked now.
pub fn viewer<'a>(context: &Context<'a>) -> Result<&'a Viewer> {
    context.data_opt::<Viewer>().ok_or_else(|| match context.data_opt::<Remembered>() {
        Some(_) => Error::Away("database"),
        None => Error::Unauthenticated,
    })
}

/// Reads an id of the kind that `field` wants.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn id<T: FromStr<Err = crate::id::WrongId>>(field: &'static str, id: &ID) -> Result<T> {
    id.parse().map_err(|wrong: crate::id::WrongId| Error::invalid(field, wrong.to_string()))
}

/// Reads several.
///
/// # Errors
/// `BAD_USER_INPUT`, also for more than `max`.
pub fn ids<T: FromStr<Err = crate::id::WrongId>>(field: &'static str, ids: &[ID], max: usize) -> Result<Vec<T>> {
    if ids.len() > max {
        return Err(Error::invalid(field, format!("At most {max} ids at once.")));
    }
    ids.iter().map(|one| id(field, one)).collect()
}

/// Reads an id that the client may leave out.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn id_or<T: FromStr<Err = crate::id::WrongId>>(
    field: &'static str,
    given: Option<&ID>,
    mint: fn() -> T,
) -> Result<T> {
    given.map_or_else(|| Ok(mint()), |given| id(field, given))
}
