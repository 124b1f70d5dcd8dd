//! `member`: derived from the log. Former members stay as authors of their messages.

use sea_orm::entity::prelude::*;

use super::Role;
use crate::ground::clock::Timestamp;
use crate::ground::id::{AccountId, FileId, MemberId, WorkspaceId};
use crate::model::event::Event;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    pub account_id: AccountId,
    pub handle: String,
    pub name: String,
    pub role: Role,
    pub active: bool,
    /// Time of the most recent join.
    pub joined_at: Timestamp,
    pub joined_seq: i64,
    /// File of the profile picture.
    pub avatar_id: Option<FileId>,
}

crate::ground::db::without_relations!();

impl Model {
    /// Returns the member who joins by an event.
    pub fn joined(event: &Event, id: MemberId, account_id: AccountId, role: Role, avatar_id: Option<FileId>) -> Self {
        Self {
            workspace_id: event.workspace_id,
            id,
            account_id,
            handle: event.body.handle.clone().unwrap_or_default(),
            name: event.body.name.clone().unwrap_or_default(),
            role,
            active: true,
            joined_at: event.at,
            joined_seq: event.seq,
            avatar_id,
        }
    }

    /// Returns the member whom an event updates, without the account, which it does not name.
    pub fn updated(event: &Event, id: MemberId, role: Role, avatar_id: Option<FileId>, joined_at: Timestamp) -> Self {
        Self { joined_at, ..Self::joined(event, id, AccountId(Uuid::nil()), role, avatar_id) }
    }
}
