//! Receipts: the results of accepted commands.

use crate::model::event::{Seq, SharedEvent};
use crate::model::workspace::state::Workspace;

/// The result of an accepted command.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The events of the command. Empty if it changed nothing.
    pub events: Vec<SharedEvent>,
    /// The workspace right after the command; the current workspace for a repeated command.
    pub workspace: Workspace,
    /// Whether the command had been accepted before, so that this is its original result.
    pub repeated: bool,
    seq: Seq,
}

impl Receipt {
    pub(super) fn new(events: Vec<SharedEvent>, workspace: Workspace) -> Self {
        Self { seq: workspace.seq, events, workspace, repeated: false }
    }

    /// Creates the receipt of a repeated command that was originally accepted at `seq`.
    pub(super) fn repeated(events: Vec<SharedEvent>, seq: Seq, workspace: Workspace) -> Self {
        Self { seq, events, workspace, repeated: true }
    }

    /// The sequence number of the command's last event, or of the log's last event if it changed nothing.
    pub fn seq(&self) -> Seq {
        self.seq
    }
}
