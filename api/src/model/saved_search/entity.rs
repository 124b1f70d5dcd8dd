//! `saved_search`: private to one member.

use sea_orm::entity::prelude::*;

use crate::ground::clock::Timestamp;
use crate::ground::id::{MemberId, SavedSearchId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_search")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: MemberId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SavedSearchId,
    pub name: String,
    /// The query as entered.
    pub query: String,
    pub created_at: Timestamp,
}

crate::ground::db::without_relations!();
