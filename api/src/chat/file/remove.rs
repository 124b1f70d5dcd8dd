//! Removing a file.

use serde::Serialize;

use super::access::{require_changeable, require_visible};
use super::removal::removal;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, FileId};
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::member::Role;
use crate::model::workspace::state::Workspace;

/// Removes a file. Only for the uploader and admins.
#[derive(Debug, Serialize)]
pub struct RemoveFile {
    pub file_id: FileId,
}

impl Command for RemoveFile {
    fn name(&self) -> &'static str {
        "file.remove"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.insert(self.file_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if it is in use as a picture or an emoji, or its channel is
    /// archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let (fact, _) = require_visible(workspace, facts, me, self.file_id)?;
        if fact.uploader_id != me.id && me.role < Role::Admin {
            return Err(Error::Forbidden(
                Reason::NotCreator,
                "Only its uploader, owners and admins can delete a file.",
            ));
        }
        require_changeable(workspace, fact)?;
        if fact.purpose.is_some() {
            let why = "The file is in use as an avatar, icon or emoji. Replace it there first.";
            return Err(Error::Conflict(Reason::FileInUse, why.into()));
        }
        Ok(vec![removal(me.id, self.file_id, Some(fact))])
    }

    fn weight(&self) -> usize {
        2048
    }
}
