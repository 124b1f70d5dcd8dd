//! The `search_index` table: the live index and the one being built, at most one of each per engine and location.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_index")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub engine: String,
    /// The id of the data directory; empty if all processes share the engine.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: String,
    /// Whether searches use it; otherwise it is being built.
    #[sea_orm(primary_key, auto_increment = false)]
    pub is_live: bool,
    pub id: Uuid,
    /// The version of the index settings and documents.
    pub version: i32,
}

crate::ground::db::without_relations!();

impl crate::ground::db::GlobalTable for Entity {}
