//! `member`: derived from the log. Former members stay as authors of their messages.

use sea_orm::entity::prelude::*;

use super::Role;
use crate::ground::clock::Timestamp;
use crate::ground::id::{AccountId, FileId, MemberId, WorkspaceId};

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
