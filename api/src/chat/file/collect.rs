//! Removing unused files.

use serde::Serialize;

use super::removal::removal;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, FileId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::workspace::state::Workspace;

/// Removes the unused ones of these files. Issued by the server.
#[derive(Debug, Serialize)]
pub struct CollectFiles {
    pub file_ids: Vec<FileId>,
}

impl Command for CollectFiles {
    fn name(&self) -> &'static str {
        "file.collect"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.extend(&self.file_ids);
    }

    fn decide(&self, _account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let unused = self.file_ids.iter().filter_map(|id| Some((*id, facts.files.get(id)?)));
        let unused = unused.filter(|(_, fact)| fact.description.is_some() && !fact.is_used());
        Ok(unused.map(|(id, fact)| removal(fact.uploader_id, id, Some(fact))).collect())
    }

    fn weight(&self) -> usize {
        512 * self.file_ids.len().max(1)
    }
}
