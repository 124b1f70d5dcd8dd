//! The message facts.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::ground::clock::Timestamp;
use crate::ground::db::batch_query::among;
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::model::event::Seq;
use crate::model::message::entity::{Column, Entity, Model};

/// The state of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFact {
    pub channel_id: ChannelId,
    pub author_id: MemberId,
    pub thread_id: Option<MessageId>,
    pub sent_seq: Seq,
    pub sent_at: Timestamp,
    pub deleted: bool,
    pub edits: i32,
    /// Number of files attached when it was sent.
    pub files: i32,
    /// Whether it mentions the entire channel.
    pub mentions_channel: bool,
}

impl From<Model> for MessageFact {
    fn from(row: Model) -> Self {
        Self {
            channel_id: row.channel_id,
            author_id: row.author_id,
            thread_id: row.thread_id,
            sent_seq: row.seq,
            sent_at: row.created_at,
            deleted: row.deleted_at.is_some(),
            edits: row.edits,
            files: row.files,
            mentions_channel: row.mentions().channel,
        }
    }
}

pub(super) async fn fetch(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    ids: &HashSet<MessageId>,
) -> Result<HashMap<MessageId, MessageFact>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find()
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(among(connection, Column::Id, ids.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
}
