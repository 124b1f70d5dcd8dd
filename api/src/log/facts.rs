//! Facts: the database rows that a batch of commands depends on, fetched together and kept current while the batch is
//! decided.
//!
//! Facts hold only what is not part of the in-memory `Workspace`. The events of each accepted command are applied to
//! them, so that the next command of the batch sees its effect.

mod apply;
pub mod reactions;

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use sha2::{Digest, Sha256};

use self::reactions::Reactions;
use super::entity::log;
use crate::clock::Timestamp;
use crate::db::batch_query::among;
use crate::error::Result;
use crate::event::{Mentions, Seq};
use crate::file::command::{FileFact, UploadFact};
use crate::id::{AccountId, ChannelId, FileId, InviteId, MemberId, MessageId, SessionId, WorkspaceId};
use crate::invite;

/// The read set of a batch: the rows that its commands depend on.
#[derive(Debug, Default)]
pub struct ReadSet {
    pub messages: HashSet<MessageId>,
    pub reactions: reactions::ReactionReads,
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

/// The state of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFact {
    pub channel_id: ChannelId,
    pub author_id: MemberId,
    pub thread_id: Option<MessageId>,
    pub sent_seq: Seq,
    pub deleted: bool,
    pub edits: i32,
    /// Number of files attached when it was sent.
    pub files: i32,
    /// Whether it mentions the entire channel.
    pub mentions_channel: bool,
}

/// The state of an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteFact {
    pub expires_at: Option<Timestamp>,
    pub max_uses: Option<i32>,
    pub uses: i32,
    pub revoked: bool,
    pub created_by: MemberId,
    pub secret_hash: Option<Vec<u8>>,
    /// The joining accounts that hold a reserved use. Reserved uses are already counted in `uses`.
    pub reserved: HashSet<AccountId>,
}

/// The state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFact {
    pub account_id: AccountId,
    pub ended: bool,
}

/// Returns a digest that identifies a password hash without revealing it.
pub fn fingerprint(password_hash: &str) -> Vec<u8> {
    Sha256::digest(password_hash).to_vec()
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
    /// Password hashes, as returned by [`fingerprint`].
    pub credentials: HashMap<AccountId, Vec<u8>>,
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
        let mut facts = Self { at, ..Self::default() };
        if !reads.messages.is_empty() {
            facts.fetch_messages(connection, workspace_id, reads).await?;
        }
        facts.reactions = reactions::fetch(connection, workspace_id, &reads.reactions).await?;
        if !reads.invites.is_empty() {
            facts.fetch_invites(connection, workspace_id, reads).await?;
        }
        if reads.open_invites {
            facts.fetch_open_invites(connection, workspace_id).await?;
        }
        if !reads.files.is_empty() {
            facts.fetch_files(connection, workspace_id, reads).await?;
        }
        if !reads.uploads.is_empty() {
            facts.fetch_uploads(connection, workspace_id, reads).await?;
        }
        if workspace_id == WorkspaceId::SERVER {
            facts.fetch_accounts(connection, reads).await?;
        }
        if !reads.workspaces.is_empty() {
            facts.fetch_workspaces(connection, reads).await?;
        }
        Ok(facts)
    }

    async fn fetch_messages(
        &mut self,
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        reads: &ReadSet,
    ) -> Result<()> {
        use crate::message::entity::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(among(connection, Column::Id, reads.messages.iter().copied()))
            .all(connection)
            .await?;
        self.messages = rows
            .into_iter()
            .map(|row| {
                let fact = MessageFact {
                    channel_id: row.channel_id,
                    author_id: row.author_id,
                    thread_id: row.thread_id,
                    sent_seq: row.seq,
                    deleted: row.deleted_at.is_some(),
                    edits: row.edits,
                    files: row.files,
                    mentions_channel: serde_json::from_str(&row.mentions).is_ok_and(|found: Mentions| found.channel),
                };
                (row.id, fact)
            })
            .collect();
        Ok(())
    }

    async fn fetch_invites(
        &mut self,
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        reads: &ReadSet,
    ) -> Result<()> {
        use crate::invite::entity::{invite, invite_reservation as reservation, invite_secret};
        let ids = || reads.invites.iter().copied();
        let rows = invite::Entity::find()
            .filter(invite::Column::WorkspaceId.eq(workspace_id))
            .filter(invite::Column::Id.is_in(ids()))
            .all(connection)
            .await?;
        let secrets = invite_secret::Entity::find()
            .filter(invite_secret::Column::WorkspaceId.eq(workspace_id))
            .filter(invite_secret::Column::InviteId.is_in(ids()))
            .all(connection)
            .await?;
        let mut secrets: HashMap<InviteId, Vec<u8>> =
            secrets.into_iter().map(|row| (row.invite_id, row.secret_hash)).collect();
        let reserved = reservation::Entity::find()
            .filter(reservation::Column::WorkspaceId.eq(workspace_id))
            .filter(reservation::Column::InviteId.is_in(ids()))
            .filter(reservation::Column::AccountId.is_in(reads.joining.iter().copied()))
            .all(connection)
            .await?;
        for row in rows {
            let fact = InviteFact {
                expires_at: row.expires_at,
                max_uses: row.max_uses,
                uses: row.uses,
                revoked: row.revoked,
                created_by: row.created_by,
                secret_hash: secrets.remove(&row.id),
                reserved: HashSet::new(),
            };
            self.invites.insert(row.id, fact);
        }
        for row in reserved {
            self.invites.entry(row.invite_id).and_modify(|fact| {
                fact.reserved.insert(row.account_id);
            });
        }
        Ok(())
    }

    async fn fetch_open_invites(&mut self, connection: &impl ConnectionTrait, workspace_id: WorkspaceId) -> Result<()> {
        for invite in invite::entity::open::all(connection, workspace_id, self.at).await? {
            *self.open_invites.entry(invite.created_by).or_default() += 1;
        }
        Ok(())
    }

    async fn fetch_files(
        &mut self,
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        reads: &ReadSet,
    ) -> Result<()> {
        use crate::file::entity::file::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(among(connection, Column::Id, reads.files.iter().copied()))
            .all(connection)
            .await?;
        self.files = rows
            .into_iter()
            .map(|row| {
                let fact = FileFact {
                    uploader_id: row.uploader_id,
                    description: row.described(),
                    purpose: row.purpose,
                    message_id: row.message_id,
                    channel_id: row.channel_id,
                };
                (row.id, fact)
            })
            .collect();
        Ok(())
    }

    async fn fetch_uploads(
        &mut self,
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        reads: &ReadSet,
    ) -> Result<()> {
        use crate::file::entity::upload::{Column, Entity, Model, State};
        let rows = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(Column::State.eq(State::Pending))
            .filter(among(connection, Column::Id, reads.uploads.iter().copied()))
            .all(connection)
            .await?;
        let fact = |row: Model| (row.id, UploadFact { member_id: row.member_id, checker: row.checker });
        self.uploads = rows.into_iter().map(fact).collect();
        Ok(())
    }

    async fn fetch_accounts(&mut self, connection: &impl ConnectionTrait, reads: &ReadSet) -> Result<()> {
        use crate::account::entity::{account, credential};
        use crate::session::entity::session;
        if !reads.emails.is_empty() {
            let rows = account::Entity::find()
                .filter(account::Column::EmailKey.is_in(reads.emails.iter().cloned()))
                .all(connection)
                .await?;
            self.emails = rows.into_iter().map(|row| (row.email_key, row.id)).collect();
            self.any_account = account::Entity::find().limit(1).count(connection).await? > 0;
        }
        if !reads.accounts.is_empty() {
            let rows = account::Entity::find()
                .filter(account::Column::Id.is_in(reads.accounts.iter().copied()))
                .all(connection)
                .await?;
            self.accounts = rows.into_iter().map(|row| row.id).collect();
        }
        if !reads.sessions.is_empty() || !reads.signed_in.is_empty() {
            let open = session::Column::AccountId
                .is_in(reads.signed_in.iter().copied())
                .and(session::Column::EndedSeq.is_null());
            let rows = session::Entity::find()
                .filter(session::Column::Id.is_in(reads.sessions.iter().copied()).or(open))
                .all(connection)
                .await?;
            self.sessions = rows
                .into_iter()
                .map(|row| (row.id, SessionFact { account_id: row.account_id, ended: row.ended_seq.is_some() }))
                .collect();
        }
        if !reads.credentials.is_empty() {
            let rows = credential::Entity::find()
                .filter(credential::Column::AccountId.is_in(reads.credentials.iter().copied()))
                .all(connection)
                .await?;
            self.credentials = rows.into_iter().map(|row| (row.account_id, fingerprint(&row.password_hash))).collect();
        }
        Ok(())
    }

    async fn fetch_workspaces(&mut self, connection: &impl ConnectionTrait, reads: &ReadSet) -> Result<()> {
        let rows = log::Entity::find()
            .filter(log::Column::WorkspaceId.is_in(reads.workspaces.iter().copied()))
            .all(connection)
            .await?;
        self.workspaces = rows.into_iter().map(|row| row.workspace_id).collect();
        Ok(())
    }
}
