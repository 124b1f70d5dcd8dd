//! Commands, queries and resolvers of reactions.

pub mod access;
pub mod add;
pub mod form;
pub mod graphql;
pub mod query;
pub mod remove;
