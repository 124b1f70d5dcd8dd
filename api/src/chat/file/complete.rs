//! Completing an upload.

use async_trait::async_trait;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use uuid::Uuid;

use crate::ground::db::Transaction;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, FileId, WorkspaceId};
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::event::{Body, SharedEvent, Skeleton};
use crate::model::file::description::Description;
use crate::model::file::entity::upload;
use crate::model::file::kind::FileKind;
use crate::model::workspace::state::Workspace;

/// Turns a checked upload into a file.
#[derive(Debug, Serialize)]
pub struct CompleteUpload {
    pub file_id: FileId,
    /// `None` to repeat the result of an earlier completion: never accepted as a new command.
    #[serde(skip)]
    pub found: Option<Found>,
}

/// Result of checking the contents of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The claim of the process that ran the check.
    pub checker: Uuid,
    pub name: String,
    pub media_type: String,
    pub kind: FileKind,
    pub size: i64,
    pub is_voice: bool,
    pub dimensions: Option<(u32, u32)>,
    pub is_animated: bool,
}

#[async_trait]
impl Command for CompleteUpload {
    fn name(&self) -> &'static str {
        "file.complete"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.insert(self.file_id);
        reads.uploads.insert(self.file_id);
    }

    /// # Errors
    /// `NOT_FOUND` unless it is a pending upload of the member, `UNAVAILABLE` if the claim on it was lost.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let (file_id, unknown) = (self.file_id, || Error::NotFound("upload"));
        let found = self.found.as_ref().ok_or_else(unknown)?;
        let upload = facts.uploads.get(&file_id).filter(|upload| upload.member_id == me.id);
        let upload = upload.filter(|_| !facts.files.contains_key(&file_id)).ok_or_else(unknown)?;
        if upload.checker != Some(found.checker) {
            return Err(claim_lost());
        }
        let description = Description {
            id: file_id,
            name: found.name.clone(),
            media_type: found.media_type.clone(),
            kind: found.kind,
            size: found.size,
            uploader_id: me.id,
            created_at: facts.at,
            is_voice: found.is_voice,
            alt: None,
            dimensions: found.dimensions,
            is_animated: (found.kind == FileKind::Picture).then_some(found.is_animated),
            made: None,
        };
        let skeleton = Skeleton::FileUploaded { file_id, file_kind: found.kind, size: found.size };
        Ok(vec![Draft::by(me.id, skeleton, Body::file(description))])
    }

    /// Marks the contents as stored, so that no event refers to contents that are being deleted.
    async fn write_private(&self, transaction: &Transaction, log: WorkspaceId, _events: &[SharedEvent]) -> Result<()> {
        let done = upload::Entity::update_many()
            .col_expr(upload::Column::State, Expr::value(upload::State::Stored))
            .filter(upload::Column::WorkspaceId.eq(log))
            .filter(upload::Column::Id.eq(self.file_id))
            .filter(upload::Column::State.eq(upload::State::Pending))
            .exec(transaction)
            .await?;
        if done.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound("upload")) }
    }

    fn weight(&self) -> usize {
        2048
    }
}

/// Returns the error for a process that has lost its claim on an upload.
pub fn claim_lost() -> Error {
    Error::Unavailable("Another process is checking the upload. Retry later.".into())
}
