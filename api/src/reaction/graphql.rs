//! `Reaction`, and reacting.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::entity::Model;
use super::service;
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, viewer};
use crate::id::MemberId;
use crate::member::graphql::{Member, member_of, target};
use crate::message::graphql::{Message, changed, message_payloads};
use crate::workspace::view::View;

/// How many of those who reacted are named.
const NAMED: usize = 20;

/// One emoji on a message.
pub struct Reaction {
    emoji: String,
    members: Vec<MemberId>,
    view: Arc<View>,
}

impl Reaction {
    /// Groups the reactions on one message by emoji, in the order in which each emoji came.
    pub fn group(view: &Arc<View>, rows: &[Model]) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for row in rows {
            match groups.iter_mut().find(|group| group.emoji == row.emoji) {
                Some(group) => group.members.push(row.member_id),
                None => {
                    groups.push(Self { emoji: row.emoji.clone(), members: vec![row.member_id], view: view.clone() });
                }
            }
        }
        groups
    }
}

/// One emoji on a message, and who put it there.
#[Object]
impl Reaction {
    /// The emoji itself.
    async fn emoji(&self) -> &str {
        &self.emoji
    }

    /// How many members reacted with it.
    async fn count(&self) -> i32 {
        i32::try_from(self.members.len()).unwrap_or(i32::MAX)
    }

    /// Whether the viewer did.
    async fn viewer_reacted(&self) -> bool {
        self.members.contains(&self.view.me().id)
    }

    /// The first 20 who did.
    async fn members(&self) -> Result<Vec<Member>> {
        let named = self.members.iter().take(NAMED).map(|id| member_of(&self.view, *id));
        Ok(named.collect::<Result<_, _>>()?)
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
