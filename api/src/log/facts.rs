//! Facts: the database rows that a batch of commands depends on, fetched together and kept current while the batch is
//! decided.
//!
//! Facts hold only what is not part of the in-memory `Workspace`. The events of each accepted command are applied to
//! them, so that the next command of the batch sees its effect.

pub mod accounts;
mod apply;
pub mod files;
pub mod invites;
pub mod messages;
pub mod reactions;

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use self::accounts::{Fingerprint, SessionFact};
use self::files::{FileFact, UploadFact};
use self::invites::InviteFact;
use self::messages::MessageFact;
use self::reactions::{ReactionReads, Reactions};
use crate::ground::clock::Timestamp;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, FileId, InviteId, MemberId, MessageId, SessionId, WorkspaceId};
use crate::model::log::entity::log;

/// The read set of a batch: the rows that its commands depend on.
#[derive(Debug, Default)]
pub struct ReadSet {
    pub messages: HashSet<MessageId>,
    pub reactions: ReactionReads,
    pub invites: HashSet<InviteId>,
    /// Whether the number of open invites per creator is needed.
    pub open_invites: bool,
    /// Accounts that may hold a reserved use of these invites.
    pub joining: HashSet<AccountId>,
    pub files: HashSet<FileId>,
    /// Uploads that have not become files yet.
    pub uploads: HashSet<FileId>,
    /// Normalized emails.
    pub emails: HashSet<String>,
    pub accounts: HashSet<AccountId>,
    pub sessions: HashSet<SessionId>,
    /// Accounts of which all active sessions are needed.
    pub signed_in: HashSet<AccountId>,
    /// Accounts whose current password is needed.
    pub credentials: HashSet<AccountId>,
    /// Workspaces that may already exist.
    pub workspaces: HashSet<WorkspaceId>,
}

/// The rows of a read set, consistent with the state that the batch is decided on.
#[derive(Debug, Default)]
pub struct Facts {
    /// The database's clock at the start of the batch.
    pub at: Timestamp,
    pub messages: HashMap<MessageId, MessageFact>,
    pub reactions: HashMap<MessageId, Reactions>,
    pub invites: HashMap<InviteId, InviteFact>,
    /// Open invites per creator; fetched only if the batch creates an invite.
    pub open_invites: HashMap<MemberId, usize>,
    pub files: HashMap<FileId, FileFact>,
    /// Pending uploads.
    pub uploads: HashMap<FileId, UploadFact>,
    pub emails: HashMap<String, AccountId>,
    pub accounts: HashSet<AccountId>,
    /// Whether any account has ever registered.
    pub any_account: bool,
    pub sessions: HashMap<SessionId, SessionFact>,
    /// The current passwords.
    pub credentials: HashMap<AccountId, Fingerprint>,
    /// The requested workspaces that exist.
    pub workspaces: HashSet<WorkspaceId>,
}

impl Facts {
    /// Fetches the rows of a read set with one or two statements per kind that is not empty.
    pub async fn fetch(
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        reads: &ReadSet,
        at: Timestamp,
    ) -> Result<Self> {
        let mut facts = Self {
            at,
            messages: messages::fetch(connection, workspace_id, &reads.messages).await?,
            reactions: reactions::fetch(connection, workspace_id, &reads.reactions).await?,
            invites: invites::fetch(connection, workspace_id, &reads.invites, &reads.joining).await?,
            files: files::fetch(connection, workspace_id, &reads.files).await?,
            uploads: files::fetch_uploads(connection, workspace_id, &reads.uploads).await?,
            workspaces: fetch_existing(connection, &reads.workspaces).await?,
            ..Self::default()
        };
        if reads.open_invites {
            facts.open_invites = invites::count_open(connection, workspace_id, at).await?;
        }
        if workspace_id == WorkspaceId::SERVER {
            facts.fetch_accounts(connection, reads).await?;
        }
        Ok(facts)
    }

    async fn fetch_accounts(&mut self, connection: &impl ConnectionTrait, reads: &ReadSet) -> Result<()> {
        if !reads.emails.is_empty() {
            self.emails = accounts::fetch_emails(connection, &reads.emails).await?;
            self.any_account = accounts::is_any_registered(connection).await?;
        }
        self.accounts = accounts::fetch_existing(connection, &reads.accounts).await?;
        self.sessions = accounts::fetch_sessions(connection, &reads.sessions, &reads.signed_in).await?;
        self.credentials = accounts::fetch_credentials(connection, &reads.credentials).await?;
        Ok(())
    }
}

/// Fetches which of these workspaces exist.
async fn fetch_existing(connection: &impl ConnectionTrait, ids: &HashSet<WorkspaceId>) -> Result<HashSet<WorkspaceId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = log::Entity::find().filter(log::Column::WorkspaceId.is_in(ids.iter().copied())).all(connection).await?;
    Ok(rows.into_iter().map(|row| row.workspace_id).collect())
}
