//! Facts: the rows that a batch of commands names, read at once, and kept true while it is decided.
//!
//! What the `Workspace` holds in memory is not here. After each accepted command its events are folded
//! in, so that the next command of the batch sees them.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::entity::log;
use crate::account;
use crate::clock::Moment;
use crate::db::many::among;
use crate::error::Result;
use crate::event::{Event, Mentions, Seq, Skeleton};
use crate::file::command::{FileFact, UploadFact};
use crate::file::kind::Purpose;
use crate::id::{AccountId, ChannelId, FileId, InviteId, MemberId, MessageId, SignInId, WorkspaceId};

/// What the commands of a batch name.
#[derive(Debug, Default)]
pub struct Wants {
    pub messages: HashSet<MessageId>,
    pub reactions: HashSet<MessageId>,
    pub invites: HashSet<InviteId>,
    /// How many invites work.
    pub open_invites: bool,
    pub files: HashSet<FileId>,
    /// Uploads that are not files yet.
    pub uploads: HashSet<FileId>,
    /// Normalised addresses.
    pub emails: HashSet<String>,
    pub accounts: HashSet<AccountId>,
    pub sign_ins: HashSet<SignInId>,
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
    pub secret: Option<String>,
}

/// What deciding needs to know of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFact {
    pub account_id: AccountId,
    pub ended: bool,
}

/// The rows that a batch names, as they are at the state that it is decided on.
#[derive(Debug, Default)]
pub struct Facts {
    /// The database's clock when the batch began.
    pub at: Moment,
    pub messages: HashMap<MessageId, MessageFact>,
    pub reactions: HashMap<MessageId, HashMap<String, HashSet<MemberId>>>,
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
    /// Those of the wanted logs that are there.
    pub workspaces: HashSet<WorkspaceId>,
}

impl Facts {
    /// Reads the wanted rows; one query for each kind that is wanted at all.
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
        if !wants.reactions.is_empty() {
            facts.fetch_reactions(connection, workspace_id, wants).await?;
        }
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

    /// Reactions are bounded: by `reaction::EMOJI_MAX` per message and the members of the workspace.
    async fn fetch_reactions(
        &mut self,
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        wants: &Wants,
    ) -> Result<()> {
        use crate::reaction::entity::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(among(connection, Column::MessageId, wants.reactions.iter().copied()))
            .all(connection)
            .await?;
        for row in rows {
            self.reactions.entry(row.message_id).or_default().entry(row.emoji).or_default().insert(row.member_id);
        }
        Ok(())
    }

    async fn fetch_invites(
        &mut self,
        connection: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        wants: &Wants,
    ) -> Result<()> {
        use crate::invite::entity::{invite, invite_secret};
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
        let mut secrets: HashMap<InviteId, String> =
            secrets.into_iter().map(|row| (row.invite_id, row.secret)).collect();
        for row in rows {
            let fact = InviteFact {
                expires_at: row.expires_at,
                max_uses: row.max_uses,
                uses: row.uses,
                revoked: row.revoked,
                secret: secrets.remove(&row.id),
            };
            self.invites.insert(row.id, fact);
        }
        Ok(())
    }

    async fn fetch_open_invites(&mut self, connection: &impl ConnectionTrait, workspace_id: WorkspaceId) -> Result<()> {
        use crate::invite::entity::invite::{Column, Entity};
        let rows: Vec<(MemberId, i64)> = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(Column::Revoked.eq(false))
            .filter(Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(self.at)))
            .filter(
                Condition::any()
                    .add(Column::MaxUses.is_null())
                    .add(Expr::col(Column::Uses).lt(Expr::col(Column::MaxUses))),
            )
            .select_only()
            .column(Column::CreatedBy)
            .column_as(Column::Id.count(), "open")
            .group_by(Column::CreatedBy)
            .into_tuple()
            .all(connection)
            .await?;
        self.open_invites = rows.into_iter().map(|(by, open)| (by, usize::try_from(open).unwrap_or(0))).collect();
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
        use crate::account::entity::account;
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
        if !wants.sign_ins.is_empty() {
            let rows = sign_in::Entity::find()
                .filter(sign_in::Column::Id.is_in(wants.sign_ins.iter().copied()))
                .all(connection)
                .await?;
            self.sign_ins = rows
                .into_iter()
                .map(|row| (row.id, SignInFact { account_id: row.account_id, ended: row.ended_seq.is_some() }))
                .collect();
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

    /// Keeps the facts true after an accepted event.
    pub fn fold(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::AccountRegistered { account_id, .. } => {
                self.any_account = true;
                self.accounts.insert(*account_id);
                if let Some(email) = &event.body.email {
                    self.emails.insert(account::email_key(email), *account_id);
                }
            }
            Skeleton::WorkspaceRegistered { workspace_id, .. } => {
                self.workspaces.insert(*workspace_id);
            }
            Skeleton::SignInMade { sign_in_id, account_id } => {
                self.sign_ins.insert(*sign_in_id, SignInFact { account_id: *account_id, ended: false });
            }
            Skeleton::SignInRevoked { sign_in_id, .. } => {
                if let Some(fact) = self.sign_ins.get_mut(sign_in_id) {
                    fact.ended = true;
                }
            }
            Skeleton::MemberJoined { invite_id: Some(invite_id), .. } => {
                if let Some(fact) = self.invites.get_mut(invite_id) {
                    fact.uses += 1;
                }
            }
            Skeleton::InviteCreated { .. } => *self.open_invites.entry(event.actor()).or_default() += 1,
            Skeleton::InviteRevoked { invite_id } => {
                if let Some(fact) = self.invites.get_mut(invite_id) {
                    fact.revoked = true;
                }
            }
            Skeleton::FileUploaded { .. }
            | Skeleton::FileUpdated { .. }
            | Skeleton::FileRemoved { .. }
            | Skeleton::MemberUpdated { .. }
            | Skeleton::WorkspaceUpdated { .. }
            | Skeleton::EmojiCreated { .. } => self.fold_file(event),
            _ => self.fold_message(event),
        }
    }

    fn fold_file(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::FileUploaded { file_id, .. } => {
                let fact = FileFact {
                    uploader_id: event.actor(),
                    description: event.body.files.first().cloned(),
                    purpose: None,
                    message_id: None,
                    channel_id: None,
                };
                self.uploads.remove(file_id);
                self.files.insert(*file_id, fact);
            }
            Skeleton::FileUpdated { file_id, .. } => {
                self.change_file(*file_id, |fact| fact.description = event.body.files.first().cloned());
            }
            Skeleton::FileRemoved { file_id, .. } => self.change_file(*file_id, |fact| fact.description = None),
            Skeleton::MemberUpdated { avatar_id: Some(id), .. } => {
                self.change_file(*id, |fact| fact.purpose = Some(Purpose::Avatar));
            }
            Skeleton::WorkspaceUpdated { icon_id: Some(id), .. } => {
                self.change_file(*id, |fact| fact.purpose = Some(Purpose::Icon));
            }
            Skeleton::EmojiCreated { file_id, .. } => {
                self.change_file(*file_id, |fact| fact.purpose = Some(Purpose::Emoji));
            }
            _ => {}
        }
    }

    fn change_file(&mut self, id: FileId, change: impl FnOnce(&mut FileFact)) {
        if let Some(fact) = self.files.get_mut(&id) {
            change(fact);
        }
    }

    fn fold_message(&mut self, event: &Event) {
        match &event.skeleton {
            Skeleton::MessageSent { message_id, channel_id, thread_id, file_ids, mentions } => {
                for id in file_ids {
                    self.change_file(*id, |fact| {
                        (fact.message_id, fact.channel_id) = (Some(*message_id), Some(*channel_id));
                    });
                }
                let fact = MessageFact {
                    channel_id: *channel_id,
                    author_id: event.actor(),
                    thread_id: *thread_id,
                    sent_seq: event.seq,
                    deleted: false,
                    edits: 0,
                    files: i32::try_from(file_ids.len()).unwrap_or(i32::MAX),
                    mentions_channel: mentions.channel,
                };
                self.messages.insert(*message_id, fact);
            }
            Skeleton::MessageEdited { message_id, mentions, .. } => {
                if let Some(fact) = self.messages.get_mut(message_id) {
                    fact.edits += 1;
                    fact.mentions_channel = mentions.channel;
                }
            }
            Skeleton::MessageDeleted { message_id, .. } => {
                let files = self.files.values_mut().filter(|fact| fact.message_id == Some(*message_id));
                files.for_each(|fact| fact.description = None);
                if let Some(fact) = self.messages.get_mut(message_id) {
                    fact.deleted = true;
                }
            }
            Skeleton::ReactionAdded { message_id, emoji, .. } => {
                let reactions = self.reactions.entry(*message_id).or_default();
                reactions.entry(emoji.clone()).or_default().insert(event.actor());
            }
            Skeleton::ReactionRemoved { message_id, emoji, .. } => {
                if let Some(reactions) = self.reactions.get_mut(message_id)
                    && let Some(members) = reactions.get_mut(emoji)
                {
                    members.remove(&event.actor());
                    if members.is_empty() {
                        reactions.remove(emoji);
                    }
                }
            }
            _ => {}
        }
    }
}
