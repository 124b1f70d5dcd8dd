//! The facts about files and uploads.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::ground::db::batch_query::among;
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, FileId, MemberId, MessageId, WorkspaceId};
use crate::model::file::description::Description;
use crate::model::file::entity::{file, upload};
use crate::model::file::kind::Purpose;

/// The state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFact {
    pub uploader_id: MemberId,
    /// `None` once the file is removed.
    pub description: Option<Description>,
    pub purpose: Option<Purpose>,
    pub message_id: Option<MessageId>,
    pub channel_id: Option<ChannelId>,
}

impl FileFact {
    /// Whether a message or another object refers to the file.
    pub fn is_used(&self) -> bool {
        self.message_id.is_some() || self.purpose.is_some()
    }
}

impl From<file::Model> for FileFact {
    fn from(row: file::Model) -> Self {
        Self {
            uploader_id: row.uploader_id,
            description: row.described(),
            purpose: row.purpose,
            message_id: row.message_id,
            channel_id: row.channel_id,
        }
    }
}

/// The state of a pending upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadFact {
    pub member_id: MemberId,
    /// The claim of the process that is checking it.
    pub checker: Option<Uuid>,
}

pub(super) async fn fetch(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    ids: &HashSet<FileId>,
) -> Result<HashMap<FileId, FileFact>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = file::Entity::find()
        .filter(file::Column::WorkspaceId.eq(workspace_id))
        .filter(among(connection, file::Column::Id, ids.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
}

pub(super) async fn fetch_uploads(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    ids: &HashSet<FileId>,
) -> Result<HashMap<FileId, UploadFact>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = upload::Entity::find()
        .filter(upload::Column::WorkspaceId.eq(workspace_id))
        .filter(upload::Column::State.eq(upload::State::Pending))
        .filter(among(connection, upload::Column::Id, ids.iter().copied()))
        .all(connection)
        .await?;
    let fact = |row: upload::Model| (row.id, UploadFact { member_id: row.member_id, checker: row.checker });
    Ok(rows.into_iter().map(fact).collect())
}
