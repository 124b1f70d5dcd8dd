//! `search_index`: which index is in use, and which is being built. One of each for an engine at a place.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_index")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub engine: String,
    /// Whose it is, for an engine that is not shared: the data directory's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: String,
    /// In use; else it is being built.
    #[sea_orm(primary_key, auto_increment = false)]
    pub is_live: bool,
    pub id: Uuid,
    /// Of the settings that it was made with.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl crate::db::OfNoWorkspace for Entity {}
