//! Converts errors of the server to GraphQL errors with code, reason, field and `retryAfter`. Internals are never
//! included.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest, NextSubscribe};
use async_graphql::resolver_utils::enum_value;
use async_graphql::{Enum, ErrorExtensionValues, Response, ServerError};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use crate::ground::error::{Error, Reason};
use crate::ground::id::CommandId;

/// The rule that rejected a request: `extensions.reason` of every error with the code `FORBIDDEN` or `CONFLICT`, and of
/// some with `BAD_USER_INPUT`. New reasons may be added. For an unknown one, show the error's message.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Reason")]
pub enum ErrorReason {
    /// Only owners and admins may mention a whole channel in this workspace.
    ChannelMentionRestricted,
    /// A direct channel has no name and no topic, cannot be archived, and keeps its members.
    DirectChannel,
    /// The channel that every new member joins cannot be archived.
    FirstChannel,
    /// Registration requires an invite.
    InviteRequired,
    /// The link to a file has expired or is invalid.
    LinkExpired,
    /// Only the creator of the object, owners and admins may do this.
    NotCreator,
    /// The viewer must join the channel first.
    NotInChannel,
    /// The viewer's role in the workspace does not suffice.
    RoleRequired,
    /// Only server administrators may create workspaces.
    ServerAdminRequired,
    /// After too many wrong passwords, sign-in is possible only from devices that have signed in to the account before.
    UnknownDevice,
    /// The message mentions many members without `confirmChannelMention`.
    ChannelMentionUnconfirmed,
    /// The channel is archived.
    ChannelArchived,
    /// The file is already an attachment, an avatar, an icon or an emoji. Upload it again.
    FileAlreadyUsed,
    /// The file is an avatar, an icon or an emoji. Replace it there before deleting it.
    FileInUse,
    /// The member is the last owner of the workspace.
    LastOwner,
    /// Another request is sending the same part of the upload.
    PartReplaced,
    /// The upload is complete, was cancelled or has expired.
    UploadEnded,
    /// Another public channel already has this name.
    ChannelNameTaken,
    /// An account with this email address already exists.
    EmailTaken,
    /// Another custom emoji already has this name.
    EmojiNameTaken,
    /// The handle looks like that of another member.
    HandleLooksAlike,
    /// Another member already has this handle.
    HandleTaken,
    /// The ID is already in use, or was used with a different input.
    IdTaken,
    /// The viewer has reached the limit of created channels.
    CreatedChannelLimit,
    /// The message has reached the limit of edits.
    EditLimit,
    /// The workspace or the viewer has reached the limit of custom emoji.
    EmojiLimit,
    /// The workspace or the viewer has reached the limit of active invites.
    InviteLimit,
    /// The viewer has reached the limit of joined channels.
    JoinedChannelLimit,
    /// Another member has reached the limit of joined channels, in total or of those created by the viewer.
    MemberChannelLimit,
    /// The message has reached the limit of different reactions.
    ReactionLimit,
    /// The viewer has reached the limit of saved searches.
    SavedSearchLimit,
    /// The workspace has reached the limit of channels.
    WorkspaceChannelLimit,
    /// The account has reached the limit of workspaces.
    WorkspaceLimit,
}

/// Adds the error code to every error.
pub struct ErrorCodes;

impl ExtensionFactory for ErrorCodes {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ErrorCodes {
    async fn request(&self, context: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        with_codes(next.run(context).await)
    }

    fn subscribe<'s>(
        &self,
        context: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        next.run(context, stream).map(with_codes).boxed()
    }
}

fn with_codes(mut response: Response) -> Response {
    for error in &mut response.errors {
        match error.source::<Error>().cloned() {
            Some(source) => describe(error, &source),
            // The library detects values of the wrong type while it resolves a field.
            None if !error.path.is_empty() => {
                error.extensions.get_or_insert_default().set("code", "BAD_USER_INPUT");
            }
            None => {}
        }
    }
    response
}

/// A response that consists of one error.
pub fn response(error: &Error) -> Response {
    let mut graphql = ServerError::new(error.to_string(), None);
    describe(&mut graphql, error);
    Response::from_errors(vec![graphql])
}

fn describe(graphql: &mut ServerError, error: &Error) {
    let extensions: &mut ErrorExtensionValues = graphql.extensions.get_or_insert_default();
    extensions.set("code", error.code());
    if let Some(reason) = error.reason() {
        extensions.set("reason", enum_value(ErrorReason::from(reason)));
    }
    if let Some(wait) = error.retry_after() {
        extensions.set("retryAfter", Error::retry_seconds(wait));
    }
    match error {
        Error::Invalid { field, .. } => extensions.set("field", *field),
        Error::Internal(text) => {
            let correlation = CommandId::mint().0.simple().to_string();
            tracing::error!(%correlation, %text, "internal error");
            extensions.set("correlationId", correlation);
        }
        _ => {}
    }
    graphql.message = error.to_string();
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn extensions(error: &Error) -> Value {
        serde_json::to_value(response(error)).unwrap()["errors"][0]["extensions"].clone()
    }

    #[test]
    fn renders_reasons_as_names_of_the_schema() {
        let archived = Error::Conflict(Reason::ChannelArchived, "The channel is archived.".into());
        assert_eq!(extensions(&archived), json!({ "code": "CONFLICT", "reason": "CHANNEL_ARCHIVED" }));
        let unread = Error::Forbidden(Reason::NotInChannel, "Join the channel first.");
        assert_eq!(extensions(&unread), json!({ "code": "FORBIDDEN", "reason": "NOT_IN_CHANNEL" }));
        let reason = Some(Reason::ChannelMentionUnconfirmed);
        let unconfirmed = Error::Invalid { field: "text", why: "Confirm it.".into(), reason };
        let expected = json!({ "code": "BAD_USER_INPUT", "field": "text", "reason": "CHANNEL_MENTION_UNCONFIRMED" });
        assert_eq!(extensions(&unconfirmed), expected);
        assert_eq!(
            extensions(&Error::invalid("name", "Must not be empty.")),
            json!({ "code": "BAD_USER_INPUT", "field": "name" })
        );
    }
}
