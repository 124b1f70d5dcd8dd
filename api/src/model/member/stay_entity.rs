//! `member_stay`: intervals of workspace membership, `[joined_seq, left_seq)`, so that a resumed subscription sees
//! exactly what the live one sent, also for members who left and rejoined. Derived from the log.

use sea_orm::entity::prelude::*;

use crate::ground::id::{MemberId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_stay")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: MemberId,
    /// First `seq` at which they were a member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub joined_seq: i64,
    /// First `seq` at which they no longer were. `NULL` while they are.
    pub left_seq: Option<i64>,
}

crate::ground::db::without_relations!();
