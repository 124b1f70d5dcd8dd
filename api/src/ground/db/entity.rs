//! What every entity of the tables declares.

/// Declares that an entity has neither relations, because rows are joined by their keys, nor hooks.
macro_rules! without_relations {
    () => {
        #[derive(Clone, Copy, Debug, sea_orm::entity::prelude::EnumIter, sea_orm::entity::prelude::DeriveRelation)]
        pub enum Relation {}
        impl sea_orm::ActiveModelBehavior for ActiveModel {}
    };
}

pub(crate) use without_relations;
