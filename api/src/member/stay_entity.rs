//! `member_stay`: who was in the workspace from when to when, `[joined_seq, left_seq)`, so that a resume
//! sees exactly what the live stream sent, also to those who left and came back. Derived from the log.

use sea_orm::entity::prelude::*;

use crate::id::{MemberId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_stay")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: MemberId,
    /// The first number at which they were in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub joined_seq: i64,
    /// The first number at which they no longer were.
    pub left_seq: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
