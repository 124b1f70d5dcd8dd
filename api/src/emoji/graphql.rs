//! `Emoji`, and creating and deleting.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::service;
use crate::error::Error;
use crate::event::{Event, Skeleton};
use crate::file::link;
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, id_or, viewer};
use crate::id::{EmojiId, WorkspaceId};
use crate::media::key::Variant;
use crate::member::graphql::target;
use crate::workspace::state;

/// A custom emoji. In texts and reactions it stands as `:name:`.
#[derive(SimpleObject, Clone)]
pub struct Emoji {
    /// `emo_` and a UUID.
    id: ID,
    /// Without colons.
    name: String,
    /// Where its picture is: a path on this server, for members.
    url: String,
    /// The path of a still version, for people who prefer reduced motion. Smaller than `url`; until it is ready, the
    /// original is served.
    still_url: String,
    /// The id of who made it.
    creator_id: ID,
}

impl Emoji {
    /// As it is in memory.
    pub fn of(workspace_id: WorkspaceId, emoji: &state::Emoji) -> Self {
        Self {
            id: emoji.id.to_string().into(),
            name: emoji.name.clone(),
            url: link::path(workspace_id, emoji.file_id, Variant::Original),
            still_url: link::path(workspace_id, emoji.file_id, Variant::Small),
            creator_id: emoji.creator_id.to_string().into(),
        }
    }

    /// As an event carries it.
    pub fn of_event(event: &Event) -> Option<Self> {
        let Skeleton::EmojiCreated { emoji_id, file_id } = event.skeleton else { return None };
        let name = event.body.name.clone().unwrap_or_default();
        Some(Self::of(event.workspace_id, &state::Emoji { id: emoji_id, name, file_id, creator_id: event.actor() }))
    }
}

/// An emoji to be made.
#[derive(InputObject)]
pub struct CreateEmojiInput {
    /// The workspace.
    workspace_id: ID,
    /// `emo_` and a UUIDv7 minted by the client: made again under the same id it is made once.
    id: Option<ID>,
    /// From 2 to 32 of a to z, digits, `_`, `-` and `+`.
    name: String,
    /// A picture of up to 1 MiB that the viewer has uploaded and not used yet.
    file_id: ID,
}

/// The new emoji.
#[derive(SimpleObject)]
pub struct CreateEmojiPayload {
    /// The emoji.
    emoji: Emoji,
    /// The number of the event.
    seq: Position,
}

/// An emoji to be deleted.
#[derive(InputObject)]
pub struct DeleteEmojiInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// The emoji.
    emoji_id: ID,
}

/// What was deleted.
#[derive(SimpleObject)]
pub struct DeleteEmojiPayload {
    /// The emoji that is no more.
    emoji_id: ID,
    /// The number of the event.
    seq: Position,
}

#[derive(Default)]
pub struct EmojiMutation;

#[Object]
impl EmojiMutation {
    /// Makes a custom emoji of a picture.
    async fn create_emoji(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CreateEmojiInput,
    ) -> Result<CreateEmojiPayload> {
        let workspace_id = id("workspaceId", &input.workspace_id)?;
        let new = id_or("id", input.id.as_ref(), EmojiId::mint)?;
        let file_id = id("fileId", &input.file_id)?;
        let (app, viewer) = (app(context)?, viewer(context)?);
        let receipt = service::create(app, viewer, workspace_id, new, &input.name, file_id).await?;
        let emoji = receipt.events.iter().find_map(|event| Emoji::of_event(event));
        let emoji = emoji.ok_or_else(|| Error::internal("a new emoji has no event"))?;
        Ok(CreateEmojiPayload { emoji, seq: Position(receipt.seq()) })
    }

    /// Deletes a custom emoji. Only who made it, and admins.
    async fn delete_emoji(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: DeleteEmojiInput,
    ) -> Result<DeleteEmojiPayload> {
        let (workspace_id, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let emoji_id = id("emojiId", &input.emoji_id)?;
        let receipt = service::delete(app(context)?, viewer(context)?, workspace_id, command, emoji_id).await?;
        Ok(DeleteEmojiPayload { emoji_id: input.emoji_id, seq: Position(receipt.seq()) })
    }
}
