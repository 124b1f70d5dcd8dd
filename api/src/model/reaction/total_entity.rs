//! `reaction_total`: number of reactions to a message per emoji. Derived from the log.

use sea_orm::entity::prelude::*;

use crate::ground::id::{MessageId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reaction_total")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub emoji: String,
    /// Always positive: rows without reactions are deleted.
    pub count: i64,
    /// `seq` of the oldest of these reactions. Orders the emoji of a message.
    pub first_seq: i64,
}

crate::ground::db::without_relations!();
