//! Adding derived data to a file.

use serde::Serialize;

use super::update::updated;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, FileId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::file::description::Derivatives;
use crate::model::workspace::state::Workspace;

/// Adds derived data, such as previews, to a file that has none. Issued by the server.
#[derive(Debug, Serialize)]
pub struct DescribeFile {
    pub file_id: FileId,
    pub made: Derivatives,
}

impl Command for DescribeFile {
    fn name(&self) -> &'static str {
        "file.describe"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.files.insert(self.file_id);
    }

    fn decide(&self, _account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let fact = facts.files.get(&self.file_id);
        let described = fact.and_then(|fact| Some((fact, fact.description.clone()?)));
        Ok(match described {
            Some((fact, description)) if description.made.is_none() => {
                vec![updated(fact, description.with(self.made.clone()))]
            }
            _ => Vec::new(),
        })
    }

    fn weight(&self) -> usize {
        2048
    }
}
