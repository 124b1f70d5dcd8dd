//! Facts: the rows that a batch of commands names, read at once, and kept true while it is decided.
//!
//! What the `Workspace` holds in memory is not here. After each accepted command its events are folded
//! in, so that the next command of the batch sees them.

mod folding;
pub mod reactions;

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use sha2::{Digest, Sha256};

use self::reactions::Reactions;
use super::entity::log;
use crate::clock::Moment;
use crate::db::many::among;
use crate::error::Result;
use crate::event::{Mentions, Seq};
use crate::file::command::{FileFact, UploadFact};
use crate::id::{AccountId, ChannelId, FileId, InviteId, MemberId, MessageId, SignInId, WorkspaceId};
use crate::invite;

/// What the commands of a batch name.
#[derive(Debug, Default)]
pub struct Wants {
    pub messages: HashSet<MessageId>,
    pub reactions: reactions::Wanted,
    pub invites: HashSet<InviteId>,
    /// How many invites work.
    pub open_invites: bool,
    /// Accounts for which a use of these invites may be reserved.
    pub joining: HashSet<AccountId>,
    pub files: HashSet<FileId>,
    /// Uploads that are not files yet.
    pub uploads: HashSet<FileId>,
    /// Normalised addresses.
    pub emails: HashSet<String>,
    pub accounts: HashSet<AccountId>,
    pub sign_ins: HashSet<SignInId>,
    /// Accounts whose sign-ins that work are wanted, all of them.
    pub signed_in: HashSet<AccountId>,
    /// Accounts whose password may have been changed meanwhile.
    pub credentials: HashSet<AccountId>,
    /// Logs that may be there already.
    pub workspaces: HashSet<WorkspaceId>,
}

/// What deciding needs to know of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFact {
    pub channel_id: ChannelId,
    pub author_id: MemberId,
    pub thread_id: Option<MessageId>,
    pub sent_seq: Seq,
    pub deleted: bool,
    pub edits: i32,
    /// How many files it came with.
    pub files: i32,
    /// Whether it mentions the whole channel.
    pub mentions_channel: bool,
}

/// What deciding needs to know of an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteFact {
    pub expires_at: Option<Moment>,
    pub max_uses: Option<i32>,
    pub uses: i32,
    pub revoked: bool,
    pub created_by: MemberId,
    pub secret_hash: Option<Vec<u8>>,
    /// Those of the joining accounts for which a use is reserved; it is counted already.
    pub reserved: HashSet<AccountId>,
}

/// What deciding needs to know of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFact {
    pub account_id: AccountId,
    pub ended: bool,
}

/// Tells one hash of a password from another.
pub fn fingerprint(password_hash: &str) -> Vec<u8> {
    Sha256::digest(password_hash).to_vec()
}

/// The rows that a batch names, as they are at the state that it is decided on.
#[derive(Debug, Default)]
pub struct Facts {
    /// The database's clock when the batch began.
    pub at: Moment,
    pub messages: HashMap<MessageId, MessageFact>,
    pub reactions: HashMap<MessageId, Reactions>,
    pub invites: HashMap<InviteId, InviteFact>,
    /// Invites that work, by who made them; known where one is to be made.
    pub open_invites: HashMap<MemberId, usize>,
    pub files: HashMap<FileId, FileFact>,
    /// Uploads that are on their way.
    pub uploads: HashMap<FileId, UploadFact>,
    pub emails: HashMap<String, AccountId>,
    pub accounts: HashSet<AccountId>,
    /// Whether anybody has ever registered.
    pub any_account: bool,
    pub sign_ins: HashMap<SignInId, SignInFact>,
    /// What their passwords are hashed to, as [`fingerprint`] has it.
    pub credentials: HashMap<AccountId, Vec<u8>>,
    /// Those of the wanted logs that are there.
    pub workspaces: HashSet<WorkspaceId>,
}

impl Facts {
    /// Reads the wanted rows; a statement or two for each kind that is wanted at all.
    pub async fn fetch(
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        wants: &Wants,
        at: Moment,
    ) -> Result<Self> {
        let mut facts = Self { at, ..Self::default() };
        if !wants.messages.is_empty() {
            facts.fetch_messages(connection, workspace_id, wants).await?;
        }
        facts.reactions = reactions::fetch(connection, workspace_id, &wants.reactions).await?;
        if !wants.invites.is_empty() {
            facts.fetch_invites(connection, workspace_id, wants).await?;
        }
        if wants.open_invites {
            facts.fetch_open_invites(connection, workspace_id).await?;
        }
        if !wants.files.is_empty() {
            facts.fetch_files(connection, workspace_id, wants).await?;
        }
        if !wants.uploads.is_empty() {
            facts.fetch_uploads(connection, workspace_id, wants).await?;
        }
        if workspace_id == WorkspaceId::SERVER {
            facts.fetch_accounts(connection, wants).await?;
        }
        if !wants.workspaces.is_empty() {
            facts.fetch_workspaces(connection, wants).await?;
        }
        Ok(facts)
    }

    async fn fetch_messages(
        &mut self,
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        wants: &Wants,
    ) -> Result<()> {
        use crate::message::entity::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(among(connection, Column::Id, wants.messages.iter().copied()))
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
        wants: &Wants,
    ) -> Result<()> {
        use crate::invite::entity::{invite, invite_reservation as reservation, invite_secret};
        let ids = || wants.invites.iter().copied();
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
            .filter(reservation::Column::AccountId.is_in(wants.joining.iter().copied()))
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
        wants: &Wants,
    ) -> Result<()> {
        use crate::file::entity::file::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(among(connection, Column::Id, wants.files.iter().copied()))
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
        wants: &Wants,
    ) -> Result<()> {
        use crate::file::entity::upload::{Column, Entity, Model, State};
        let rows = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(Column::State.eq(State::Pending))
            .filter(among(connection, Column::Id, wants.uploads.iter().copied()))
            .all(connection)
            .await?;
        let fact = |row: Model| (row.id, UploadFact { member_id: row.member_id, checker: row.checker });
        self.uploads = rows.into_iter().map(fact).collect();
        Ok(())
    }

    async fn fetch_accounts(&mut self, connection: &impl ConnectionTrait, wants: &Wants) -> Result<()> {
        use crate::account::entity::{account, credential};
        use crate::sign_in::entity::sign_in;
        if !wants.emails.is_empty() {
            let rows = account::Entity::find()
                .filter(account::Column::EmailKey.is_in(wants.emails.iter().cloned()))
                .all(connection)
                .await?;
            self.emails = rows.into_iter().map(|row| (row.email_key, row.id)).collect();
            self.any_account = account::Entity::find().limit(1).count(connection).await? > 0;
        }
        if !wants.accounts.is_empty() {
            let rows = account::Entity::find()
                .filter(account::Column::Id.is_in(wants.accounts.iter().copied()))
                .all(connection)
                .await?;
            self.accounts = rows.into_iter().map(|row| row.id).collect();
        }
        if !wants.sign_ins.is_empty() || !wants.signed_in.is_empty() {
            let open = sign_in::Column::AccountId
                .is_in(wants.signed_in.iter().copied())
                .and(sign_in::Column::EndedSeq.is_null());
            let rows = sign_in::Entity::find()
                .filter(sign_in::Column::Id.is_in(wants.sign_ins.iter().copied()).or(open))
                .all(connection)
                .await?;
            self.sign_ins = rows
                .into_iter()
                .map(|row| (row.id, SignInFact { account_id: row.account_id, ended: row.ended_seq.is_some() }))
                .collect();
        }
        if !wants.credentials.is_empty() {
            let rows = credential::Entity::find()
                .filter(credential::Column::AccountId.is_in(wants.credentials.iter().copied()))
                .all(connection)
                .await?;
            self.credentials = rows.into_iter().map(|row| (row.account_id, fingerprint(&row.password_hash))).collect();
        }
        Ok(())
    }

    async fn fetch_workspaces(&mut self, connection: &impl ConnectionTrait, wants: &Wants) -> Result<()> {
        let rows = log::Entity::find()
            .filter(log::Column::WorkspaceId.is_in(wants.workspaces.iter().copied()))
            .all(connection)
            .await?;
        self.workspaces = rows.into_iter().map(|row| row.workspace_id).collect();
        Ok(())
    }
}
