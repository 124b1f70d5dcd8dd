//! `reaction`: derived from the log.

use sea_orm::entity::prelude::*;

use crate::ground::id::{MemberId, MessageId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reaction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub emoji: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: MemberId,
    /// `seq` of the event that added it. Orders reactions by time.
    pub seq: i64,
}

crate::ground::db::without_relations!();
