//! Commands and resolvers of custom emoji.

pub mod create;
pub mod delete;
pub mod graphql;
