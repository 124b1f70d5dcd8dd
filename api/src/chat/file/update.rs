//! Changing the alternative text of a file.

use serde::Serialize;

use super::access::{require_changeable, require_visible};
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, FileId};
use crate::ground::text;
use crate::log::facts::files::FileFact;
use crate::log::{Command, Draft, Facts, ReadSet, require_member};
use crate::model::event::{Body, Skeleton};
use crate::model::file::MAX_ALT_CHARS;
use crate::model::file::description::Description;
use crate::model::workspace::state::Workspace;

/// Sets the alternative text. Only for the uploader.
#[derive(Debug, Serialize)]
pub struct UpdateFile {
    file_id: FileId,
    /// At most [`MAX_ALT_CHARS`] characters. `None` removes it.
    alt: Option<String>,
}

impl UpdateFile {
    /// # Errors
    /// `BAD_USER_INPUT` for a text that is too long.
    pub fn new(file_id: FileId, alt: Option<&str>) -> Result<Self> {
        let alt = alt.map(str::trim).filter(|alt| text::is_visible(alt));
        text::require_max_chars("alt", alt.unwrap_or_default(), MAX_ALT_CHARS)?;
        Ok(Self { file_id, alt: alt.map(str::to_owned) })
    }
}

impl Command for UpdateFile {
    fn name(&self) -> &'static str {
        "file.update"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.insert(self.file_id);
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` if its channel is archived.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let (fact, description) = require_visible(workspace, facts, me, self.file_id)?;
        if fact.uploader_id != me.id {
            return Err(Error::Forbidden(
                Reason::NotCreator,
                "Only its uploader can change the alternative text of a file.",
            ));
        }
        require_changeable(workspace, fact)?;
        let changed = Description { alt: self.alt.clone(), ..description.clone() };
        Ok(if changed == *description { Vec::new() } else { vec![updated(fact, changed)] })
    }

    fn weight(&self) -> usize {
        2048
    }
}

/// Drafts a new description of a file.
pub fn updated(fact: &FileFact, description: Description) -> Draft {
    let skeleton =
        Skeleton::FileUpdated { file_id: description.id, message_id: fact.message_id, channel_id: fact.channel_id };
    Draft::by(fact.uploader_id, skeleton, Body::file(description))
}
