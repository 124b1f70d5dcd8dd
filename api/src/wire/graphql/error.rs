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

/// The rule by which a request was refused: `extensions.reason` of every error with the code `FORBIDDEN` or `CONFLICT`,
/// and of some with `BAD_USER_INPUT`. Reasons can be added: show the message of an unknown one.
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
    /// The viewer did not create the object, and their role does not suffice either.
    NotCreator,
    /// The viewer is not a member of the channel, which they can join.
    NotInChannel,
    /// The viewer's role in the workspace does not suffice.
    RoleRequired,
    /// Only server administrators may create workspaces.
    ServerAdminRequired,
    /// After too many wrong passwords, the account can be used only from devices that it was used from before.
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
    /// Another request sends the same part of an upload.
    PartReplaced,
    /// The upload is complete, was cancelled or has expired.
    UploadEnded,
    /// A public channel has this name.
    ChannelNameTaken,
    /// An account has this email address.
    EmailTaken,
    /// A custom emoji has this name.
    EmojiNameTaken,
    /// The handle looks like that of another member.
    HandleLooksAlike,
    /// Another member has this handle.
    HandleTaken,
    /// The ID is in use, or was used with a different input.
    IdTaken,
    /// The viewer has created as many channels as a member may.
    CreatedChannelLimit,
    /// The message has been edited as often as possible.
    EditLimit,
    /// The workspace or the viewer has as many custom emoji as possible.
    EmojiLimit,
    /// The workspace or the viewer has as many active invites as possible.
    InviteLimit,
    /// The viewer is in as many channels as possible.
    JoinedChannelLimit,
    /// Another member is in as many channels as possible, in total or of those created by the viewer.
    MemberChannelLimit,
    /// The message has as many different reactions as possible.
    ReactionLimit,
    /// The viewer has as many saved searches as possible.
    SavedSearchLimit,
    /// The workspace has as many channels as possible.
    WorkspaceChannelLimit,
    /// The account is in as many workspaces as possible.
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
