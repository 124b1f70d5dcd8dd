//! The `workspace` table. Derived from the workspace's log.

use sea_orm::entity::prelude::*;

use super::ChannelMentions;
use crate::ground::clock::Timestamp;
use crate::ground::id::{FileId, MemberId, WorkspaceId};
use crate::model::event::Event;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspace")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub created_at: Timestamp,
    pub created_by: MemberId,
    /// The icon.
    pub icon_id: Option<FileId>,
    /// Who may mention an entire channel.
    pub channel_mentions: ChannelMentions,
}

crate::ground::db::without_relations!();

impl Model {
    /// Returns the workspace that an event creates.
    pub fn created(event: &Event) -> Self {
        Self::updated(event, None, ChannelMentions::default(), event.at)
    }

    /// Returns the workspace as an event updates it, with the actor in place of the creator, whom it does not name.
    pub fn updated(
        event: &Event,
        icon_id: Option<FileId>,
        channel_mentions: ChannelMentions,
        created_at: Timestamp,
    ) -> Self {
        Self {
            workspace_id: event.workspace_id,
            name: event.body.name.clone().unwrap_or_default(),
            created_at,
            created_by: event.actor(),
            icon_id,
            channel_mentions,
        }
    }
}
