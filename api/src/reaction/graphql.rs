//! `Reaction`, and reacting.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use tokio::sync::OnceCell;

use super::service::{self, Counted};
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, viewer};
use crate::id::{MemberId, MessageId};
use crate::member::graphql::{Member, member_of, target};
use crate::message::graphql::{Message, changed, message_payloads};
use crate::workspace::view::View;

/// Who put which emoji on the messages of an answer, found by one question when the first is asked for.
pub struct Named {
    view: Arc<View>,
    ids: Vec<MessageId>,
    members: OnceCell<HashMap<(MessageId, String), Vec<MemberId>>>,
}

impl Named {
    /// Of these messages.
    pub fn of(view: &Arc<View>, ids: Vec<MessageId>) -> Arc<Self> {
        Arc::new(Self { view: view.clone(), ids, members: OnceCell::new() })
    }
}

/// One emoji on a message.
pub struct Reaction {
    message_id: MessageId,
    counted: Counted,
    named: Arc<Named>,
}

impl Reaction {
    /// One emoji on a message, of those of which it is known who put them there.
    pub fn new(message_id: MessageId, counted: Counted, named: Arc<Named>) -> Self {
        Self { message_id, counted, named }
    }
}

/// One emoji on a message, and who put it there.
#[Object]
impl Reaction {
    /// The emoji itself.
    async fn emoji(&self) -> &str {
        &self.counted.emoji
    }

    /// How many members reacted with it.
    async fn count(&self) -> i32 {
        i32::try_from(self.counted.count).unwrap_or(i32::MAX)
    }

    /// Whether the viewer did.
    async fn viewer_reacted(&self) -> bool {
        self.counted.viewer_reacted
    }

    /// The first 20 who did.
    async fn members(&self) -> Result<Vec<Member>> {
        let Named { view, ids, members } = &*self.named;
        let named = members.get_or_try_init(|| service::named(view, ids)).await?;
        let these = named.get(&(self.message_id, self.counted.emoji.clone())).into_iter().flatten();
        Ok(these.map(|id| member_of(view, *id)).collect::<Result<_, _>>()?)
    }
}

/// A reaction to be added.
#[derive(InputObject)]
pub struct AddReactionInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A message in a channel that the viewer is in.
    message_id: ID,
    /// One Unicode emoji. A message carries at most 50 different ones.
    emoji: String,
}

/// A reaction to be taken back.
#[derive(InputObject)]
pub struct RemoveReactionInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// The message.
    message_id: ID,
    /// The emoji.
    emoji: String,
}

message_payloads! {
    /// The message with the reaction.
    AddReactionPayload;
    /// The message without the reaction.
    RemoveReactionPayload;
}

#[derive(Default)]
pub struct ReactionMutation;

#[Object]
impl ReactionMutation {
    /// Adds the viewer's reaction to a message. Adding it twice does nothing.
    async fn add_reaction(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: AddReactionInput,
    ) -> Result<AddReactionPayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let message_id = id("messageId", &input.message_id)?;
        let receipt =
            service::add(app(context)?, viewer(context)?, workspace, command, message_id, &input.emoji).await?;
        Ok(AddReactionPayload::new(changed(context, &receipt, message_id).await?))
    }

    /// Takes the viewer's reaction back.
    async fn remove_reaction(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: RemoveReactionInput,
    ) -> Result<RemoveReactionPayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let message_id = id("messageId", &input.message_id)?;
        let receipt =
            service::remove(app(context)?, viewer(context)?, workspace, command, message_id, &input.emoji).await?;
        Ok(RemoveReactionPayload::new(changed(context, &receipt, message_id).await?))
    }
}
